"""The notebook passed around the room: each field, its merge rule, and who writes it.

JSON types and ids only, and small: bodies of evidence, plans and hypotheses lie in the database.
LangGraph stores every field at every step, so nothing here may grow with the size of an answer.
"""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import JsonValue

JsonMap = dict[str, JsonValue]


def union(left: list[str], right: list[str]) -> list[str]:
    """Both, in order, each once: a node that runs again adds nothing."""
    return list(dict.fromkeys([*left, *right]))


def union_by_id(left: list[JsonMap], right: list[JsonMap]) -> list[JsonMap]:
    """Both, keyed by `id`; the newer wins."""
    return list({str(item["id"]): item for item in [*left, *right]}.values())


class Notebook(TypedDict, total=False):
    incident_id: str
    """Written at the start; never changes."""

    may_act: bool
    """Written at the start: a question only asks for an answer, never for a remediation."""

    attempts_before: int
    """Written at the start: plans that earlier runs of this incident made (it was taken up again)."""

    turns_before: int
    """Written at the start: rounds of questions that earlier runs of this incident had."""

    turn: int
    """dispatcher: counts rounds of questions."""
    questions: list[JsonMap]
    """dispatcher: the questions of this turn (`domain.evidence.Question` as JSON)."""
    asked: Annotated[list[str], union]
    """dispatcher: ids of all questions asked so far."""
    evidence: Annotated[list[str], union]
    """specialists: ids of evidence kept."""
    unknowns: Annotated[list[JsonMap], union_by_id]
    """specialists: what could not be seen (`id`, what, why, would_have_told)."""

    decided: str
    """reflector: a `DiagnosisOutcome`."""
    reason: str
    """reflector: why it is decided so."""
    wanted: list[JsonMap]
    """reflector: the questions that would tell most next."""
    beliefs: Annotated[list[JsonMap], union_by_id]
    """reflector: of each turn (`id`) the phase reached, the strategy, the leading cause and the confidence in it."""
    looks: int
    """reflector: how often everything was looked at again because nothing stood firm."""
    counselled: int
    """reflector: the turn in which a language model was asked; its answer stands in the journal."""
    ruled_out: Annotated[list[str], union]
    """reflector, verifier: `cause entity` pairs that a failed remediation has refuted."""

    attempt: int
    """planner: how many plans were made."""
    plan_digest: str
    """planner: the plan in hand; empty when there is none."""
    verdict: str
    """policy_gate: a `Verdict`."""
    approved: bool
    """approval: a valid approval of this very plan is on file, or none is needed."""

    next_step: int
    """executor: index of the step to do next."""
    steps_left: int
    """executor: how many are left; 0 sends the plan to the verifier."""
    recovery: str
    """verifier: a `Recovery`."""
    rolled_back: bool
    """rollback: every step that could be taken back was."""

    ending: JsonMap
    """Whoever ends it: `status`, `outcome`, `summary`; its presence sends the run to the closer."""
