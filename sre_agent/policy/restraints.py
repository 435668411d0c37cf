"""Reasons to hold back that are looked at before every step: their names, their values, and what of them nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sre_agent.domain.law import UNKNOWN, Input, PlanFacts, Ruling
from sre_agent.domain.plan import BlastRadius, Plan, Step

SILENCE: Final = "silence"
ROLLOUT: Final = "rollout"
FLAPPING: Final = "flapping"
OTHER_RESPONDER: Final = "other_responder"
FAILED_ALIKE: Final = "failed_alike"
FAILURES_IN_A_ROW: Final = "failures_in_a_row"

PHRASES: Final = {
    SILENCE: "whether Alertmanager holds an alert back",
    ROLLOUT: "whether a roll-out is in progress",
    FLAPPING: "whether the alert flaps",
    OTHER_RESPONDER: "whether somebody else is at work",
    FAILED_ALIKE: "whether the same was tried before",
    FAILURES_IN_A_ROW: "how often remediations failed in a row",
    "budget": "what disruption budgets allow",
    "takes_last_replica": "whether a ready replica stays",
}
"""Name → how a sentence says what was to be found out."""
COUNTS: Final = (FAILED_ALIKE, FAILURES_IN_A_ROW)
LOOKED_AT: Final = (SILENCE, ROLLOUT, FLAPPING, OTHER_RESPONDER, *COUNTS)
UNKNOWN_COUNT: Final = -1


def inputs_of(step: Step, facts: PlanFacts) -> tuple[Input, ...]:
    """Every restraint with its value for this step, also those that nobody looked at: they are not known."""
    told = {each.name: each for each in facts.restraints.get(step.index, ())}
    looked = (told.get(name) or Input(name=name, why="nobody looked") for name in LOOKED_AT)
    return (*looked, *_of_blast(step.blast_radius))


def with_inputs(ruling: Ruling, plan: Plan, facts: PlanFacts) -> Ruling:
    """The ruling, each judgement with everything that was looked at before acting, and what was found."""
    steps = {step.index: step for step in plan.steps}
    judgements = (
        each.model_copy(update={"inputs": inputs_of(steps[each.step], facts)}) for each in ruling.judgements
    )
    return ruling.model_copy(update={"judgements": tuple(judgements)})


def values_of(inputs: Iterable[Input]) -> dict[str, str | int]:
    """What a rule reads: text as it is, counts as numbers (-1: not known), and `not_known` in words."""
    known = {each.name: each.value for each in inputs}
    counts = {name: int(known[name]) if known[name].isdigit() else UNKNOWN_COUNT for name in COUNTS}
    missing = ", ".join(phrase for name, phrase in PHRASES.items() if known.get(name, UNKNOWN) == UNKNOWN)
    return {**known, **counts, "not_known": missing}


def _of_blast(blast: BlastRadius) -> tuple[Input, ...]:
    ready = f"{_number(blast.away)} of {_number(blast.ready)} ready pods may be away at one time"
    return (
        Input(name="budget", value=blast.budget, why=" ".join(blast.notes)),
        Input(name="takes_last_replica", value=blast.takes_last_replica, why=ready),
    )


def _number(count: int | None) -> str:
    return "an unknown number" if count is None else str(count)
