"""The pod table, whose STATUS column is an art of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.api.tables.cells import NONE, UNKNOWN, ago, since
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, name_of


def pod(obj: Obj, now: datetime) -> Sequence[Any]:
    status = obj.get("status", {})
    states = status.get("containerStatuses") or []
    total = len(obj["spec"].get("containers", ()))
    ready = sum(bool(one.get("ready") and "running" in one.get("state", {})) for one in states)
    return [
        name_of(obj),
        f"{ready}/{total}",
        reason(obj),
        _restarts(states, now),
        since(obj, now),
        status.get("podIP") or NONE,
        obj["spec"].get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        NONE,
    ]


def reason(obj: Obj) -> str:
    """What kubectl prints under STATUS."""
    status = obj.get("status", {})
    text = status.get("reason") or status.get("phase", "")
    if text == "Pending" and _condition_reason(status, "PodScheduled") == "SchedulingGated":
        text = "SchedulingGated"
    waiting = _initializing(obj, status)
    text = waiting or _running_reason(status, text)
    if being_deleted(obj):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return text


def _condition_reason(status: Obj, kind: str) -> str:
    return next(
        (str(one.get("reason", "")) for one in status.get("conditions") or () if one["type"] == kind), ""
    )


def _initializing(obj: Obj, status: Obj) -> str:
    total = len(obj["spec"].get("initContainers", ()))
    for index, one in enumerate(status.get("initContainerStatuses") or ()):
        ended = dig(one, "state", "terminated")
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if ended is not None:
            return f"Init:{_ended(ended)}"
        waiting = dig(one, "state", "waiting", "reason", default="")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{index}/{total}"
    return ""


def _running_reason(status: Obj, text: str) -> str:
    running = False
    for one in reversed(status.get("containerStatuses") or []):
        state = one.get("state", {})
        waiting, ended = dig(state, "waiting", "reason"), state.get("terminated")
        if waiting:
            text = waiting
        elif ended is not None:
            text = _ended(ended)
        elif one.get("ready") and "running" in state:
            running = True
    if text == "Completed" and running:
        ready = any(
            one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ()
        )
        return "Running" if ready else "NotReady"
    return text


def _ended(terminated: Obj) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _restarts(states: list[Obj], now: datetime) -> str:
    count = sum(one.get("restartCount", 0) for one in states)
    ends = [dig(one, "lastState", "terminated", "finishedAt") for one in states]
    last = max((end for end in ends if end), default=None)
    return f"{count} ({ago(last, now)} ago)" if count and last and ago(last, now) != UNKNOWN else str(count)


PRINTERS = {"pods": ("Name Ready Status Restarts Age (IP) (Node) (Nominated_Node) (Readiness_Gates)", pod)}
