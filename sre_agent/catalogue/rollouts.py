"""What the newest roll-out of a workload changed, read from its ReplicaSets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue

from sre_agent.picture.objects import Obj, items, mapping
from sre_agent.picture.world import Picture

JUST_BEFORE = timedelta(minutes=30)
"""A roll-out this long before the onset may still have brought it about."""
CLOCKS = timedelta(seconds=20)
"""How far alert times, scrape times and creation times may disagree."""


@dataclass(frozen=True)
class Rollout:
    """The step from one revision to the newest."""

    workload: Obj
    newest: Obj
    before: Obj | None
    at: datetime

    @property
    def revision_before(self) -> int:
        text = self.before.annotations.get("deployment.kubernetes.io/revision", "0") if self.before else "0"
        return int(text) if text.isdigit() else 0


def latest_rollout(picture: Picture, workload: Obj) -> Rollout | None:
    """The newest revision and the one before it; None where there was only ever one, or none is known."""
    sets = picture.inventory.replica_sets_of(workload)
    if len(sets) < 2 or sets[0].created_at is None:
        return None
    return Rollout(workload, sets[0], sets[1], sets[0].created_at)


def began_before_onset(picture: Picture, at: datetime) -> bool:
    """Shortly before it began. What came after the first symptom is innocent."""
    return picture.onset - JUST_BEFORE <= at <= picture.onset + CLOCKS


def container_of(owner: Obj, name: str) -> Mapping[str, Any]:
    return next((one for one in owner.containers() if one.get("name") == name), {})


def environment_of(container: Mapping[str, Any]) -> dict[str, str]:
    """Literal variables of a container."""
    return {
        str(one.get("name")): str(one["value"])
        for one in items(container, "env")
        if isinstance(one.get("value"), str)
    }


def previous_value(picture: Picture, workload: Obj, container: str) -> Iterator[tuple[str, str, str]]:
    """(variable, value before, value now) of each variable that the newest roll-out changed."""
    rollout = latest_rollout(picture, workload)
    if rollout is None or rollout.before is None:
        return
    now = environment_of(container_of(rollout.newest, container))
    before = environment_of(container_of(rollout.before, container))
    for name in now.keys() & before.keys():
        if now[name] != before[name]:
            yield name, before[name], now[name]


def previous_image(picture: Picture, workload: Obj, container: str) -> str | None:
    """The newest earlier image of a container that is not the present one."""
    now = str(container_of(workload, container).get("image", ""))
    for replica_set in picture.inventory.replica_sets_of(workload):
        image = str(container_of(replica_set, container).get("image", ""))
        if image and image != now:
            return image
    return None


def previous_resources(picture: Picture, workload: Obj, container: str) -> Mapping[str, Any] | None:
    """Requests and limits of the newest earlier revision in which they were others."""
    now = mapping(container_of(workload, container), "resources")
    for replica_set in picture.inventory.replica_sets_of(workload):
        before = mapping(container_of(replica_set, container), "resources")
        if before and before != now:
            return before
    return None


def resources_to_restore(picture: Picture, workload: Obj, container: str) -> dict[str, JsonValue]:
    """Requests and limits of the revision before, as hints for a remedy; empty where none is known."""
    before = previous_resources(picture, workload, container)
    if before is None:
        return {}
    return {"requests": dict(mapping(before, "requests")), "limits": dict(mapping(before, "limits"))}


def undo_hints(picture: Picture, workload: Obj) -> dict[str, JsonValue]:
    """The revision to go back to, where a roll-out shortly before the onset is the newest."""
    rollout = latest_rollout(picture, workload)
    if rollout is None or not began_before_onset(picture, rollout.at):
        return {}
    return {"to_revision": rollout.revision_before}


def revision_before(
    picture: Picture, workload: Obj, part: Callable[[Mapping[str, Any]], object]
) -> dict[str, JsonValue]:
    """The newest earlier revision in which this part of the pod spec was another, as a hint for a remedy."""
    now = part(workload.pod_template())
    for replica_set in picture.inventory.replica_sets_of(workload):
        text = replica_set.annotations.get("deployment.kubernetes.io/revision", "")
        if text.isdigit() and part(replica_set.pod_template()) != now:
            return {"to_revision": int(text)}
    return {}
