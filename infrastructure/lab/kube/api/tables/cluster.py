"""Tables of nodes, namespaces, events and leases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.api.tables.cells import NONE, UNKNOWN, ago, since
from infrastructure.lab.kube.objects.tree import Obj, dig, labels_of, name_of

_ROLE = "node-role.kubernetes.io/"


def node(obj: Obj, now: datetime) -> Sequence[Any]:
    info = dig(obj, "status", "nodeInfo", default={})
    roles = sorted(label.removeprefix(_ROLE) for label in labels_of(obj) if label.startswith(_ROLE))
    addresses = {one["type"]: one["address"] for one in dig(obj, "status", "addresses", default=[])}
    return [
        name_of(obj),
        _node_status(obj),
        ",".join(roles) or NONE,
        since(obj, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _node_status(obj: Obj) -> str:
    conditions = {one["type"]: one["status"] for one in dig(obj, "status", "conditions", default=[])}
    text = {"True": "Ready", None: "Unknown"}.get(conditions.get("Ready"), "NotReady")
    return f"{text},SchedulingDisabled" if dig(obj, "spec", "unschedulable") else text


def namespace(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), dig(obj, "status", "phase", default=""), since(obj, now)]


def event(obj: Obj, now: datetime) -> Sequence[Any]:
    target = obj.get("involvedObject", {})
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    last = dig(obj, "series", "lastObservedTime") or obj.get("lastTimestamp") or first
    count = obj.get("count") or dig(obj, "series", "count") or 1
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent", "")
    host = source.get("host") or ""
    return [
        ago(last, now),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{str(target.get('kind', '')).lower()}/{target.get('name', '')}",
        target.get("fieldPath", ""),
        f"{component}, {host}" if host else component,
        str(obj.get("message", "")).strip(),
        ago(first, now),
        count,
        name_of(obj),
    ]


def lease(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), dig(obj, "spec", "holderIdentity", default=""), since(obj, now)]


PRINTERS = {
    "nodes": (
        "Name Status Roles Age Version (Internal-IP) (External-IP) (OS-Image) (Kernel-Version) (Container-Runtime)",
        node,
    ),
    "namespaces": ("Name Status Age", namespace),
    "events": (
        "Last_Seen Type Reason Object (Subobject) (Source) Message (First_Seen) (Count) (Name)",
        event,
    ),
    "leases.coordination.k8s.io": ("Name Holder Age", lease),
}
