"""What people are told outside the platform: that something waits for them, or how it ended."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.alert import Severity
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from sre_agent.domain.law import Verdict


class NoticeKind(StrEnum):
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_STALE = "approval.stale"
    GLASS_BROKEN = "approval.glass_broken"
    MITIGATION_ASKED = "mitigation.asked"
    ESCALATED = "incident.escalated"
    RESOLVED = "incident.resolved"
    CLOSED = "incident.closed"
    TEST = "test"


class NoticeStep(Frozen):
    """One step of a plan as a person must see it before they answer."""

    statement: str
    verdict: Verdict | None = None
    rule: str = ""
    sentence: str = ""
    undo: str = ""


class Question(Frozen):
    """What is asked about a plan: who may answer, how many must, until when; the digest names exactly this plan."""

    plan_digest: str
    role: str
    people: int
    expires_at: Moment


class Notice(Frozen):
    """One message. `key` is the same for every attempt to deliver it, so that a receiver can drop a second copy."""

    key: str
    kind: NoticeKind
    incident_id: IncidentId
    title: str
    status: Status
    severity: Severity
    cluster: str = ""
    namespace: str = ""
    what_is_wrong: str
    cause: str = ""
    confidence: float | None = None
    said: str
    """The journal's own sentence."""
    steps: tuple[NoticeStep, ...] = ()
    question: Question | None = None
    """Only while it can still be answered."""
    link: str = ""
    at: Moment
