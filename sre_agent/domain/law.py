"""What the law says of a plan, and what a person answered."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

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


UNKNOWN: Final = "unknown"
"""The value of an input that nobody could read."""


class Input(Frozen):
    """One thing that was looked at before acting: its name in the law, its value, and what told it (or why nobody could)."""

    name: str
    value: str = UNKNOWN
    why: str = ""


class Autonomy(StrEnum):
    """How far the agent may go on its own for a service; the law sets it, the trust ladder may only lower it."""

    OBSERVE = "observe"
    """It plans for the record, and nothing is done: shadow mode."""
    SUGGEST = "suggest"
    """The plan is shown to people, and never carried out."""
    APPROVE = "approve"
    """A person is always asked."""
    ACT = "act"
    """The rules decide."""

    @property
    def rank(self) -> int:
        """0 observe to 3 act; the lowest wins."""
        return list(Autonomy).index(self)

    @property
    def verdict(self) -> Verdict:
        """The least strict verdict that this level lets stand."""
        if self is Autonomy.ACT:
            return Verdict.ALLOWED
        return Verdict.NEEDS_APPROVAL if self is Autonomy.APPROVE else Verdict.DENIED


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
    autonomy_earned: dict[int, Autonomy] = {}
    """Step index → the level that the trust ladder holds for its service and kind of action; none: the law's own."""
    requested_by: tuple[str, ...] = ()
    """Names of the people who asked for this: the question's, and who asked for another try."""
    restraints: dict[int, tuple[Input, ...]] = {}
    """Step index → the reasons to hold back that were looked at (`policy.restraints`); what is absent is not known."""


class Judgement(Frozen):
    """The verdict on one step: the rule that decided, its sentence, and every rule that matched."""

    step: int
    verdict: Verdict
    rule: str
    sentence: str
    matched: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    people: int = 1
    self_approval: bool = True
    """Whether a person who asked for the plan may also say yes to it."""
    autonomy: Autonomy = Autonomy.ACT
    """The level that holds for the step's target."""
    autonomy_by: str = ""
    """What set the level: a clause's id, `autonomy-default` or `trust-ladder`."""
    by_rules: Verdict | None = None
    """What the rules alone say, as if the level were `act`; none in rulings made before levels existed."""
    inputs: tuple[Input, ...] = ()
    """What was looked at before acting, each with its value and where that comes from."""


class Ruling(Frozen):
    """The verdicts on a whole plan, under one law (its digest)."""

    plan_digest: Digest
    law_digest: Digest
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    approval_expires_after_seconds: int = 3600
    autonomy: Autonomy = Autonomy.ACT
    """The strictest level of all steps."""
    facts: PlanFacts | None = None
    """What the law was told; kept so that the ruling can be explained and another law tried on it."""

    @property
    def held_back(self) -> bool:
        """Denied by nothing but the level of autonomy: the rules themselves forbid no step."""
        denied = [each for each in self.judgements if each.verdict is Verdict.DENIED]
        return bool(denied) and all(each.by_rules not in (None, Verdict.DENIED) for each in denied)


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
    break_glass: bool = False
    """One person's yes in place of every other that the law asks for; loud in journal, audit and messages."""
