"""How the shop was before anything was done to it, and what has to be written to have it so again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("ConfigMap", "Secret", "Service", "Deployment", "StatefulSet", "Ingress", "PodDisruptionBudget")
"""What the shop consists of; of these kinds nothing else may stand in its namespace."""
_BY_MACHINES = ("deployment.kubernetes.io/",)
_SYSTEM_OBJECTS = frozenset({("ConfigMap", "kube-root-ca.crt")})
Object = Mapping[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True)
class Pristine:
    """(kind, name) → the object as it should be; and the repository's files."""

    objects: Mapping[Key, Object]
    files: Mapping[str, str]


def keep(objects: Iterable[tuple[str, Object]]) -> dict[Key, Object]:
    return {(kind, one["metadata"]["name"]): one for kind, one in objects if not _is_systems(kind, one)}


def restored(live: Object, pristine: Object) -> dict[str, Any] | None:
    """The live object with everything people can change as it was; None where nothing differs."""
    wanted = {**live, "metadata": {**live["metadata"]}}
    wanted["metadata"]["labels"] = dict(pristine["metadata"].get("labels") or {})
    wanted["metadata"]["annotations"] = _annotations(live, pristine)
    for part in ("spec", "data", "type", "binaryData"):
        if part in pristine:
            wanted[part] = pristine[part]
        else:
            wanted.pop(part, None)
    return None if _same(wanted, live) else wanted


def _annotations(live: Object, pristine: Object) -> dict[str, str]:
    theirs = {
        name: text
        for name, text in (live["metadata"].get("annotations") or {}).items()
        if name.startswith(_BY_MACHINES)
    }
    ours = {
        name: text
        for name, text in (pristine["metadata"].get("annotations") or {}).items()
        if not name.startswith(_BY_MACHINES)
    }
    return {**ours, **theirs}


def _same(one: Object, other: Object) -> bool:
    meta, theirs = one["metadata"], other["metadata"]
    return (
        all(one.get(part) == other.get(part) for part in ("spec", "data", "type", "binaryData"))
        and (meta.get("labels") or {}) == (theirs.get("labels") or {})
        and (meta.get("annotations") or {}) == (theirs.get("annotations") or {})
    )


def fresh_copy(pristine: Object) -> dict[str, Any]:
    """The object as one would create it anew."""
    meta = {
        part: pristine["metadata"][part]
        for part in ("name", "namespace", "labels", "annotations")
        if part in pristine["metadata"]
    }
    return {**{part: value for part, value in pristine.items() if part != "status"}, "metadata": meta}


def strangers(live: Iterable[tuple[str, Object]], pristine: Pristine) -> list[Key]:
    """What stands there and does not belong to the shop."""
    return [key for key in keep(live) if key not in pristine.objects]


def _is_systems(kind: str, one: Object) -> bool:
    return (kind, one["metadata"]["name"]) in _SYSTEM_OBJECTS or one.get("type") == (
        "kubernetes.io/service-account-token"
    )


def stale_replica_sets(replica_sets: Iterable[Object], deployments: Iterable[Object]) -> list[str]:
    """Names of ReplicaSets that run nothing and are not their Deployment's current one."""
    revisions = {one["metadata"]["uid"]: _revision(one) for one in deployments}
    return [
        one["metadata"]["name"]
        for one in replica_sets
        if not one["spec"].get("replicas")
        and not any(
            revisions.get(owner["uid"]) == _revision(one)
            for owner in one["metadata"].get("ownerReferences") or ()
        )
    ]


def _revision(one: Object) -> str:
    return str((one["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", ""))


def unfinished(workloads: Iterable[Object]) -> list[str]:
    """Workloads whose roll-out is not complete, as `kubectl rollout status` judges it."""
    return [f"{one['kind']} {one['metadata']['name']}" for one in workloads if not _is_complete(one)]


def _is_complete(one: Object) -> bool:
    wanted, status = one["spec"].get("replicas", 1), one.get("status") or {}
    ready = status.get("availableReplicas" if one["kind"] == "Deployment" else "readyReplicas") or 0
    return bool(
        status.get("observedGeneration", 0) >= one["metadata"].get("generation", 0)
        and (status.get("updatedReplicas") or 0) == wanted
        and (status.get("replicas") or 0) == wanted
        and ready == wanted
    )


def broken_pods(pods: Iterable[Object]) -> list[Object]:
    """Pods that wait, failed, or are on their way out."""
    return [
        pod
        for pod in pods
        if pod["metadata"].get("deletionTimestamp")
        or pod.get("status", {}).get("phase") in ("Failed", "Unknown")
        or any(
            "waiting" in (status.get("state") or {})
            for status in pod.get("status", {}).get("containerStatuses") or ()
        )
    ]
