"""What a step can hurt and what was looked at before it, as lines for whoever decides about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from sre_agent.decide.looking import Standing, StepLook
from sre_agent.domain.law import Input
from sre_agent.domain.plan import Plan, Step
from sre_agent.domain.shown import one_line

_CALM: Final = ("none", "no", "0", "allows")
_LONGEST: Final = 300


def reach_lines(step: Step) -> list[Text]:
    """The blast radius in numbers; nothing for a step by hand."""
    if step.call is None:
        return []
    blast = step.blast_radius
    share = "an unknown share" if blast.share_of_capacity is None else f"{blast.share_of_capacity:.0%}"
    callers = f" ({', '.join(blast.dependants)})" if blast.dependants else ""
    parts = (
        f"{_number(blast.away)} of {_number(blast.ready)} ready pods away at one time",
        f"{share} of the capacity of {', '.join(blast.services) or 'the target'}",
        f"disruption budget {blast.budget}",
        f"last ready replica at stake: {blast.takes_last_replica}",
        f"{len(blast.dependants)} dependants{callers}",
    )
    return [Text("   " + one_line(f"reach: {'; '.join(parts)}", _LONGEST), style="dim")]


def input_lines(inputs: Iterable[Input]) -> list[Text]:
    """Everything that was looked at on one line, and a line with the reason for each that is not calm."""
    looked = list(inputs)
    if not looked:
        return []
    told = "; ".join(f"{each.name} {each.value}" for each in looked)
    reasons = [
        Text("  " + one_line(f"{each.name} {each.value}: {each.why}", _LONGEST), style="yellow")
        for each in looked
        if each.value not in _CALM and each.why
    ]
    return [Text(one_line(f"looked at: {told}", _LONGEST), style="dim"), *reasons]


def beside_lines(plan: Plan) -> list[Text]:
    """What this plan takes the place of and why, and what was ruled out on the way to it."""
    shown: list[Text] = []
    if plan.instead_of is not None:
        shown.append(Text(f"instead of plan {plan.instead_of[:12]}, of which nothing was done", style="dim"))
    shown += [
        Text("  " + one_line(f"changed since: {each}", _LONGEST), style="yellow") for each in plan.changes
    ]
    return [
        *shown,
        *(Text(one_line(f"ruled out: {each}", _LONGEST), style="dim") for each in plan.alternatives),
    ]


def look_lines(looks: Iterable[StepLook]) -> list[Text]:
    """The world beside the plan, step by step; nothing for a step that has no ground yet."""
    shown: list[Text] = []
    for look in looks:
        head = f"step {look.step + 1}, {look.target}: "
        if look.standing is Standing.AS_PLANNED:
            shown.append(Text(one_line(head + "as it was when the plan was made"), style="green"))
        elif look.standing is Standing.UNKNOWN:
            shown.append(Text(one_line(f"{head}nobody can look now: {look.why}", _LONGEST), style="yellow"))
        shown += [Text(one_line(head + change, _LONGEST), style="bold red") for change in look.changes]
    return shown


def _number(count: int | None) -> str:
    return "an unknown number" if count is None else str(count)
