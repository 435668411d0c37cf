"""What every test of the Kubernetes API contract stands on: the official client, a namespace, and waiting by watch.

The suite speaks to any API server through a kubeconfig. It holds for the lab's stand-in and for a real one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

Json = dict[str, Any]
PATIENCE = 60
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

runs_containers = pytest.mark.skipif(
    os.environ.get("CLUSTER_NODES") == "simulated",
    reason="the nodes of this cluster are simulated: they run no containers, pull nothing and keep no logs",
)
"""For what only a kubelet can do."""
outlives_history = pytest.mark.skipif(
    os.environ.get("CLUSTER_NODES") == "simulated",
    reason="this API server began with an empty store a minute ago: it remembers every revision",
)
"""For what a server says of revisions that it has forgotten."""


@dataclass(frozen=True)
class Server:
    """The API server under test, and an image its nodes can run: a busybox."""

    kubeconfig: Path
    image: str


@dataclass(frozen=True)
class Place:
    """A namespace of one test's own."""

    server: Server
    api: client.ApiClient
    namespace: str

    @property
    def core(self) -> client.CoreV1Api:
        return client.CoreV1Api(self.api)

    @property
    def apps(self) -> client.AppsV1Api:
        return client.AppsV1Api(self.api)

    def raw(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Json]:
        """Status and JSON of a call as it goes over the wire; refusals too."""
        sent = {
            "Accept": "application/json",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        try:
            answer = self.api.call_api(
                method,
                self.url(path),
                header_params=self.signed(sent, body),
                body=body,
                _request_timeout=PATIENCE,
            )
            answer.read()
            return int(answer.status), _parsed(answer.data)
        except ApiException as error:
            return int(error.status), _parsed(error.body)

    def url(self, path: str) -> str:
        return f"{self.api.configuration.host}{path.replace('{ns}', self.namespace)}"

    def signed(self, headers: dict[str, str], body: object = None) -> dict[str, str]:
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self.api.update_params_for_auth(headers, [], ["BearerToken"], "", "", None)
        return headers

    def configmap(self, name: str, data: dict[str, str] | None = None, **meta: Any) -> Json:
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, **meta},
            "data": data or {},
        }
        return self.create("/api/v1/namespaces/{ns}/configmaps", body)

    def create(self, path: str, body: Json) -> Json:
        status, answer = self.raw("POST", path, body)
        assert status == 201, answer
        return answer

    def get(self, path: str) -> Json:
        status, answer = self.raw("GET", path)
        assert status == 200, answer
        return answer

    def patch(self, path: str, body: object, content_type: str) -> Json:
        status, answer = self.raw("PATCH", path, body, Content_Type=content_type)
        assert status in (200, 201), answer
        return answer

    def container(self, script: str, **more: Any) -> Json:
        return {"name": "app", "image": self.server.image, "command": ["sh", "-c", script], **more}

    def pod(self, name: str, script: str = "sleep 3600", **spec: Any) -> Json:
        meta = {"name": name, "labels": {"app": name}}
        whole = {"containers": [self.container(script)], "terminationGracePeriodSeconds": 0, **spec}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": whole}

    def deployment(self, name: str, replicas: int = 1, script: str = "sleep 3600", **spec: Any) -> Json:
        pod = {"containers": [self.container(script)], "terminationGracePeriodSeconds": 0}
        labels = {"app": name}
        whole = {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **spec,
        }
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": whole}

    def until(self, lister: Callable[..., Any], name: str, holds: Callable[[Json], bool]) -> Json:
        """Watch one object of this namespace until `holds`; fails after a minute."""
        stream = watch.Watch()
        selector = f"metadata.name={name}"
        last: Json = {}
        for event in stream.stream(lister, self.namespace, field_selector=selector, timeout_seconds=PATIENCE):
            last = event["raw_object"]
            if event["type"] != "DELETED" and holds(last):
                stream.stop()
                return last
        raise AssertionError(f"{name} never came to be as expected; at last it was {last.get('status')}")

    def until_gone(self, lister: Callable[..., Any], name: str) -> None:
        stream = watch.Watch()
        found = lister(self.namespace, field_selector=f"metadata.name={name}")
        if not found.items:
            return
        version = found.metadata.resource_version
        for event in stream.stream(
            lister,
            self.namespace,
            field_selector=f"metadata.name={name}",
            resource_version=version,
            timeout_seconds=PATIENCE,
        ):
            if event["type"] == "DELETED":
                return
        raise AssertionError(f"{name} is still there")


def _parsed(raw: Any) -> Json:
    text = raw.decode() if isinstance(raw, bytes) else raw or "{}"
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"value": found}


def ready(pod: Json) -> bool:
    found = pod.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in found)


def rolled_out(deployment: Json) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0)
        == status.get("replicas", 0)
        == status.get("availableReplicas", 0)
        == wanted
    )


class ClusterContract:
    """Mix in with tests; the class that runs them brings the fixture `server`."""

    @pytest.fixture
    def api(self, server: Server) -> Iterator[client.ApiClient]:
        with config.new_client_from_config(str(server.kubeconfig)) as api:
            yield api

    @pytest.fixture
    def place(self, server: Server, api: client.ApiClient) -> Iterator[Place]:
        core = client.CoreV1Api(api)
        made = core.create_namespace({"metadata": {"generateName": "contract-"}})
        place = Place(server, api, made.metadata.name)
        account = "/api/v1/namespaces/{ns}/serviceaccounts"
        place.until(core.list_namespaced_service_account, "default", lambda _: account != "")
        yield place
        core.delete_namespace(made.metadata.name)
