"""Which open incident an alert belongs to, and the rule that says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.intake.settings import IntakeSettings
from sre_agent.intake.subject import Subject, subject_of
from sre_agent.ports.ledger import Desk

_NOT_YET_ACTED_UPON: Final = frozenset({Status.OPEN, Status.INVESTIGATING, Status.AWAITING_APPROVAL})


@dataclass(frozen=True)
class Match:
    incident: IncidentId
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.sentence}"


@dataclass
class Folder:
    """One open incident on the desk: its row, and the alerts in it, whose subjects are worked out on demand."""

    incident: Incident
    alerts: list[Alert]
    default_cluster: str

    @property
    def cluster_and_namespace(self) -> tuple[str, str]:
        return self.incident.cluster, self.incident.namespace

    def subjects(self) -> Iterator[Subject]:
        return (subject_of(alert, default_cluster=self.default_cluster) for alert in self.alerts)

    def put_out(self, alert: Alert) -> int:
        """Mark one firing as over; how many still fire."""
        over = (alert.fingerprint, alert.starts_at)
        self.alerts = [alert if (each.fingerprint, each.starts_at) == over else each for each in self.alerts]
        return sum(each.status is AlertStatus.FIRING for each in self.alerts)

    @property
    def service(self) -> str:
        """Its name in the call graph: the group key without the cluster."""
        key = self.incident.group_key.partition("|")[2]
        return "" if ":" in key else key


Rule = Callable[[Subject, Folder, "Surroundings"], str]


@dataclass(frozen=True)
class Surroundings:
    """What the rules may look at besides alert and incident."""

    now: datetime
    calls: Mapping[str, Sequence[str]]
    window: timedelta
    hops: int

    @classmethod
    def of(cls, desk: Desk, settings: IntakeSettings) -> Surroundings:
        return cls(now=desk.now, calls=desk.calls, window=settings.join_window, hops=settings.join_hops)


def match(subject: Subject, folders: Sequence[Folder], around: Surroundings) -> Match | None:
    """The first rule that finds an incident; among several, the one that is open longest."""
    oldest_first = sorted(folders, key=lambda folder: (folder.incident.opened_at, folder.incident.id))
    for name, rule in _RULES:
        for folder in oldest_first:
            if folder.incident.origin is Origin.ALERT and (sentence := rule(subject, folder, around)):
                return Match(folder.incident.id, name, sentence)
    return None


def _same_object(subject: Subject, folder: Folder, around: Surroundings) -> str:
    if folder.incident.group_key == subject.key:
        return f"it is about {_what(subject)}, as is the incident"
    return ""


def _same_as_one_inside(subject: Subject, folder: Folder, around: Surroundings) -> str:
    same_place = folder.cluster_and_namespace == (subject.cluster, subject.namespace)
    if same_place and any(inside.key == subject.key for inside in folder.subjects()):
        return f"it is about {_what(subject)}, as is another alert of the incident"
    return ""


def _claim_of_workload(subject: Subject, folder: Folder, around: Surroundings) -> str:
    """A claim joins the StatefulSet it was made for."""
    entity, owner = subject.entity, folder.incident.entity
    if entity is None or owner is None or entity.kind != "PersistentVolumeClaim":
        return ""
    made_for = re.fullmatch(rf".+-{re.escape(owner.name)}-\d{{1,4}}", entity.name)
    if made_for and (entity.namespace, entity.cluster) == (owner.namespace, owner.cluster):
        return f"claim {entity.name} was made for {owner}, which the incident is about"
    return ""


def _calls(subject: Subject, folder: Folder, around: Surroundings) -> str:
    """A caller or callee, up to some hops away, of an incident that is fresh and not yet acted upon."""
    ours, theirs = subject.service, folder.service
    same_place = folder.cluster_and_namespace == (subject.cluster, subject.namespace)
    if not ours or not theirs or not same_place or not _still_gathering(folder.incident, around):
        return ""
    for caller, callee, which in ((ours, theirs, "calls"), (theirs, ours, "is called by")):
        path = call_path(caller, callee, around.calls, around.hops)
        if path:
            through = f" through {', '.join(path[1:-1])}" if len(path) > 2 else ""
            return f"{ours} {which} {theirs}{through}, which the incident is about"
    return ""


def _same_node(subject: Subject, folder: Folder, around: Surroundings) -> str:
    """A node and what is known to run on it; where an alert does not tell its node, nothing is guessed."""
    if subject.cluster != folder.incident.cluster or not _still_gathering(folder.incident, around):
        return ""
    entity, about = subject.entity, folder.incident.entity
    if entity is not None and entity.kind == "Node":
        on_it = any(inside.node == entity.name for inside in folder.subjects())
        return f"an alert of the incident names {entity}" if on_it else ""
    if subject.node and about is not None and about.kind == "Node" and about.name == subject.node:
        return f"it runs on {about}, which the incident is about"
    return ""


_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("same-object", _same_object),
    ("same-object", _same_as_one_inside),
    ("claim-of-workload", _claim_of_workload),
    ("calls", _calls),
    ("same-node", _same_node),
)


def call_path(caller: str, callee: str, calls: Mapping[str, Sequence[str]], hops: int) -> list[str]:
    """The shortest way from caller to callee in at most so many hops, both included; empty where there is none."""
    paths = [[caller]]
    seen = {caller}
    for _ in range(hops):
        longer = [
            [*path, called]
            for path in paths
            for called in sorted(calls.get(path[-1], ()))
            if called not in seen
        ]
        for path in longer:
            if path[-1] == callee:
                return path
        seen.update(path[-1] for path in longer)
        paths = longer
    return []


def _still_gathering(incident: Incident, around: Surroundings) -> bool:
    return incident.status in _NOT_YET_ACTED_UPON and around.now - incident.opened_at <= around.window


def _what(subject: Subject) -> str:
    if subject.key.partition("|")[2].startswith("alert:"):
        return "the same condition" if subject.entity is None else f"the same condition in {subject.entity}"
    return str(subject.entity)
