"""What a Deployment says of itself: counts, availability and progress. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infrastructure.lab.kube.controllers import rollout
from infrastructure.lab.kube.objects import conditions, moments
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of

AVAILABLE, TIMED_OUT = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"
_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")


@dataclass(frozen=True)
class Picture:
    """A Deployment and its ReplicaSets at one moment."""

    deployment: Obj
    new: Obj | None
    every: tuple[Obj, ...]
    now: datetime
    manifest_second: float

    @property
    def deadline(self) -> float:
        return (
            float(dig(self.deployment, "spec", "progressDeadlineSeconds", default=600)) * self.manifest_second
        )


def build(seen: Picture) -> Obj:
    counts = _counts(seen)
    old = seen.deployment.get("status", {})
    status: Obj = {"observedGeneration": seen.deployment["metadata"].get("generation", 1)}
    status |= {name: value for name, value in counts.items() if value}
    if old.get("collisionCount"):
        status["collisionCount"] = old["collisionCount"]
    held = _availability(seen, counts, old.get("conditions", []))
    held = _progress(seen, counts, held)
    return {**status, "conditions": _failure(seen, held)}


def _counts(seen: Picture) -> dict[str, int]:
    def number(replica_set: Obj | None, name: str) -> int:
        return int(dig(replica_set, "status", name, default=0)) if replica_set is not None else 0

    counts = {
        "replicas": sum(number(one, "replicas") for one in seen.every),
        "updatedReplicas": number(seen.new, "replicas"),
        "readyReplicas": sum(number(one, "readyReplicas") for one in seen.every),
        "availableReplicas": sum(number(one, "availableReplicas") for one in seen.every),
    }
    missing = rollout.total(list(seen.every)) - counts["availableReplicas"]
    return {**counts, "unavailableReplicas": max(0, missing)}


def _availability(seen: Picture, counts: dict[str, int], held: list[Obj]) -> list[Obj]:
    enough = counts["availableReplicas"] >= rollout.fence_of(seen.deployment).minimum
    wanted = (
        Condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        if enough
        else Condition(
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    )
    return _put(held, wanted, seen.now)


def _put(held: list[Obj], wanted: Condition, now: datetime) -> list[Obj]:
    """Unchanged conditions keep both their times."""
    old = next((one for one in held if one["type"] == wanted.type), None)
    if old is not None and (old["status"], old.get("reason", "")) == (wanted.status, wanted.reason):
        return held
    return conditions.put(held, wanted, now, lastUpdateTime=moments.stamp(now))


def progressing(held: list[Obj], wanted: Condition, now: datetime) -> list[Obj]:
    """Progress is stamped each time it is made, even when nothing else about it changes."""
    return conditions.put(held, wanted, now, lastUpdateTime=moments.stamp(now))


def is_complete(seen: Picture, counts: dict[str, int]) -> bool:
    replicas = dig(seen.deployment, "spec", "replicas", default=1)
    return all(counts[name] == replicas for name in ("updatedReplicas", "replicas", "availableReplicas"))


def _made_progress(seen: Picture, counts: dict[str, int]) -> bool:
    before = {name: dig(seen.deployment, "status", name, default=0) for name in _COUNTS}
    old_before, old_now = (
        before["replicas"] - before["updatedReplicas"],
        counts["replicas"] - counts["updatedReplicas"],
    )
    return old_now < old_before or any(counts[name] > before[name] for name in _COUNTS[1:])


def _progress(seen: Picture, counts: dict[str, int], held: list[Obj]) -> list[Obj]:
    current = next((one for one in held if one["type"] == "Progressing"), None)
    settled = current is not None and current.get("reason") == AVAILABLE
    if (settled and counts["replicas"] == counts["updatedReplicas"]) or dig(
        seen.deployment, "spec", "paused"
    ):
        return held
    who = (
        f'ReplicaSet "{name_of(seen.new)}"'
        if seen.new is not None
        else f'Deployment "{name_of(seen.deployment)}"'
    )
    if is_complete(seen, counts):
        return progressing(
            held, Condition("Progressing", "True", AVAILABLE, f"{who} has successfully progressed."), seen.now
        )
    if _made_progress(seen, counts):
        return progressing(
            held, Condition("Progressing", "True", "ReplicaSetUpdated", f"{who} is progressing."), seen.now
        )
    if seconds_left(seen, current) == 0.0 and (current or {}).get("reason") != TIMED_OUT:
        return progressing(
            held, Condition("Progressing", "False", TIMED_OUT, f"{who} has timed out progressing."), seen.now
        )
    return held


def seconds_left(seen: Picture, condition: Obj | None) -> float | None:
    """Until the progress deadline; None where there is nothing to wait for."""
    if (
        condition is None
        or condition.get("reason") in (AVAILABLE, TIMED_OUT)
        or condition["status"] == "Unknown"
    ):
        return None
    since = condition.get("lastUpdateTime") or condition["lastTransitionTime"]
    return max(0.0, seen.deadline - moments.seconds_since(since, seen.now))


def _failure(seen: Picture, held: list[Obj]) -> list[Obj]:
    """A ReplicaSet that cannot make its pods is the Deployment's affair too."""
    sick = next(
        (
            found
            for one in (seen.new, *seen.every)
            if one is not None and (found := conditions.find(one.get("status", {}), "ReplicaFailure"))
        ),
        None,
    )
    if sick is None:
        return conditions.without(held, "ReplicaFailure")
    return _put(
        held,
        Condition("ReplicaFailure", sick["status"], sick.get("reason", ""), sick.get("message", "")),
        seen.now,
    )
