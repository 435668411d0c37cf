"""What each kind does to an object on its way in: status is reset or kept, generation counts up."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType

from infrastructure.lab.kube.objects.tree import Obj, dig
from infrastructure.lab.kube.schema.kinds import Kind

_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
_SERVED_META = ("selfLink",)


def prepare_create(kind: Kind, obj: Obj) -> None:
    """Clear what only the server may say."""
    for name in ("resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", *_SERVED_META):
        obj["metadata"].pop(name, None)
    obj["metadata"].pop("generation", None)
    if kind.generation:
        obj["metadata"]["generation"] = 1
    if kind.has_status:
        obj.pop("status", None)
    first_state = _FIRST_STATE.get(kind.resource)
    if first_state is not None:
        first_state(obj)


def prepare_update(kind: Kind, obj: Obj, old: Obj) -> None:
    """Carry over what an update cannot change, and count the generation."""
    keep_identity(obj, old)
    if kind.has_status:
        _take(obj, old, "status")
    if kind.resource in ("secrets",):
        _string_data(obj)
    if kind.resource == "services":
        _keep_addresses(obj, old)


def count_generation(kind: Kind, obj: Obj, old: Obj) -> None:
    if kind.generation and obj.get("spec") != old.get("spec"):
        obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def keep_identity(obj: Obj, old: Obj) -> None:
    meta = obj["metadata"]
    for name in _KEPT:
        if name in old["metadata"]:
            meta[name] = old["metadata"][name]
        else:
            meta.pop(name, None)
    for name in (*_SERVED_META, "generateName"):
        meta.pop(name, None)
    if "generateName" in old["metadata"]:
        meta["generateName"] = old["metadata"]["generateName"]


def _take(obj: Obj, old: Obj, field: str) -> None:
    if field in old:
        obj[field] = old[field]
    else:
        obj.pop(field, None)


def _pod(obj: Obj) -> None:
    obj["status"] = {"phase": "Pending", "qosClass": quality_of_service(obj)}


def quality_of_service(pod: Obj) -> str:
    """Guaranteed, Burstable or BestEffort."""
    spec = pod.get("spec", {})
    containers = [*spec.get("containers", ()), *spec.get("initContainers", ())]
    resources = [container.get("resources", {}) for container in containers]
    if not any(one.get("requests") or one.get("limits") for one in resources):
        return "BestEffort"
    for one in resources:
        limits = one.get("limits") or {}
        requests = {**limits, **(one.get("requests") or {})}
        if {"cpu", "memory"} - limits.keys() or any(
            requests[name] != limits[name] for name in ("cpu", "memory")
        ):
            return "Burstable"
    return "Guaranteed"


def _namespace(obj: Obj) -> None:
    obj["status"] = {"phase": "Active"}


def _claim(obj: Obj) -> None:
    obj["status"] = {"phase": "Pending"}


def _volume(obj: Obj) -> None:
    obj["status"] = {"phase": "Available"}


def _service(obj: Obj) -> None:
    obj["status"] = {"loadBalancer": {}}


def _string_data(obj: Obj) -> None:
    plain = obj.pop("stringData", None)
    if plain:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def _job(obj: Obj) -> None:
    """A Job selects its pods by its own uid, unless the selector is the author's affair."""
    spec = obj.setdefault("spec", {})
    if spec.get("manualSelector"):
        return
    uid, name = obj["metadata"]["uid"], obj["metadata"].get("name", "")
    template = spec.setdefault("template", {})
    labels = dict(dig(template, "metadata", "labels", default={})) | {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    template.setdefault("metadata", {})["labels"] = labels
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}


def _keep_addresses(obj: Obj, old: Obj) -> None:
    """A client that sends no clusterIP means the one there is."""
    spec, before = obj.get("spec", {}), old.get("spec", {})
    if spec.get("type") == "ExternalName":
        return
    for name in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
        if not spec.get(name) and before.get(name):
            spec[name] = before[name]
    ports = {(one.get("name", ""), one.get("port")): one for one in before.get("ports", ())}
    for one in spec.get("ports", ()):
        known = ports.get((one.get("name", ""), one.get("port")), {})
        if spec.get("type") in ("NodePort", "LoadBalancer") and "nodePort" in known:
            one.setdefault("nodePort", known["nodePort"])


_FIRST_STATE: Mapping[str, Callable[[Obj], None]] = MappingProxyType(
    {
        "pods": _pod,
        "namespaces": _namespace,
        "persistentvolumeclaims": _claim,
        "persistentvolumes": _volume,
        "services": _service,
        "secrets": _string_data,
        "jobs.batch": _job,
    }
)
