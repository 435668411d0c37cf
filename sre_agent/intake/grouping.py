"""Which open incident an alert belongs to, and the rule that says so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Status
from sre_agent.intake.drawer import Drawer
from sre_agent.intake.settings import IntakeSettings
from sre_agent.intake.subject import Subject, key_of
from sre_agent.ports.ledger import Desk

_NOT_YET_ACTED_UPON: Final = frozenset({Status.OPEN, Status.INVESTIGATING, Status.AWAITING_APPROVAL})

Calls = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Match:
    incident: IncidentId
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.sentence}"


@dataclass(frozen=True)
class Surroundings:
    """What the rules may look at besides the alert and the open incidents."""

    now: datetime
    calls: Calls
    window: timedelta
    hops: int

    @classmethod
    def of(cls, desk: Desk, settings: IntakeSettings) -> Surroundings:
        return cls(now=desk.now, calls=desk.calls, window=settings.join_window, hops=settings.join_hops)

    @cached_property
    def called_by(self) -> Calls:
        """The call graph turned round: callee → its callers."""
        callers: dict[str, list[str]] = defaultdict(list)
        for caller, callees in self.calls.items():
            for callee in callees:
                callers[callee].append(caller)
        return callers

    def is_gathering(self, incident: Incident) -> bool:
        """Fresh and not yet acted upon: it may still turn out to be wider than it looks."""
        return incident.status in _NOT_YET_ACTED_UPON and self.now - incident.opened_at <= self.window


def match(subject: Subject, drawer: Drawer, around: Surroundings) -> Match | None:
    """The first rule that finds an incident."""
    return next((found for rule in _RULES if (found := rule(subject, drawer, around)) is not None), None)


def _same_object(subject: Subject, drawer: Drawer, around: Surroundings) -> Match | None:
    incident = drawer.about(subject.key)
    if incident is not None:
        return Match(incident.id, "same-object", f"it is about {_what(subject)}, as is the incident")
    incident = drawer.holding(subject.key)
    if incident is not None:
        return Match(
            incident.id, "same-object", f"it is about {_what(subject)}, as is another alert of the incident"
        )
    return None


def _claim_of_workload(subject: Subject, drawer: Drawer, around: Surroundings) -> Match | None:
    """A StatefulSet's claims are named `<template>-<statefulset>-<ordinal>`."""
    entity = subject.entity
    if entity is None or entity.kind != "PersistentVolumeClaim":
        return None
    stem = re.fullmatch(r"(?P<stem>.+)-\d{1,4}", entity.name)
    words = stem["stem"].split("-") if stem else []
    for first in range(1, len(words)):
        owner = "-".join(words[first:])
        incident = drawer.about(key_of(subject.cluster, f"{subject.namespace}/{owner}"))
        if incident is not None:
            sentence = f"claim {entity.name} was made for {owner}, which the incident is about"
            return Match(incident.id, "claim-of-workload", sentence)
    return None


def _calls(subject: Subject, drawer: Drawer, around: Surroundings) -> Match | None:
    """A caller or callee, up to some hops away, of an incident in the same namespace; the nearest one."""
    for path, which in _neighbours(subject.service, around):
        theirs = path[-1]
        incident = drawer.about(key_of(subject.cluster, theirs))
        if incident is not None and incident.namespace == subject.namespace and around.is_gathering(incident):
            through = f" through {', '.join(path[1:-1])}" if len(path) > 2 else ""
            sentence = f"{subject.service} {which} {theirs}{through}, which the incident is about"
            return Match(incident.id, "calls", sentence)
    return None


def _neighbours(service: str, around: Surroundings) -> Iterator[tuple[list[str], str]]:
    """Ways to callees and from callers, shorter ones first; at one distance, callees first."""
    if not service:
        return
    down = paths_from(service, around.calls, around.hops)
    up = paths_from(service, around.called_by, around.hops)
    ways = [*((path, "calls") for path in down), *((path, "is called by") for path in up)]
    yield from sorted(ways, key=lambda way: len(way[0]))


def paths_from(start: str, graph: Calls, hops: int) -> list[list[str]]:
    """The shortest path to everything that is reached within so many hops, nearest first, both ends included."""
    reached: dict[str, list[str]] = {start: [start]}
    edge = [start]
    for _ in range(hops):
        further: list[str] = []
        for here in edge:
            for there in sorted(graph.get(here, ())):
                if there not in reached:
                    reached[there] = [*reached[here], there]
                    further.append(there)
        edge = further
    return list(reached.values())[1:]


def _same_node(subject: Subject, drawer: Drawer, around: Surroundings) -> Match | None:
    """A node and what is known to run on it; where an alert does not tell its node, nothing is guessed."""
    entity = subject.entity
    if entity is not None and entity.kind == "Node":
        incident = drawer.naming(subject.cluster, entity.name)
        sentence = f"an alert of the incident names {entity}"
    elif subject.node:
        incident = drawer.about(key_of(subject.cluster, f"node:{subject.node}"))
        sentence = f"it runs on Node {subject.node}, which the incident is about"
    else:
        return None
    gathering = incident is not None and around.is_gathering(incident)
    return Match(incident.id, "same-node", sentence) if incident is not None and gathering else None


Rule = Callable[[Subject, Drawer, Surroundings], Match | None]
_RULES: Final[tuple[Rule, ...]] = (_same_object, _claim_of_workload, _calls, _same_node)


def _what(subject: Subject) -> str:
    if subject.key.partition("|")[2].startswith("alert:"):
        return "the same condition" if subject.entity is None else f"the same condition in {subject.entity}"
    return str(subject.entity)
