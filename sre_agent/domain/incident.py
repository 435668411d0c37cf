"""What we manage from the first alert to the close."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from sre_agent.domain.alert import Severity
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId


class Status(StrEnum):
    OPEN = "open"
    INVESTIGATING = "investigating"
    AWAITING_APPROVAL = "awaiting_approval"
    REMEDIATING = "remediating"
    VERIFYING = "verifying"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    CLOSED = "closed"

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL = frozenset({Status.RESOLVED, Status.ESCALATED, Status.CLOSED})
OVER = FINAL - {Status.ESCALATED}
"""Nobody works on it any more; an escalated one is in a person's hands."""


IN_A_PERSONS_HANDS = timedelta(hours=1)
"""So long after it was handed over, an incident is taken to be what a person works on."""


class Outcome(StrEnum):
    """How it ended, or what stands in the way; finer than the status."""

    RECOVERED = "recovered"
    RECOVERED_BY_ITSELF = "recovered_by_itself"
    HEALTHY = "healthy"
    FLAPPING = "flapping"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    NO_SAFE_ACTION = "no_safe_action"
    DENIED_BY_POLICY = "denied_by_policy"
    SUGGESTED = "suggested"
    """The level of autonomy shows plans and carries none out."""
    OBSERVED = "observed"
    """The level of autonomy only records what would have been planned."""
    REJECTED = "rejected"
    APPROVAL_EXPIRED = "approval_expired"
    NOT_RECOVERED = "not_recovered"
    STEP_UNCERTAIN = "step_uncertain"
    SOFTWARE_FAULT = "software_fault"
    CANCELLED = "cancelled"
    MERGED = "merged"
    ANSWERED = "answered"


class Origin(StrEnum):
    ALERT = "alert"
    QUESTION = "question"


class Incident(Frozen):
    """The row people query; the journal says how it came about."""

    id: IncidentId
    title: str
    status: Status
    origin: Origin
    severity: Severity
    entity: EntityRef | None
    namespace: str = ""
    cluster: str = ""
    question: str = ""
    group_key: str = ""
    outcome: Outcome | None = None
    cause: str = ""
    cause_entity: EntityRef | None = None
    confidence: float | None = None
    summary: str = ""
    merged_into: IncidentId | None = None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None = None
    first_hypothesis_at: Moment | None = None
    alert_count: int = 0
    leads_since: Moment | None = None
    """When it began to mend the object that it blames; whoever blames the same joins it."""

    def leads_at(self, now: Moment) -> bool:
        """Whether somebody mends that object: we do, or a person to whom it was lately handed over."""
        if self.leads_since is None or self.origin is not Origin.ALERT:
            return False
        if self.status is Status.ESCALATED:
            return self.closed_at is not None and now - self.closed_at <= IN_A_PERSONS_HANDS
        return not self.status.is_final


def leader_of(
    incident: Incident, blamed: EntityRef, others: Iterable[Incident], now: Moment
) -> Incident | None:
    """Which other incident leads on the object that this one blames; None where none does.

    The object decides, not the name of the cause: what one saw as a bad setting, another saw as a crash of it.
    """
    alike = (other for other in others if other.cause_entity == blamed and other.cluster == incident.cluster)
    leaders = [other for other in alike if other.id != incident.id and other.leads_at(now)]
    return min(leaders, key=lambda other: (other.leads_since or now, other.id), default=None)
