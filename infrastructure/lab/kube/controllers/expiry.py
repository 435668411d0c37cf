"""Events are forgotten after their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj, dig
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import ADDED, Change, Key


class EventExpiryController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"events": _new}

    def reconcile(self, key: Key) -> float | None:
        event = self._plane.store.get("events", *key)
        if event is None:
            return None
        left = self._plane.pace.event_time_to_live - moments.seconds_since(
            _last_seen(event), self._plane.clock()
        )
        if left > 0:
            return left
        self._plane.registry.delete(BY_RESOURCE["events"], *key)
        return None


def _new(change: Change) -> Iterable[Key]:
    return (change.key,) if change.type == ADDED else ()


def _last_seen(event: Obj) -> str:
    return str(
        dig(event, "series", "lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"]["creationTimestamp"]
    )
