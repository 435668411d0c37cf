"""The one write door for incidents: a change is a bundle, and a bundle is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sre_agent.domain.alert import Alert, FiledAlert, Severity
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Evidence, Specialist, Window
from sre_agent.domain.frozen import Frozen, JsonObject, Moment
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, JournalEntry
from sre_agent.domain.law import Approval, Ruling
from sre_agent.domain.mitigation import Mitigation
from sre_agent.domain.plan import Plan, StepRecord
from sre_agent.domain.revision import Revision
from sre_agent.domain.verification import Verification
from sre_agent.domain.work import JobDraft
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents


class IncidentUpdate(Frozen):
    """Fields of the incident's row to set; None leaves a field as it is."""

    status: Status | None = None
    severity: Severity | None = None
    outcome: Outcome | None = None
    summary: str | None = None
    cause: str | None = None
    cause_entity: EntityRef | None = None
    confidence: float | None = None
    first_hypothesis_at: Moment | None = None
    closed_at: Moment | None = None
    merged_into: IncidentId | None = None
    leads_since: Moment | None = None

    def applied_to(self, incident: Incident, at: Moment) -> Incident:
        """The incident as it is after this update."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        given = {name: value for name, value in values.items() if value is not None}
        return incident.model_copy(update={**given, "updated_at": at})


class AnswersSeen(Frozen):
    """How many answers to a plan somebody had before them when they decided."""

    plan_digest: Digest
    count: int


class ChangeSet(Frozen):
    """Everything that belongs together about one incident, committed in one transaction or not at all.

    `fence`: the writer's lease number; where given and no longer the newest (or the lease has
    expired), nothing is written and LeaseLost is raised. Entries whose key is already in the
    incident's journal are skipped, so a node that runs again adds nothing twice.
    """

    incident_id: IncidentId
    at: Moment
    fence: int | None = None
    entries: tuple[JournalDraft, ...] = ()
    update: IncidentUpdate = IncidentUpdate()
    hypotheses: tuple[Hypothesis, ...] | None = None
    plan: Plan | None = None
    ruling: Ruling | None = None
    approval: Approval | None = None
    steps: tuple[StepRecord, ...] = ()
    verification: Verification | None = None
    mitigations: tuple[Mitigation, ...] = ()
    """Each as it stands now, in place of what is on file of it."""
    revision: Revision | None = None
    """The next version of its post-mortem; where there is one of that number already, Conflict is raised."""
    jobs: tuple[JobDraft, ...] = ()
    expected_status: Status | None = None
    """Where given and the incident's status is another, nothing is written and Conflict is raised."""
    expected_answers: AnswersSeen | None = None
    """Where given and people have answered that plan once more, nothing is written and Conflict is raised."""
    seen_mitigations: tuple[Mitigation, ...] = ()
    """As they were read when this was decided; where one on file is another by now, nothing is written and Conflict is raised."""


def _nobodys(_: str) -> OpenIncident | None:
    return None


@dataclass(frozen=True)
class Desk:
    """The state that a delivery is placed against, read in the same transaction that files it.

    `known`: the alerts of this delivery (by fingerprint and starts_at) that are already on file, firing or
    resolved, with the incident they belong to. `calls`: who calls whom (service names by namespace), last known.
    """

    now: datetime
    open_incidents: OpenIncidents
    known: Sequence[FiledAlert]
    recent_firings: Mapping[str, int]
    """Fingerprint → how often it began to fire in the last hour."""
    calls: Mapping[str, tuple[str, ...]]
    """`namespace/service` → the `namespace/service`s it calls."""
    earlier: Mapping[str, Incident] = field(default_factory=dict)
    """Fingerprint of this delivery → the newest finished incident it belonged to, where there is one."""
    handed_over: Callable[[str], OpenIncident | None] = _nobodys
    """The newest incident about this (a group key) that was given to a person within `IN_A_PERSONS_HANDS`.

    Asked only while the delivery is placed, and only where an alert would open an incident: there may be many of
    them, and few are asked for.
    """


class Placement(Frozen):
    """Where a delivery goes: the rows to add and the jobs to defer, decided by a pure function."""

    filed: tuple[FiledAlert, ...]
    opened: tuple[Incident, ...] = ()
    changes: tuple[ChangeSet, ...] = ()


def moved(filed: FiledAlert, into: IncidentId) -> FiledAlert:
    """The same alert in the incident that its own was merged into."""
    before = f"{filed.incident_id} was found to have the same root cause"
    return filed.model_copy(update={"incident_id": into, "grouped_by": f"same-cause: {before}"})


class Receipt(Frozen):
    """What became of a delivery."""

    accepted: int
    duplicates: int
    opened: tuple[IncidentId, ...]
    joined: tuple[IncidentId, ...]
    left_alone: tuple[str, ...] = ()


class Ledger(Protocol):
    async def accept(
        self, alerts: Sequence[Alert], place: Callable[[Desk, Sequence[Alert]], Placement]
    ) -> Receipt:
        """File one webhook delivery in one durable transaction; `place` decides and may run again on conflict."""

    async def open(self, incident: Incident, change: ChangeSet) -> Incident:
        """Open an incident that did not come from an alert (a person's question)."""

    async def write(self, change: ChangeSet) -> tuple[JournalEntry, ...]:
        """Commit a change set; returns the journal entries that were new. Raises LeaseLost, Conflict, NotFound."""

    async def lead(self, change: ChangeSet, blamed: EntityRef) -> IncidentId | None:
        """Take the lead on an object, in one transaction with the look at who has it.

        `change` sets `leads_since`. None where it is ours now (or was already); else the id of the incident
        that `domain.incident.leader_of` finds to have it, and nothing is written. Raises as `write` does.
        """

    async def merge(self, change: ChangeSet, into: ChangeSet) -> tuple[JournalEntry, ...]:
        """Let one incident join another in one transaction: its alerts move over, and both journals say so.

        `change` ends the one and names the other as `merged_into`; `into` is what the other is told. Returns
        the entries that were new. Raises as `write` does, and Conflict where the other is over by now.
        """

    async def keep(
        self,
        incident_id: IncidentId,
        key: str,
        specialist: Specialist,
        kept: KeptAnswer,
    ) -> Evidence:
        """Keep a tool answer under a key; the same key returns the same evidence and stores nothing new."""


class KeptAnswer(Frozen):
    """A tool answer on its way into the evidence store; the body is content-addressed."""

    server: str
    tool: str
    arguments: JsonObject
    window: Window | None = None
    excerpt: str
    body: JsonObject
    taken_at: Moment
    turn: int
