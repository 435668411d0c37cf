"""How much is left to the agent, for each service and kind of action, and what that rests on."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import Digest, IncidentId
from sre_agent.domain.law import Autonomy


class Agreement(StrEnum):
    PENDING = "pending"
    """Nothing was done by us, and what people do is not known yet."""
    AGREED = "agreed"
    DIFFERED = "differed"
    UNDECIDED = "undecided"
    """Nobody can tell; it counts for nothing."""


class Sample(Frozen):
    """One step that was planned, and whether people, or the world after it, agreed with it."""

    incident_id: IncidentId
    plan_digest: Digest
    step: int
    service: str
    action: str
    level: Autonomy
    """Under which it was planned."""
    agreement: Agreement
    wrong: bool = False
    """It was done, and made things worse, or did not help, or was taken back."""
    why: str
    planned_at: Moment


class Rung(Frozen):
    """Where a service and kind of action stands, who put it there, and why. `cause` names the wrong act, if one did."""

    service: str
    action: str
    level: Autonomy
    since: Moment
    by: str
    reason: str
    cause: str = ""


class MeasuredRung(Frozen):
    """A rung with its numbers: of those decided since then at this level, how many agreed.

    `low` and `high` bound the true share of agreement (Wilson score interval, 95 %).
    """

    service: str
    action: str
    level: Autonomy
    since: Moment | None
    by: str
    reason: str
    agreed: int
    differed: int
    undecided: int
    pending: int
    low: float
    high: float
    proposed: Autonomy | None
    """The next level, where the numbers carry it; a person decides."""
    said: str
