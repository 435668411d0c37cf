"""Kubernetes events: what components said about an object, how often, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj
from sre_agent.picture.times import moment


@dataclass(frozen=True, slots=True)
class EventView:
    """One event, whichever of the two APIs (core/v1, events.k8s.io/v1) it came from."""

    obj: Obj

    @property
    def reason(self) -> str:
        return str(self.obj.dig("reason") or "")

    @property
    def message(self) -> str:
        return str(self.obj.dig("message") or self.obj.dig("note") or "")

    @property
    def is_warning(self) -> bool:
        return bool(self.obj.dig("type") == "Warning")

    @property
    def component(self) -> str:
        return str(self.obj.dig("source", "component") or self.obj.dig("reportingComponent") or "")

    @property
    def count(self) -> int:
        return int(self.obj.dig("count") or self.obj.dig("series", "count") or 1)

    @property
    def last_at(self) -> datetime | None:
        for path in (("series", "lastObservedTime"), ("lastTimestamp",), ("eventTime",), ("firstTimestamp",)):
            if found := moment(self.obj.dig(*path)):
                return found
        return moment(self.obj.dig("metadata", "creationTimestamp"))

    @property
    def first_at(self) -> datetime | None:
        return moment(self.obj.dig("firstTimestamp")) or moment(self.obj.dig("eventTime")) or self.last_at

    @property
    def about(self) -> tuple[str, str, str]:
        """(kind, namespace, name) of the object the event is about."""
        for key in ("involvedObject", "regarding"):
            if told := self.obj.mapping(key):
                namespace = str(told.get("namespace") or self.obj.namespace)
                return str(told.get("kind") or ""), namespace, str(told.get("name") or "")
        return "", "", ""

    def quote(self, part: str = "") -> Citation:
        """The message, or the part of it that tells."""
        return self.obj.source.quote(part or self.message)
