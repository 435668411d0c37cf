"""Climbing and falling: what the numbers carry, what a person decides, and what a wrong act costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sre_agent.domain.law import Autonomy
from sre_agent.domain.trust import Agreement, MeasuredRung, Rung, Sample
from sre_agent.errors import Conflict
from sre_agent.signals.shares import wilson
from sre_agent.trust.matching import key_of

LADDER: Final = "trust-ladder"
"""Who demotes without being asked."""


class Needed(NamedTuple):
    """What it takes to be proposed for the next level: so many decided cases, and the least lower bound."""

    decided: int
    low: float


NEEDED: Final = {
    Autonomy.OBSERVE: Needed(5, 0.5),
    Autonomy.SUGGEST: Needed(10, 0.65),
    Autonomy.APPROVE: Needed(20, 0.8),
}
"""By the level that is left. Each is reached with no disagreement at all in just so many cases."""
MOSTLY_WRONG: Final = 0.5
"""Where even the upper bound of agreement lies below it, people are no longer asked: it is only suggested."""


def standing(
    rung: Rung | None, name: tuple[str, str], samples: Iterable[Sample], *, start: Autonomy
) -> MeasuredRung:
    """How one service and kind of action stands; `start` is the level of those about whom nobody decided yet."""
    level = rung.level if rung else start
    ours = [each for each in samples if _counts(each, rung, level)]
    count = {one: sum(each.agreement is one for each in ours) for one in Agreement}
    agreed, differed = count[Agreement.AGREED], count[Agreement.DIFFERED]
    low, high = wilson(agreed, agreed + differed)
    proposed, said = _proposal(level, agreed + differed, low)
    return MeasuredRung(
        service=name[0],
        action=name[1],
        level=level,
        since=rung.since if rung else None,
        by=rung.by if rung else "",
        reason=rung.reason if rung else "nobody decided yet",
        agreed=agreed,
        differed=differed,
        undecided=count[Agreement.UNDECIDED],
        pending=count[Agreement.PENDING],
        low=low,
        high=high,
        proposed=proposed,
        said=said,
    )


def _counts(sample: Sample, rung: Rung | None, level: Autonomy) -> bool:
    """Only what was planned at this level, and since it was reached: older cases were weighed already."""
    return sample.level is level and (rung is None or sample.planned_at >= rung.since)


def _proposal(level: Autonomy, decided: int, low: float) -> tuple[Autonomy | None, str]:
    needed = NEEDED.get(level)
    if needed is None:
        return None, "the highest level: the rules of the law decide"
    told = f"{decided} of {needed.decided} cases, lower bound {low:.2f} of {needed.low:.2f}"
    if decided < needed.decided or low < needed.low:
        return None, f"not yet: {told}"
    return above(level), f"ready for {above(level)}: {told}"


def above(level: Autonomy) -> Autonomy:
    return list(Autonomy)[min(level.rank + 1, Autonomy.ACT.rank)]


def below(level: Autonomy) -> Autonomy:
    return list(Autonomy)[max(level.rank - 1, 0)]


class Decision(NamedTuple):
    """What a person decides, and why."""

    by: str
    at: datetime
    reason: str


def promoted(now: MeasuredRung, said: Decision, *, despite_numbers: bool) -> Rung:
    """One level up. Raises Conflict where there is none, or where the numbers do not carry it and it was not insisted."""
    if now.level is Autonomy.ACT:
        raise Conflict(f"{now.action} on {now.service} stands at act already; there is no higher level")
    if now.proposed is None and not despite_numbers:
        raise Conflict(
            f"{now.action} on {now.service} is not proposed for {above(now.level)}: {now.said}; "
            "wait for more cases, or insist (despite_numbers), which the audit log keeps"
        )
    insisted = "" if now.proposed else " (despite the numbers)"
    return Rung(
        service=now.service,
        action=now.action,
        level=above(now.level),
        since=said.at,
        by=said.by,
        reason=f"{said.reason}{insisted}",
    )


def demoted(now: MeasuredRung, to: Autonomy, said: Decision) -> Rung:
    """Any number of levels down. Raises Conflict where that would be no step down."""
    if to.rank >= now.level.rank:
        raise Conflict(f"{now.action} on {now.service} stands at {now.level}; {to} is not below it")
    return Rung(
        service=now.service, action=now.action, level=to, since=said.at, by=said.by, reason=said.reason
    )


def after_wrong(
    rung: Rung | None, wrong: Sample, earlier: Sequence[Sample], *, start: Autonomy, now: datetime
) -> Rung | None:
    """The rung after a wrong act; None where it stays.

    From `act` one is enough: from now on a person is asked. At `approve` a person said yes, and goes on being asked
    until even the upper bound of agreement says that it is mostly wrong; then it is only suggested.
    """
    cause = key_of(wrong)
    level = rung.level if rung else start
    if rung is not None and (rung.cause == cause or wrong.planned_at < rung.since):
        return None
    if level is Autonomy.ACT:
        why = f"{wrong.why} ({wrong.incident_id})"
    elif level is Autonomy.APPROVE and _is_mostly_wrong(rung, (*earlier, wrong)):
        why = f"{wrong.why} ({wrong.incident_id}), as mostly before"
    else:
        return None
    return Rung(
        service=wrong.service,
        action=wrong.action,
        level=below(level),
        since=now,
        by=LADDER,
        reason=why,
        cause=cause,
    )


def _is_mostly_wrong(rung: Rung | None, samples: Sequence[Sample]) -> bool:
    ours = {key_of(each): each for each in samples if _counts(each, rung, Autonomy.APPROVE)}.values()
    agreed = sum(each.agreement is Agreement.AGREED for each in ours)
    decided = agreed + sum(each.agreement is Agreement.DIFFERED for each in ours)
    return wilson(agreed, decided)[1] < MOSTLY_WRONG
