"""The reflector: from everything kept so far to a diagnosis, or to the next question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from sre_agent.agent_state import JsonMap, Notebook
from sre_agent.domain.alert import AlertStatus, FiledAlert
from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome
from sre_agent.domain.evidence import Unknown
from sre_agent.domain.ids import EvidenceId, JournalKey
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.orient.counsel import Counsel, counselled, suggestions_told
from sre_agent.orient.edition import engine
from sre_agent.orient.engine import Thinking, diagnose
from sre_agent.orient.progress import gave_up
from sre_agent.orient.settling import may_be_early
from sre_agent.picture.objects import mapping
from sre_agent.picture.reading import Kept, newest, picture_of
from sre_agent.picture.world import Frame, Picture
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run

ENDINGS = {
    DiagnosisOutcome.HEALTHY: (Status.CLOSED, Outcome.HEALTHY),
    DiagnosisOutcome.INSUFFICIENT_EVIDENCE: (Status.ESCALATED, Outcome.INSUFFICIENT_EVIDENCE),
}


async def reflector(state: Notebook, run: Run) -> Notebook:
    """Draw the picture, diagnose, file the hypotheses; say whether to act, to ask on, or to end."""
    incident, alerts = await run.archive.incident(run.incident_id), await run.archive.alerts(run.incident_id)
    now = run.clock.now()
    kept = await asyncio.gather(*(_kept(run, EvidenceId(one)) for one in state.get("evidence", [])))
    turns = {str(one.id): one.turn for one in await run.archive.evidence(run.incident_id)}
    picture = picture_of(frame_of(incident, alerts, now, run), newest(kept), _unknowns(state))
    turn = state.get("turn", 0)
    thinking = Thinking(
        asked=tuple(state.get("asked", [])),
        ruled_out=tuple(state.get("ruled_out", [])),
        may_ask=turn - state.get("turns_before", 0) < run.limits.max_turns,
        turn=turn,
        turns=turns,
    )
    verdict = await asyncio.to_thread(diagnose, picture, thinking)
    again = may_be_early(verdict.diagnosis, picture) and _may_look_again(state, thinking, run)
    if again:
        undecided = {"outcome": DiagnosisOutcome.UNDECIDED, "next_questions": ()}
        verdict = replace(verdict, diagnosis=verdict.diagnosis.model_copy(update=undecided))
    counsel = Counsel(verdict)
    if not again and not _is_over(alerts):
        counsel = await counselled(verdict, picture, thinking, run, state)
        verdict = counsel.verdict
    await _file(run, incident, counsel, (turn, picture.frame))
    await _keep_calls(run, picture)
    if again:
        await run.clock.sleep(run.limits.look_again_after)
        return {**_notes(verdict.diagnosis, turn), "looks": state.get("looks", 0) + 1}
    notes = _notes(verdict.diagnosis, turn)
    if counsel.turn:
        notes["counselled"] = counsel.turn
    if verdict.diagnosis.outcome is DiagnosisOutcome.INSUFFICIENT_EVIDENCE and _is_over(alerts):
        notes["ending"] = _over()
    return notes


def _is_over(alerts: Sequence[FiledAlert]) -> bool:
    """Whether nothing of it fires any more: then nobody has to be called for want of a cause."""
    return bool(alerts) and all(filed.alert.status is AlertStatus.RESOLVED for filed in alerts)


def _over() -> JsonMap:
    words = "Its alerts were resolved before a cause was found, and before anybody had to act."
    return {"status": Status.CLOSED.value, "outcome": Outcome.RECOVERED_BY_ITSELF.value, "summary": words}


def _may_look_again(state: Notebook, thinking: Thinking, run: Run) -> bool:
    """Whether to look at everything once more; of a question, what can be seen now is the answer."""
    left = state.get("may_act", True) and thinking.may_ask and state.get("looks", 0) < run.limits.looks_again
    return left and not gave_up(thinking.ruled_out)


async def _kept(run: Run, evidence: EvidenceId) -> Kept:
    body = await run.archive.evidence_body(run.incident_id, evidence)
    return Kept(evidence, str(body.get("name", "")), mapping(body, "arguments"), mapping(body, "answer"))


def frame_of(incident: Incident, alerts: tuple[FiledAlert, ...], now: datetime, run: Run) -> Frame:
    """What the incident is about, from its alerts, or from the question a person asked."""
    named = [incident.entity, *(filed.entity for filed in alerts)]
    entities = tuple(dict.fromkeys(entity for entity in named if entity is not None))
    return Frame(
        now=now,
        started_at=incident.opened_at,
        entities=entities,
        namespace=incident.namespace,
        complaint=incident.question,
        alerts=tuple(filed.alert for filed in alerts),
        baseline_seconds=run.limits.baseline.total_seconds(),
        guard_seconds=run.limits.rate_window.total_seconds(),
    )


def _unknowns(state: Notebook) -> list[Unknown]:
    return [
        Unknown(what=str(one["what"]), why=str(one["why"]), would_have_told=str(one["would_have_told"]))
        for one in state.get("unknowns", [])
    ]


async def _file(run: Run, incident: Incident, counsel: Counsel, when: tuple[int, Frame]) -> None:
    turn, frame = when
    now = frame.now
    diagnosis = counsel.verdict.diagnosis
    drafts = [_ranked_entry(diagnosis, turn, now)]
    update = IncidentUpdate()
    if diagnosis.hypotheses and incident.first_hypothesis_at is None:
        update = IncidentUpdate(first_hypothesis_at=now)
    if diagnosis.outcome is not DiagnosisOutcome.UNDECIDED:
        drafts.append(_made_entry(counsel, turn, frame))
    if root := diagnosis.root:
        update = update.model_copy(
            update={
                "cause": root.cause,
                "cause_entity": root.entity,
                "confidence": root.confidence,
                "summary": root.statement,
            }
        )
    await run.ledger.write(
        ChangeSet(
            incident_id=run.incident_id,
            at=now,
            fence=run.lease().fence,
            entries=tuple(drafts),
            update=update,
            hypotheses=diagnosis.hypotheses,
        )
    )


def _ranked_entry(diagnosis: Diagnosis, turn: int, now: datetime) -> JournalDraft:
    told = [one.model_dump(mode="json", exclude={"hints"}) for one in diagnosis.hypotheses]
    best = diagnosis.hypotheses[0] if diagnosis.hypotheses else None
    text = f"{best.cause} of {best.entity} ({best.confidence:.0%})" if best else "no hypothesis yet"
    return JournalDraft(
        key=JournalKey(f"ranked {turn}"),
        kind=Kind.HYPOTHESES_RANKED,
        actor="reflector",
        text=text,
        body={
            "turn": turn,
            "phase": diagnosis.phase.value,
            "strategy": diagnosis.pattern,
            "confidence": best.confidence if best else 0.0,
            "hypotheses": told,
            "next": [one.why for one in diagnosis.next_questions],
        },
        at=now,
    )


def _made_entry(counsel: Counsel, turn: int, frame: Frame) -> JournalDraft:
    diagnosis = counsel.verdict.diagnosis
    body: dict[str, JsonValue] = diagnosis.model_dump(mode="json", exclude={"hypotheses", "next_questions"})
    body |= {
        "turn": turn,
        "engine": engine().model_copy(update={"model": counsel.model}).model_dump(mode="json"),
        "windows": {"baseline_seconds": frame.baseline_seconds, "guard_seconds": frame.guard_seconds},
    }
    if counsel.advice.suggestions:
        body["suggested"] = suggestions_told(counsel.advice, diagnosis.hypotheses)
    root = diagnosis.root
    if root is not None:
        body["root"] = root.model_dump(mode="json", exclude={"hints"})
    return JournalDraft(
        key=JournalKey(f"diagnosis {turn}"),
        kind=Kind.DIAGNOSIS_MADE,
        actor="reflector",
        text=root.statement if root else f"{diagnosis.outcome.value.replace('_', ' ')}: {diagnosis.reason}",
        body=body,
        at=frame.now,
    )


async def _keep_calls(run: Run, picture: Picture) -> None:
    """What was learned of who calls whom helps intake to join the next alerts."""
    namespace = picture.frame.namespace
    if namespace and picture.calls:
        calls = {
            f"{namespace}/{name}": tuple(f"{namespace}/{one}" for one in to)
            for name, to in picture.calls.items()
        }
        await run.archive.keep_calls(namespace, calls)


def _belief(diagnosis: Diagnosis, turn: int) -> JsonMap:
    """What was believed after this turn, and how far the diagnosis had come."""
    best = diagnosis.hypotheses[0] if diagnosis.hypotheses else None
    return {
        "id": str(turn),
        "phase": diagnosis.phase.value,
        "strategy": diagnosis.pattern,
        "cause": best.cause if best else "",
        "entity": str(best.entity) if best else "",
        "confidence": best.confidence if best else 0.0,
    }


def _notes(diagnosis: Diagnosis, turn: int) -> Notebook:
    # What is left to ask of a decided case must not steer the first look after a step has changed the world.
    undecided = diagnosis.outcome is DiagnosisOutcome.UNDECIDED
    wanted: list[JsonMap] = [one.model_dump(mode="json") for one in diagnosis.next_questions if undecided]
    notes: Notebook = {
        "decided": diagnosis.outcome.value,
        "reason": diagnosis.reason,
        "wanted": wanted,
        "beliefs": [_belief(diagnosis, turn)],
    }
    if ending := ENDINGS.get(diagnosis.outcome):
        status, outcome = ending
        if diagnosis.reason.startswith("flapping"):
            outcome = Outcome.FLAPPING
        notes["ending"] = {"status": status.value, "outcome": outcome.value, "summary": diagnosis.reason}
    return notes
