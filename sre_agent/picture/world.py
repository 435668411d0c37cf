"""The whole picture: objects, events, logs, series, probes, changes, calls, and what was not collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sre_agent.domain.alert import Alert
from sre_agent.domain.diagnosis import Change
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Unknown
from sre_agent.picture.events import EventView
from sre_agent.picture.inventory import Inventory
from sre_agent.picture.logs import LogChunk, LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.ownership import makers_of_name
from sre_agent.picture.series import Series
from sre_agent.picture.source import Source


@dataclass(frozen=True)
class ProbeResult:
    """One connection attempt and how it ended."""

    at: datetime | None
    origin: str
    namespace: str
    service: str
    port: int
    ok: bool
    detail: str
    source: Source


@dataclass(frozen=True)
class ChangeSeen:
    """A change, and where it was read."""

    change: Change
    source: Source


@dataclass(frozen=True)
class Firing:
    """One stretch of time in which an alert fired, from Prometheus' own memory."""

    alertname: str
    start: float
    end: float


@dataclass(frozen=True)
class Frame:
    """What the incident is about and when: given, not collected."""

    now: datetime
    started_at: datetime | None = None
    entities: tuple[EntityRef, ...] = ()
    """What the alerts, or the person's question, are about."""
    namespace: str = ""
    complaint: str = ""
    alerts: tuple[Alert, ...] = ()
    alerts_source: Source | None = None
    """Where their words can be quoted from; of a live incident they stand in its journal, not in its evidence."""
    baseline_seconds: float = 3600.0
    guard_seconds: float = 10.0
    """How long before an alert its fault may have begun; belongs to neither past nor present."""


@dataclass(frozen=True)
class Picture:
    """Everything seen of one incident. `collected` names resources and sources that were looked at."""

    frame: Frame
    inventory: Inventory
    events: tuple[EventView, ...] = ()
    logs: tuple[LogChunk, ...] = ()
    series: tuple[Series, ...] = ()
    probes: tuple[ProbeResult, ...] = ()
    changes: tuple[ChangeSeen, ...] = ()
    firings: tuple[Firing, ...] = ()
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Service or workload name → those it calls, within the namespace of the incident."""
    collected: frozenset[str] = frozenset()
    unknowns: tuple[Unknown, ...] = ()

    @cached_property
    def _events_by_object(self) -> Mapping[tuple[str, str, str], tuple[EventView, ...]]:
        found: dict[tuple[str, str, str], list[EventView]] = defaultdict(list)
        for event in self.events:
            found[event.about].append(event)
        return {key: tuple(events) for key, events in found.items()}

    def events_about(self, obj: Obj) -> tuple[EventView, ...]:
        return self._events_by_object.get((obj.kind, obj.namespace, obj.name), ())

    @cached_property
    def _events_of_unseen(self) -> Mapping[tuple[str, str], tuple[EventView, ...]]:
        """(namespace, name of the maker) → events about pods, ReplicaSets and jobs that were not seen themselves."""
        found: dict[tuple[str, str], list[EventView]] = defaultdict(list)
        for event in self.events:
            kind, namespace, name = event.about
            if kind in ("Pod", "ReplicaSet", "Job") and self.inventory.get(kind, name, namespace) is None:
                for maker in makers_of_name(kind, name):
                    found[(namespace, maker)].append(event)
        return {key: tuple(events) for key, events in found.items()}

    def events_around(self, workload: Obj) -> Iterable[EventView]:
        """Events about a workload, its ReplicaSets and its pods; where none of its pods was seen, about pods so named."""
        yield from self.events_about(workload)
        for rs in self.inventory.replica_sets_of(workload):
            yield from self.events_about(rs)
        pods = self.inventory.pods_of(workload)
        for pod in pods:
            if pod is not workload:
                yield from self.events_about(pod)
        if not pods:
            yield from self._events_of_unseen.get((workload.namespace, workload.name), ())

    @cached_property
    def _logs_by_pod(self) -> Mapping[tuple[str, str], tuple[LogChunk, ...]]:
        found: dict[tuple[str, str], list[LogChunk]] = defaultdict(list)
        for chunk in self.logs:
            found[(chunk.namespace, chunk.pod)].append(chunk)
        return {key: tuple(chunks) for key, chunks in found.items()}

    def logs_of(self, workload: Obj) -> tuple[LogChunk, ...]:
        """Log chunks of all its pods."""
        pods = self.inventory.pods_of(workload)
        return tuple(chunk for pod in pods for chunk in self._logs_by_pod.get((pod.namespace, pod.name), ()))

    def errors_of(self, workload: Obj) -> tuple[LogLine, ...]:
        return tuple(line for chunk in self.logs_of(workload) for line in chunk.errors)

    @cached_property
    def _series_by_name(self) -> Mapping[str, tuple[Series, ...]]:
        found: dict[str, list[Series]] = defaultdict(list)
        for one in self.series:
            found[one.name].append(one)
        return {name: tuple(several) for name, several in found.items()}

    def series_named(self, *names: str) -> tuple[Series, ...]:
        return tuple(one for name in names for one in self._series_by_name.get(name, ()))

    @property
    def onset(self) -> datetime:
        """When it began, as far as the alerts tell; else now."""
        starts = [alert.starts_at for alert in self.frame.alerts]
        return min(starts) if starts else (self.frame.started_at or self.frame.now)

    def looked_at(self, *what: str) -> bool:
        """Whether all of these were collected (an empty answer counts; a missing one does not)."""
        return all(one in self.collected for one in what)

    @cached_property
    def callers(self) -> Mapping[str, tuple[str, ...]]:
        """Name → those that call it."""
        found: dict[str, list[str]] = defaultdict(list)
        for caller, callees in self.calls.items():
            for callee in callees:
                found[callee].append(caller)
        return {name: tuple(several) for name, several in found.items()}

    def upstream_of(self, name: str) -> frozenset[str]:
        """Everyone whose calls reach this name, directly or through others."""
        return _reach(self.callers, name)

    def downstream_of(self, name: str) -> frozenset[str]:
        """Everyone this name reaches by its calls."""
        return _reach(self.calls, name)


def _reach(edges: Mapping[str, tuple[str, ...]], start: str) -> frozenset[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for following in edges.get(waiting.pop(), ()):
            if following not in seen and following != start:
                seen.add(following)
                waiting.append(following)
    return frozenset(seen)
