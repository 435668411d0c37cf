"""kube-state-metrics' pod metrics from the API's objects. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.objects.quantity import parse
from infrastructure.lab.telemetry.exposition import Exposition, Labels

Object = Mapping[str, Any]
PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte"}


def add_pods(page: Exposition, pods: Iterable[Object]) -> None:
    for pod in pods:
        meta = pod["metadata"]
        at: Labels = {"namespace": meta["namespace"], "pod": meta["name"], "uid": meta["uid"]}
        _add_pod(page, pod, at)
        statuses = {one["name"]: one for one in pod.get("status", {}).get("containerStatuses") or ()}
        for container in pod["spec"].get("containers") or ():
            of = {**at, "container": container["name"]}
            _add_resources(page, container, {**of, "node": pod["spec"].get("nodeName", "")})
            if container["name"] in statuses:
                _add_status(page, statuses[container["name"]], of)


def _add_pod(page: Exposition, pod: Object, at: Labels) -> None:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    owner: Object = next((one for one in meta.get("ownerReferences") or () if one.get("controller")), {})
    kind, name = owner.get("kind", "<none>"), owner.get("name", "<none>")
    node = spec.get("nodeName", "")
    info = {"host_ip": status.get("hostIP", ""), "pod_ip": status.get("podIP", ""), "node": node}
    page.add("kube_pod_info", 1, {**at, **info, "created_by_kind": kind, "created_by_name": name})
    page.add(
        "kube_pod_owner", 1, {**at, "owner_kind": kind, "owner_name": name, "owner_is_controller": "true"}
    )
    page.add("kube_pod_created", seconds(meta.get("creationTimestamp")), at)
    if meta.get("deletionTimestamp"):
        page.add("kube_pod_deletion_timestamp", seconds(meta["deletionTimestamp"]), at)
    for phase in PHASES:
        page.add("kube_pod_status_phase", float(status.get("phase") == phase), {**at, "phase": phase})
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    for name, metric in (("Ready", "kube_pod_status_ready"), ("PodScheduled", "kube_pod_status_scheduled")):
        add_condition(page, metric, at, conditions.get(name, "False"))


def add_condition(page: Exposition, metric: str, at: Labels, status: str) -> None:
    for answer in ("true", "false", "unknown"):
        page.add(metric, float(status.lower() == answer), {**at, "condition": answer})


def _add_resources(page: Exposition, container: Object, at: Labels) -> None:
    resources = container.get("resources") or {}
    for part, metric in (("limits", "limits"), ("requests", "requests")):
        for resource, amount in (resources.get(part) or {}).items():
            labels = {**at, "resource": resource, "unit": UNITS.get(resource, "integer")}
            page.add(f"kube_pod_container_resource_{metric}", float(parse(amount)), labels)


def _add_status(page: Exposition, status: Object, at: Labels) -> None:
    state, last = status.get("state") or {}, status.get("lastState") or {}
    page.add("kube_pod_container_info", 1, {**at, "image": status.get("image", "")})
    page.add("kube_pod_container_status_restarts_total", status.get("restartCount", 0), at)
    page.add("kube_pod_container_status_ready", float(status.get("ready", False)), at)
    for name in ("running", "waiting", "terminated"):
        page.add(f"kube_pod_container_status_{name}", float(name in state), at)
    if reason := state.get("waiting", {}).get("reason"):
        page.add("kube_pod_container_status_waiting_reason", 1, {**at, "reason": reason})
    if reason := state.get("terminated", {}).get("reason"):
        page.add("kube_pod_container_status_terminated_reason", 1, {**at, "reason": reason})
    if ended := last.get("terminated"):
        why = {**at, "reason": ended.get("reason", "Error")}
        page.add("kube_pod_container_status_last_terminated_reason", 1, why)
        page.add("kube_pod_container_status_last_terminated_exitcode", ended.get("exitCode", 0), at)


def seconds(text: str | None) -> float:
    """Unix seconds of an API time; 0 where there is none."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else 0.0
