"""What people do with kubectl, over the Kubernetes API, each under their own account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from infrastructure.lab.faults.access import Access

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_PLACES = {
    "Pod": ("/api/v1", "pods"),
    "Service": ("/api/v1", "services"),
    "ConfigMap": ("/api/v1", "configmaps"),
    "Secret": ("/api/v1", "secrets"),
    "Event": ("/api/v1", "events"),
    "Node": ("/api/v1", "nodes"),
    "Namespace": ("/api/v1", "namespaces"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "StatefulSet": ("/apis/apps/v1", "statefulsets"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
    "Job": ("/apis/batch/v1", "jobs"),
    "Ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
}
_CLUSTER_WIDE = frozenset({"Node", "Namespace", "ClusterRole", "ClusterRoleBinding"})
REVISION = "deployment.kubernetes.io/revision"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
_HASH = "pod-template-hash"


class KubeRefused(Exception):
    """The API said no; the message is its own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Kubectl:
    """One person (or machine) at the API. Use as a context manager."""

    def __init__(self, access: Access, namespace: str) -> None:
        self._access = access
        self._namespace = namespace
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        headers = {"User-Agent": "kubectl/v1.31.2 (linux/amd64)"}
        if self._access.token:
            headers["Authorization"] = f"Bearer {self._access.token}"
        connector = aiohttp.TCPConnector(ssl=self._access.tls)
        self._session = aiohttp.ClientSession(connector=connector, headers=headers)

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def get(self, kind: str, name: str) -> dict[str, Any]:
        return await self._send("GET", self._path(kind, name))

    async def objects(self, kind: str, selector: str = "") -> list[dict[str, Any]]:
        answer = await self._send("GET", self._path(kind), query={"labelSelector": selector})
        return list(answer.get("items") or ())

    async def create(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._send("POST", self._path(kind), body=body, query={"fieldManager": "kubectl-create"})

    async def replace(self, kind: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._send(
            "PUT", self._path(kind, name), body=body, query={"fieldManager": "kubectl-replace"}
        )

    async def patch(
        self,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        *,
        form: str = MERGE,
        manager: str = "kubectl-patch",
    ) -> dict[str, Any]:
        return await self._send(
            "PATCH", self._path(kind, name), body=body, query={"fieldManager": manager}, form=form
        )

    async def delete(self, kind: str, name: str, *, grace_seconds: int | None = None) -> None:
        query = {} if grace_seconds is None else {"gracePeriodSeconds": str(grace_seconds)}
        await self._send("DELETE", self._path(kind, name), query=query)

    async def scale(self, deployment: str, replicas: int) -> None:
        path = self._path("Deployment", deployment) + "/scale"
        await self._send(
            "PATCH",
            path,
            body={"spec": {"replicas": replicas}},
            query={"fieldManager": "kubectl"},
            form=MERGE,
        )

    async def container(self, deployment: str, change: Mapping[str, Any], manager: str) -> None:
        """Change something of the container that is named as its Deployment is."""
        body = _template({"spec": {"containers": [{"name": deployment, **change}]}})
        await self.patch("Deployment", deployment, body, form=STRATEGIC, manager=manager)

    async def restart(self, kind: str, name: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        body = _template({"metadata": {"annotations": {RESTARTED: now}}})
        await self.patch(kind, name, body, form=STRATEGIC, manager="kubectl-rollout")

    async def undo(self, deployment: str) -> None:
        """Back to the revision before, as `kubectl rollout undo` does it."""
        live = await self.get("Deployment", deployment)
        older = await self._revisions(live)
        if len(older) < 2:
            raise KubeRefused(404, f"no rollout history found for deployment {deployment!r}")
        template = older[1]["spec"]["template"]
        template["metadata"]["labels"].pop(_HASH, None)
        live["spec"]["template"] = template
        await self.replace("Deployment", deployment, live)

    async def _revisions(self, deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Its ReplicaSets, newest first."""
        uid = deployment["metadata"]["uid"]
        owned = [
            one
            for one in await self.objects("ReplicaSet")
            if any(owner["uid"] == uid for owner in one["metadata"].get("ownerReferences") or ())
        ]
        return sorted(owned, key=_revision, reverse=True)

    def _path(self, kind: str, name: str = "") -> str:
        root, plural = _PLACES[kind]
        place = "" if kind in _CLUSTER_WIDE else f"/namespaces/{self._namespace}"
        return f"{root}{place}/{plural}" + (f"/{name}" if name else "")

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        form: str = "application/json",
    ) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("use Kubectl as a context manager")
        headers = {"Content-Type": form} if body is not None else {}
        async with self._session.request(
            method, self._access.url + path, json=body, params=dict(query or {}), headers=headers
        ) as answer:
            told: dict[str, Any] = await answer.json(content_type=None)
            if answer.status >= 400:
                raise KubeRefused(answer.status, str(told.get("message", told)))
            return told


def _template(change: Mapping[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": dict(change)}}


def _revision(replica_set: Mapping[str, Any]) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(REVISION, "0"))
