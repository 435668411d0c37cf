"""The level of autonomy of a step's target: what its clauses and the trust ladder leave of it; the strictest wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sre_agent.domain.law import Autonomy
from sre_agent.policy.expressions import Bindings, Puzzle
from sre_agent.policy.lawbook import AUTONOMY_DEFAULT, TRUST_LADDER, Law, Level
from sre_agent.policy.sentences import filled
from sre_agent.policy.variables import Situation

_MEANS: Final = {
    Autonomy.OBSERVE: "it is planned for the record, and nothing is done",
    Autonomy.SUGGEST: "the plan is shown, and never carried out",
    Autonomy.APPROVE: "a person is always asked",
    Autonomy.ACT: "the rules decide",
}


@dataclass(frozen=True)
class Held:
    """The level that holds, what set it, and the sentence that says so."""

    level: Autonomy
    by: str
    sentence: str


def level_for(law: Law, seen: Situation, bindings: Bindings) -> Held:
    """The strictest of the clauses that match, or the default where none does; lowered by what was not yet earned."""
    matching = [held for level in law.levels if (held := _held(level, seen, bindings)) is not None]
    held = min(matching, key=lambda each: each.level.rank, default=None) or _default(law)
    earned = Autonomy(str(seen["autonomy_earned"]))
    return held if held.level.rank <= earned.rank else _unearned(earned)


def _held(level: Level, seen: Situation, bindings: Bindings) -> Held | None:
    holds = level.when.holds(bindings)
    if isinstance(holds, Puzzle):
        why = f"The clause {level.id!r} has no answer for this step ({holds.why})"
        return Held(Autonomy.OBSERVE, level.id, f"{why}, so nothing is done.")
    if not holds:
        return None
    return Held(level.level, level.id, f"{_said(level.level)} {filled(level.reason, seen)}")


def _default(law: Law) -> Held:
    return Held(law.autonomy, AUTONOMY_DEFAULT, f"{_said(law.autonomy)} It is the law's default.")


def _unearned(level: Autonomy) -> Held:
    sentence = f"{_said(level)} More has not been earned for this service and kind of action."
    return Held(level, TRUST_LADDER, sentence)


def _said(level: Autonomy) -> str:
    return f"The level of autonomy is {level}: {_MEANS[level]}."
