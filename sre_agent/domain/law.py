"""What the law says of a plan, and what a person answered."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import Digest, IncidentId


class Verdict(StrEnum):
    ALLOWED = "allowed"
    NEEDS_APPROVAL = "needs_approval"
    DENIED = "denied"

    @property
    def strictness(self) -> int:
        """0 allowed, 1 needs approval, 2 denied; the strictest wins."""
        return list(Verdict).index(self)


class Judgement(Frozen):
    """The verdict on one step: the rule that decided, its sentence, and every rule that matched."""

    step: int
    verdict: Verdict
    rule: str
    sentence: str
    matched: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    people: int = 1


class Ruling(Frozen):
    """The verdicts on a whole plan, under one law (its digest)."""

    plan_digest: Digest
    law_digest: Digest
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    approval_expires_after_seconds: int = 3600


class Role(StrEnum):
    VIEWER = "viewer"
    RESPONDER = "responder"
    APPROVER = "approver"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Actor(Frozen):
    """Who did something: a person, the agent itself, or Alertmanager."""

    name: str
    role: Role | None = None


AGENT = Actor(name="sre-agent")
ALERTMANAGER = Actor(name="alertmanager")


class Answer(StrEnum):
    YES = "yes"
    NO = "no"


class Approval(Frozen):
    """A named person's answer to one exact plan."""

    incident_id: IncidentId
    plan_digest: Digest
    answer: Answer
    by: Actor
    reason: str = ""
    at: Moment
    expires_at: Moment


class PlanFacts(Frozen):
    """What the law may look at besides the plan itself; every fact was read, none is guessed."""

    now: Moment
    confidence: float
    severity: str
    environment: str = ""
    """Label `sre-agent.io/environment` of the namespace (or `environment`), empty where there is none."""
    namespace_labels: dict[str, str] = {}
    target_labels: dict[int, dict[str, str]] = {}
    """Step index → labels of its target."""
    asked_by: str = "alert"
    failed_before: tuple[str, ...] = ()
    """Remediations of this incident that did not help: `action target`."""
    actions_last_hour: dict[str, int] = {}
    """Target → number of steps done on it within the last hour, over all incidents."""
