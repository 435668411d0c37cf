"""The rollback: takes done steps back, newest first, under the same law, grants and idempotency as any step.

Edges: `ending` → closer; else (everything was taken back, the theory is given up) → supervisor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sre_agent.act import mitigating, undoing, words
from sre_agent.act import sending as out
from sre_agent.act.rules import BACKWARD, UNDO_FAILED, Kind, Look, Move, Records, next_undo, undo_of
from sre_agent.agent_state import Notebook
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.journal import Kind as EntryKind
from sre_agent.domain.law import PlanFacts, Ruling
from sre_agent.domain.mitigation import MitigationState
from sre_agent.domain.plan import Call, Plan, Step, StepRecord, StepState
from sre_agent.domain.verification import Recovery
from sre_agent.entering import enter
from sre_agent.errors import GroundMoved, Permanent, Retryable
from sre_agent.policy.facts import seen
from sre_agent.policy.variables import ASKED_BY_ROLLBACK
from sre_agent.ports.run import Run


@dataclass(frozen=True)
class _Desk:
    """What lies before the rollback: the plan, how far its steps are, and which undos the law allows."""

    run: Run
    plan: Plan
    records: Records
    permitted: frozenset[int]

    def with_record(self, record: StepRecord) -> _Desk:
        return replace(self, records={**self.records, record.index: record})


async def rollback(state: Notebook, run: Run) -> Notebook:
    """Take back what can be, then go on to the next theory or hand over. Raises LeaseLost, Retryable."""
    desk = await _sit_down(run, Digest(state["plan_digest"]))
    why = Recovery(state.get("recovery") or Recovery.UNKNOWN)
    desk, move = await _take_back(desk)
    complete = move.kind is Kind.FINISHED
    if complete and undoing.goes_on(why, attempt=desk.plan.attempt, max_attempts=run.limits.max_attempts):
        await _go_on(desk)
        ruled_out = [undoing.refuted(desk.plan)]
        return {"rolled_back": True, "ruled_out": ruled_out, "plan_digest": "", "recovery": ""}
    return {"rolled_back": complete, "ending": undoing.ending(desk.plan, desk.records, move, why)}


async def _sit_down(run: Run, digest: Digest) -> _Desk:
    record = await run.archive.plan(run.incident_id, digest)
    records = {each.index: each for each in record.steps}
    undos = undoing.undo_plan(record.plan, records)
    if not undos.steps:
        return _Desk(run, record.plan, records, frozenset())
    ruling = run.law.judge(undos, await _facts(run, undos))
    now = run.clock.now()
    await out.file(run, None, *(_verdict(record.plan, ruling, step, now) for step in undos.steps))
    return _Desk(run, record.plan, records, undoing.permitted_by(ruling))


async def _facts(run: Run, undos: Plan) -> PlanFacts:
    """What the law is told of an undo: where it acts, and that it is one."""
    incident = await run.archive.incident(run.incident_id)

    async def look(call: Call) -> JsonObject | None:
        try:
            return (await run.toolbox.call(call, limit=run.limits.tool_time)).content
        except (Retryable, Permanent):
            return None

    sight = await seen(undos, look)
    return PlanFacts(
        now=run.clock.now(),
        confidence=incident.confidence or 0.0,
        severity=incident.severity.value,
        environment=sight.environment,
        namespace_labels=sight.namespace_labels,
        target_labels=sight.target_labels,
        asked_by=ASKED_BY_ROLLBACK,
    )


def _verdict(plan: Plan, ruling: Ruling, step: Step, now: datetime) -> JournalDraft:
    given = next(each for each in ruling.judgements if each.step == step.index)
    return JournalDraft(
        key=words.plan_key(plan, "undo-verdict", given.verdict.value, step.index),
        kind=EntryKind.VERDICT_GIVEN,
        actor="policy_gate",
        text=f"{given.verdict.value.replace('_', ' ').capitalize()}, to take back: {step.statement} {given.sentence}",
        body={**given.model_dump(mode="json"), "law_digest": ruling.law_digest, "undo": True},
        at=now,
    )


async def _take_back(desk: _Desk) -> tuple[_Desk, Move]:
    """One undo after the other; the records say after each how far it got."""
    while True:
        await desk.run.leases.check(desk.run.lease())
        move, seen = await _decide(desk)
        if move.step is None or move.kind not in (Kind.DO, Kind.SETTLE):
            return desk, move
        if move.kind is Kind.SETTLE:
            desk = await _settle(desk, move.step, move.why, seen.result if seen else None)
        else:
            desk = await _undo(desk, move.step, move.tries)


async def _decide(desk: _Desk) -> tuple[Move, Look | None]:
    move = next_undo(desk.plan.steps, desk.records, permitted=desk.permitted)
    if move.kind is not Kind.LOOK or move.step is None:
        return move, None
    call, _ = undo_of(move.step, desk.records[move.step.index])
    if call is None:
        return Move(Kind.DOUBT, move.step, why="its undo is not on file"), None
    seen = await out.look(desk.run, call, words.undo_key(move.step), desk.records[move.step.index])
    return next_undo(desk.plan.steps, desk.records, permitted=desk.permitted, look=seen), seen


async def _undo(desk: _Desk, step: Step, tries: int) -> _Desk:
    run, before = desk.run, desk.records[step.index]
    sent = _sending(desk, step, StepState.UNDOING, {**before.result, BACKWARD.tries: tries})
    intended = await out.intend(run, sent, status=Status.REMEDIATING)
    try:
        result = await out.send(run, sent, intended=intended)
    except out.Unclear as problem:
        return desk.with_record(await out.note_silence(run, sent, str(problem)))
    except (out.Refused, GroundMoved) as problem:
        return await _give_up(desk, step, str(problem))
    return await _record_undone(desk, step, result)


async def _settle(desk: _Desk, step: Step, why: str, result: JsonObject | None) -> _Desk:
    found = words.reconciled(step, words.undo_key(step), why, desk.run.clock.now())
    return await _record_undone(desk, step, result or {}, found)


async def _record_undone(desk: _Desk, step: Step, result: JsonObject, *also: JournalDraft) -> _Desk:
    now, before = desk.run.clock.now(), desk.records[step.index]
    _, statement = undo_of(step, before)
    record = _sending(desk, step, StepState.UNDONE, {**before.result, "undone": result}).record(desk.run, now)
    entries = (*also, words.undone(step, statement, result, now))
    if await _is_for_a_time(desk, step):
        why = "it did not help"
        await out.file_box(
            desk.run,
            record,
            *entries,
            key=step.key,
            change=lambda box: mitigating.became(box, MitigationState.TAKEN_BACK, now, why),
        )
    else:
        await out.file(desk.run, record, *entries)
    return desk.with_record(record)


async def _is_for_a_time(desk: _Desk, step: Step) -> bool:
    """Whether what is taken back is on file as done for a time."""
    on_file = await desk.run.archive.mitigations(incident_id=desk.run.incident_id) if step.time_box else ()
    return any(each.key == step.key for each in on_file)


async def _give_up(desk: _Desk, step: Step, why: str) -> _Desk:
    """The step stays in effect, and its record says that it could not be taken back."""
    now, before = desk.run.clock.now(), desk.records[step.index]
    kept = _sending(desk, step, StepState.DONE, {**before.result, UNDO_FAILED: True})
    record = kept.record(desk.run, now, error=why)
    await out.file(desk.run, record, words.failed(step, words.undo_key(step), why, now))
    return desk.with_record(record)


def _sending(desk: _Desk, step: Step, state: StepState, result: JsonObject) -> out.Sending:
    call, _ = undo_of(step, desk.records[step.index])
    if call is None:
        raise ValueError(f"step {step.index} has nothing to restore")
    return out.Sending(desk.plan, step, call, words.undo_key(step), BACKWARD, state, result)


async def _go_on(desk: _Desk) -> None:
    run, status = desk.run, Status.INVESTIGATING
    await enter(run, status, words.status_entry(desk.plan, status, "rollback", run.clock.now()))
