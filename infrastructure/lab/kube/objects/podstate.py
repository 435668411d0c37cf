"""What controllers ask about a pod."""

from __future__ import annotations

from datetime import datetime

from infrastructure.lab.kube.objects import conditions, moments
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig

FINISHED = ("Succeeded", "Failed")


def phase(pod: Obj) -> str:
    return str(dig(pod, "status", "phase", default="Pending"))


def is_active(pod: Obj) -> bool:
    return phase(pod) not in FINISHED and not being_deleted(pod)


def is_ready(pod: Obj) -> bool:
    return conditions.is_true(pod.get("status", {}), "Ready")


def seconds_until_available(pod: Obj, min_ready_seconds: float, now: datetime) -> float | None:
    """0 when it is available, None while it is not even ready."""
    ready = conditions.find(pod.get("status", {}), "Ready")
    if ready is None or ready["status"] != "True":
        return None
    if not min_ready_seconds:
        return 0.0
    return max(0.0, min_ready_seconds - moments.seconds_since(ready["lastTransitionTime"], now))


def is_available(pod: Obj, min_ready_seconds: float, now: datetime) -> bool:
    return seconds_until_available(pod, min_ready_seconds, now) == 0.0


def node_of(pod: Obj) -> str:
    return str(dig(pod, "spec", "nodeName", default=""))
