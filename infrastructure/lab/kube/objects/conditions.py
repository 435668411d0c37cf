"""Conditions in a status: found, set, and stamped when they turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj


@dataclass(frozen=True)
class Condition:
    type: str
    status: str
    reason: str = ""
    message: str = ""


def find(status: Obj, kind: str) -> Obj | None:
    return next((one for one in status.get("conditions") or () if one["type"] == kind), None)


def is_true(status: Obj, kind: str) -> bool:
    found = find(status, kind)
    return found is not None and found["status"] == "True"


def put(conditions: list[Obj], wanted: Condition, now: datetime, **extra: str | None) -> list[Obj]:
    """A new list with the condition set; its transition time moves only when its status does."""
    old = next((one for one in conditions if one["type"] == wanted.type), None)
    fresh: Obj = {"type": wanted.type, "status": wanted.status, **extra}
    turned = old is None or old["status"] != wanted.status
    fresh["lastTransitionTime"] = moments.stamp(now) if turned or old is None else old["lastTransitionTime"]
    if wanted.reason:
        fresh["reason"] = wanted.reason
    if wanted.message:
        fresh["message"] = wanted.message
    if old is None:
        return [*conditions, fresh]
    return [fresh if one is old else one for one in conditions]


def without(conditions: list[Obj], kind: str) -> list[Obj]:
    return [one for one in conditions if one["type"] != kind]
