"""The arithmetic of a rolling update: how many replicas the new and the old ReplicaSets may have. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from infrastructure.lab.kube.objects.tree import Obj, annotations_of, dig
from infrastructure.lab.kube.schema.rules.numbers import share

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"


@dataclass(frozen=True)
class Fence:
    """How far a Deployment may go above and below its size while it changes."""

    replicas: int
    surge: int
    unavailable: int

    @property
    def minimum(self) -> int:
        return self.replicas - self.unavailable

    @property
    def maximum(self) -> int:
        return self.replicas + self.surge


def fence_of(deployment: Obj) -> Fence:
    spec = deployment["spec"]
    replicas = spec.get("replicas", 1)
    if dig(spec, "strategy", "type") != "RollingUpdate":
        return Fence(replicas, 0, replicas)
    rolling = dig(spec, "strategy", "rollingUpdate", default={})
    surge = share(rolling.get("maxSurge", "25%"), replicas, round_up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), replicas, round_up=False)
    if not surge and not unavailable:
        unavailable = 1
    return Fence(replicas, surge, min(unavailable, replicas))


def size(replica_set: Obj) -> int:
    return int(dig(replica_set, "spec", "replicas", default=0))


def available(replica_set: Obj) -> int:
    return int(dig(replica_set, "status", "availableReplicas", default=0))


def total(replica_sets: list[Obj]) -> int:
    return sum(size(one) for one in replica_sets)


def grown(fence: Fence, new: Obj, everything: list[Obj]) -> int:
    """What the new ReplicaSet may grow to now."""
    room = fence.maximum - total(everything)
    if room <= 0:
        return size(new)
    return size(new) + min(room, fence.replicas - size(new))


def shrunk(fence: Fence, new: Obj, old: list[Obj]) -> dict[str, int]:
    """New sizes of old ReplicaSets, by name: the sick go first, then what availability allows."""
    everything = [*old, new]
    unavailable_new = size(new) - available(new)
    room = total(everything) - fence.minimum - unavailable_new
    if not total(old) or room <= 0:
        return {}
    sizes = {one["metadata"]["name"]: size(one) for one in old}
    ordered = sorted(old, key=lambda one: str(one["metadata"]["creationTimestamp"]))
    changed = _without_the_sick(ordered, sizes, room)
    spare = sum(available(one) for one in everything) - fence.minimum
    for one in ordered:
        name = one["metadata"]["name"]
        if spare <= 0:
            break
        step = min(sizes[name], spare)
        sizes[name] -= step
        spare -= step
        if step:
            changed.add(name)
    return {name: sizes[name] for name in changed}


def _without_the_sick(ordered: list[Obj], sizes: dict[str, int], room: int) -> set[str]:
    changed = set()
    for one in ordered:
        name = one["metadata"]["name"]
        step = min(room, sizes[name] - available(one))
        if step > 0:
            sizes[name] -= step
            room -= step
            changed.add(name)
    return changed


def proportional(deployment: Obj, active: list[Obj]) -> dict[str, int]:
    """Sizes when a Deployment is scaled in the middle of a roll-out: all grow or shrink alike."""
    fence = fence_of(deployment)
    allowed = fence.maximum if fence.replicas > 0 else 0
    to_add = allowed - total(active)
    ordered = sorted(active, key=lambda one: (-size(one), one["metadata"]["creationTimestamp"]))
    sizes, added = {}, 0
    for one in ordered:
        step = _proportion(deployment, fence, one, to_add - added) if to_add else 0
        sizes[one["metadata"]["name"]] = size(one) + step
        added += step
    if ordered and to_add != added:
        first = ordered[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + to_add - added)
    return sizes


def _proportion(deployment: Obj, fence: Fence, one: Obj, left: int) -> int:
    if not size(one) or not left:
        return 0
    if fence.replicas == 0:
        return -size(one)
    before = int(annotations_of(one).get(MAXIMUM, 0)) or dig(deployment, "status", "replicas", default=0) or 1
    fraction = round(size(one) * fence.maximum / before) - size(one)
    return min(fraction, left) if left > 0 else max(fraction, left)
