"""A recorded incident before the language model of today: what it would suggest and ask, beside what the rules say."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.advice import Suggestion
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.frozen import Frozen
from sre_agent.offline.desk import diagnosis_of
from sre_agent.orient.briefing import Briefing, briefing_of
from sre_agent.orient.counsel import NOT_SHOWN, SHOWN, Heard, consulted, told_of
from sre_agent.ports.clock import Clock
from sre_agent.ports.model import Model
from sre_agent.snapshots.content import Snapshot


class Judged(Frozen):
    """A suggestion, and whether a rule finds the same in what was recorded."""

    suggestion: Suggestion
    stands: str
    belief: float | None


class Counselled(Frozen):
    """What the model said of the recording. The answer of the rules is the same with it and without it."""

    said: str
    difference: str
    suggested: tuple[Judged, ...]
    would_ask: tuple[str, ...]
    refused: tuple[str, ...]
    failed: str
    milliseconds: int
    tokens: int
    cost: float | None


def briefed(snapshot: Snapshot) -> tuple[Diagnosis, Briefing]:
    """The rules' answer, and what a model is told. Takes up to a second of work; nothing is contacted.

    Questions are offered as they would be: which of them it picks tells what it would have looked for.
    """
    diagnosis, picture = diagnosis_of(snapshot)
    return diagnosis, briefing_of(picture, diagnosis, (), may_ask=True)


async def counselled_on(
    model: Model, diagnosis: Diagnosis, briefing: Briefing, limit: timedelta, clock: Clock
) -> Counselled:
    """One question to the model, through the same door as in an incident."""
    heard = await consulted(model, briefing, limit, clock)
    return Counselled(
        said=told_of(model.name, heard),
        difference=difference(diagnosis, heard),
        suggested=tuple(_judged(one, diagnosis) for one in heard.advice.suggestions),
        would_ask=tuple(one.why for one in heard.advice.questions),
        refused=heard.advice.refused,
        failed=heard.failed,
        milliseconds=heard.milliseconds,
        tokens=heard.tokens_in + heard.tokens_out,
        cost=heard.cost,
    )


def _judged(one: Suggestion, diagnosis: Diagnosis) -> Judged:
    same = (each for each in diagnosis.hypotheses if (each.cause, each.entity) == (one.cause, one.entity))
    found = next(same, None)
    return Judged(
        suggestion=one, stands=SHOWN if found else NOT_SHOWN, belief=found.confidence if found else None
    )


def difference(diagnosis: Diagnosis, heard: Heard) -> str:
    """What would be another with the model, in a sentence for people."""
    root, suggestions = diagnosis.root, heard.advice.suggestions
    rules = f"The rules blame {root.cause} of {root.entity}" if root else "The rules blame nothing"
    if heard.failed or not suggestions:
        return f"{rules}; the model names no cause. Nothing would differ."
    if root is None:
        return f"{rules}; the model thinks of {suggestions[0]}, for a person to look into. No plan would be made for it."
    if any((one.cause, one.entity) == (root.cause, root.entity) for one in suggestions):
        return f"{rules}; the model names the same. Nothing would differ."
    return (
        f"{rules}; the model thinks of {suggestions[0]} instead. The rules decide, so nothing would differ."
    )
