"""Asks a language model once in a run, when the rules have come to their end, and keeps its answer before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from pydantic import JsonValue

from sre_agent.agent_state import Notebook
from sre_agent.domain.advice import Advice
from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome, Hypothesis
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.shown import one_line
from sre_agent.errors import SreAgentError
from sre_agent.orient.answers import advice_in
from sre_agent.orient.briefing import Briefing, briefing_of
from sre_agent.orient.engine import Thinking, Verdict
from sre_agent.orient.progress import gave_up
from sre_agent.picture.world import Picture
from sre_agent.ports.clock import Clock
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.model import Model
from sre_agent.ports.run import Run

log = structlog.get_logger("model")
_PROMPT: Final = Path(__file__).parents[1] / "config" / "prompts" / "suggest.md"
_PAGE: Final = 1000
NOT_SHOWN: Final = "suggested by the model, not shown by evidence"
SHOWN: Final = "suggested by the model, and the rules found it too"


@cache
def system_prompt() -> str:
    return _PROMPT.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Heard:
    """What a model answered, and what it took; `failed` says why there is no answer."""

    advice: Advice
    milliseconds: int
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    failed: str = ""


@dataclass(frozen=True)
class Counsel:
    """The verdict after a model was heard, and what it suggested; `model` is empty where none helped."""

    verdict: Verdict
    model: str = ""
    advice: Advice = field(default_factory=Advice)
    turn: int = 0


async def counselled(
    verdict: Verdict, picture: Picture, thinking: Thinking, run: Run, state: Notebook
) -> Counsel:
    """The verdict, with the model's questions to put where the rules had none left; nothing else of it changes."""
    since = state.get("turns_before", 0)
    was_asked = state.get("counselled", 0) > since
    if run.model is None or not (was_asked or _wants_help(verdict.diagnosis, thinking)):
        return Counsel(verdict)
    body = await _kept(run, since)
    if body is None and not was_asked:
        body = await _asked(run, verdict.diagnosis, picture, thinking)
    if body is None:
        return Counsel(verdict)
    advice, turn = Advice.model_validate(body["advice"]), _number(body["turn"])
    if turn == thinking.turn and _wants_help(verdict.diagnosis, thinking) and thinking.may_ask:
        verdict = _with_questions(verdict, advice, thinking)
    helped = bool(advice.suggestions or advice.questions)
    return Counsel(verdict, str(body["model"]) if helped else "", advice, turn)


def _number(told: JsonValue) -> int:
    return told if isinstance(told, int) else 0


def _wants_help(diagnosis: Diagnosis, thinking: Thinking) -> bool:
    is_stuck = diagnosis.outcome is DiagnosisOutcome.INSUFFICIENT_EVIDENCE
    return is_stuck and not gave_up(thinking.ruled_out)


def _with_questions(verdict: Verdict, advice: Advice, thinking: Thinking) -> Verdict:
    """Also where the node runs again after its process died: the same answer, the same questions."""
    left = tuple(one for one in advice.questions if one.id not in thinking.asked)
    if not left:
        return verdict
    on = {"outcome": DiagnosisOutcome.UNDECIDED, "next_questions": left}
    return replace(verdict, diagnosis=verdict.diagnosis.model_copy(update=on))


async def _kept(run: Run, since: int) -> JsonObject | None:
    """What the journal holds of a model's answer in this run. Turns go on counting from run to run."""
    found, after = None, 0
    while entries := await run.archive.journal(run.incident_id, after=after, limit=_PAGE):
        told = [one.body for one in entries if one.kind is Kind.MODEL_ANSWERED]
        found = next((body for body in told if _number(body["turn"]) > since), found)
        after = entries[-1].seq
    return found


async def _asked(run: Run, diagnosis: Diagnosis, picture: Picture, thinking: Thinking) -> JsonObject | None:
    """The entry's body, on file before anything is made of it; None where no model answers now."""
    model = run.model
    if model is None or not await _answers(model):
        return None
    briefing = briefing_of(picture, diagnosis, thinking.asked, may_ask=thinking.may_ask)
    heard = await consulted(model, briefing, run.limits.model_time, run.clock)
    draft = _entry(model.name, heard, thinking.turn, run.clock.now())
    change = ChangeSet(incident_id=run.incident_id, at=draft.at, fence=run.lease().fence, entries=(draft,))
    await run.ledger.write(change)
    return draft.body


async def _answers(model: Model) -> bool:
    try:
        return (await model.state()).on
    # The bulkhead of the model: whatever is wrong with it, no incident fails for it.
    except Exception:
        log.exception("model.broken", model=model.name)
        return False


async def consulted(model: Model, briefing: Briefing, limit: timedelta, clock: Clock) -> Heard:
    """One question, one answer through the door. No failure of a model is one of the caller's."""
    began = clock.elapsed()
    try:
        reply = await model.reply(system_prompt(), briefing.prompt, limit=limit)
    except SreAgentError as failure:
        return Heard(Advice(), _since(began, clock), failed=one_line(str(failure), 300))
    # The same bulkhead.
    except Exception as broken:
        log.exception("model.broken", model=model.name)
        return Heard(Advice(), _since(began, clock), failed=f"a fault of ours ({type(broken).__name__})")
    return Heard(
        advice=advice_in(reply.text, briefing),
        milliseconds=_since(began, clock),
        tokens_in=reply.input_tokens,
        tokens_out=reply.output_tokens,
        cost=reply.cost,
    )


def _since(began: timedelta, clock: Clock) -> int:
    return round((clock.elapsed() - began).total_seconds() * 1000)


def _entry(model: str, heard: Heard, turn: int, at: datetime) -> JournalDraft:
    return JournalDraft(
        key=JournalKey(f"model {turn}"),
        kind=Kind.MODEL_ANSWERED,
        actor="reflector",
        text=told_of(model, heard),
        body={
            "turn": turn,
            "model": model,
            "advice": heard.advice.model_dump(mode="json"),
            "failed": heard.failed,
            "milliseconds": heard.milliseconds,
            "tokens_in": heard.tokens_in,
            "tokens_out": heard.tokens_out,
            "cost": heard.cost,
        },
        at=at,
    )


def told_of(model: str, heard: Heard) -> str:
    """One sentence for people; every part of the answer is counted in it."""
    if heard.failed:
        return f"{model} gave no answer, and is not asked again: {heard.failed}"
    advice = heard.advice
    thinks = ", ".join(map(str, advice.suggestions)) or "no cause"
    asks = (
        f"; it would ask {len(advice.questions)} more of the engine's questions" if advice.questions else ""
    )
    refused = f"; refused: {'; '.join(advice.refused)}" if advice.refused else ""
    return f"{model} suggests {thinks}{asks}{refused}"


def suggestions_told(advice: Advice, hypotheses: Sequence[Hypothesis]) -> list[JsonValue]:
    """Each suggestion beside what the rules say of it; none of them is a hypothesis."""
    found = {(one.cause, one.entity) for one in hypotheses}
    return [
        {
            **one.model_dump(mode="json"),
            "stands": SHOWN if (one.cause, one.entity) in found else NOT_SHOWN,
        }
        for one in advice.suggestions
    ]
