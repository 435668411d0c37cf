"""The executor: carries out a permitted plan, one step in each super-step, none of them twice.

On entry the step records say how far the plan is; a step that was intended and not recorded as done
is looked for in the world first.

Edges: `ending` → closer; `plan_digest` empty → look at the world again (the ground moved);
`recovery` not empty → rollback (a step failed after others were done); `steps_left` > 0 → executor;
else → verifier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sre_agent.act import mitigating, words
from sre_agent.act import sending as out
from sre_agent.act.rules import (
    BEGUN_AT,
    FORWARD,
    GROUND_MOVED,
    Kind,
    Look,
    Move,
    Records,
    anything_stands,
    begun_at,
    left,
    next_move,
    standing,
)
from sre_agent.agent_state import JsonMap, Notebook
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.plan import Plan, Step, StepRecord, StepState
from sre_agent.domain.verification import Recovery
from sre_agent.errors import GroundMoved
from sre_agent.policy.consent import Consent, Standing, consent
from sre_agent.ports.ledger import AnswersSeen
from sre_agent.ports.run import Run


@dataclass(frozen=True)
class _Desk:
    """What lies before the executor: the plan, how far its steps are, and who permitted it."""

    run: Run
    plan: Plan
    records: Records
    permission: Consent
    answers: AnswersSeen
    """The answers that the permission was read from."""

    def with_record(self, record: StepRecord) -> _Desk:
        return replace(self, records={**self.records, record.index: record})


async def executor(state: Notebook, run: Run) -> Notebook:
    """Make the next safe transition. Raises LeaseLost, and Retryable where a server cannot be asked now."""
    desk = await _sit_down(run, Digest(state["plan_digest"]))
    await run.leases.check(run.lease())
    move, seen = await _decide(desk)
    if move.kind is Kind.FINISHED:
        return {"next_step": len(desk.plan.steps), "steps_left": 0, "recovery": ""}
    if move.step is None:
        raise ValueError(f"the move {move.kind} names no step")
    if move.kind is Kind.DO:
        return await _do(desk, move.step, move.tries)
    if move.kind is Kind.SETTLE:
        return await _settle(desk, move.step, move.why, seen.result if seen else None)
    return await _stop(desk, move, move.step)


async def _sit_down(run: Run, digest: Digest) -> _Desk:
    record = await run.archive.plan(run.incident_id, digest)
    permission = consent(digest, record.ruling, record.approvals, now=run.clock.now())
    answers = AnswersSeen(plan_digest=digest, count=len(record.approvals))
    return _Desk(run, record.plan, {each.index: each for each in record.steps}, permission, answers)


async def _decide(desk: _Desk) -> tuple[Move, Look | None]:
    """The next move, after a look at the world where the records alone cannot tell."""
    permitted = desk.permission.standing.permits
    move = next_move(desk.plan.steps, desk.records, permitted=permitted)
    if move.kind is not Kind.LOOK or move.step is None or move.step.call is None:
        return move, None
    seen = await out.look(desk.run, move.step.call, move.step.key, desk.records[move.step.index])
    return next_move(desk.plan.steps, desk.records, permitted=permitted, look=seen), seen


async def _do(desk: _Desk, step: Step, tries: int) -> Notebook:
    run, before = desk.run, desk.records.get(step.index)
    counts: JsonObject = {
        **(before.result if before is not None else {}),
        FORWARD.tries: tries,
        BEGUN_AT: run.clock.now().isoformat(),
    }
    sent = _sending(desk, step, StepState.INTENDED, counts)
    intended = await out.intend(run, sent, status=Status.REMEDIATING, answers=desk.answers)
    try:
        result = await out.send(run, sent, intended=intended)
    except out.Unclear as problem:
        await out.note_silence(run, sent, str(problem))
        return _progress(desk, step.index)
    except GroundMoved as problem:
        return await _fail(desk, step, str(problem), {**counts, GROUND_MOVED: True})
    except out.Refused as problem:
        return await _fail(desk, step, str(problem), counts)
    return await _record_done(desk, step, result)


async def _settle(desk: _Desk, step: Step, why: str, result: JsonObject | None) -> Notebook:
    """The world shows that it was done before a crash: record it, with the result where the server kept it."""
    found = words.reconciled(step, step.key, why, desk.run.clock.now())
    begun: JsonObject = {BEGUN_AT: begun_at(desk.records[step.index]).isoformat()}
    return await _record_done(desk, step, {**(result or {}), **begun}, found)


async def _record_done(desk: _Desk, step: Step, result: JsonObject, *also: JournalDraft) -> Notebook:
    now = desk.run.clock.now()
    record = _sending(desk, step, StepState.DONE, result).record(desk.run, now)
    entries = (*also, words.done(step, result, now))
    if box := mitigating.begun(desk.plan, step, record):
        job = mitigating.restore_job(desk.run.incident_id, box.expires_at)
        entries = (*entries, mitigating.began_entry(box))
        await out.file(desk.run, record, *entries, mitigation=box, jobs=(job,))
    else:
        await out.file(desk.run, record, *entries)
    return _progress(desk.with_record(record), step.index + 1)


async def _fail(desk: _Desk, step: Step, why: str, result: JsonObject) -> Notebook:
    now = desk.run.clock.now()
    record = _sending(desk, step, StepState.FAILED, result).record(desk.run, now, error=why)
    await out.file(desk.run, record, words.failed(step, step.key, why, now))
    after = desk.with_record(record)
    return await _stop(after, next_move(after.plan.steps, after.records, permitted=True), step)


async def _stop(desk: _Desk, move: Move, step: Step) -> Notebook:
    """Where it cannot go on: take back what stands, look at the world again, or hand over."""
    if move.kind is Kind.DOUBT:
        return {"ending": _in_doubt(desk, step, move.why)}
    if anything_stands(desk.plan.steps, desk.records):
        return {"recovery": Recovery.UNKNOWN.value, "steps_left": 0, "approved": False}
    withdrawn = move.kind is Kind.FORBIDDEN and desk.permission.standing is Standing.REFUSED
    if move.kind is Kind.MOVED or withdrawn:
        return {"plan_digest": "", "approved": False, "recovery": ""}
    if move.kind is Kind.FORBIDDEN:
        return {"approved": False, "ending": _forbidden(desk.permission)}
    summary = f"This could not be carried out: {step.statement} {move.why} Nothing was changed."
    return {"ending": words.ending(Outcome.NOT_RECOVERED, summary)}


def _sending(desk: _Desk, step: Step, state: StepState, result: JsonObject) -> out.Sending:
    if step.call is None:
        raise ValueError(f"step {step.index} is for a person's hands")
    return out.Sending(desk.plan, step, step.call, step.key, FORWARD, state, result)


def _in_doubt(desk: _Desk, step: Step, why: str) -> JsonMap:
    others = tuple(each for each in standing(desk.plan.steps, desk.records) if each.index != step.index)
    return words.ending(
        Outcome.STEP_UNCERTAIN,
        f"Nobody can tell whether this was done: {step.statement} {why} "
        f"Look at {step.target} before anything else is changed. {words.what_stands(others)}",
    )


def _forbidden(permission: Consent) -> JsonMap:
    if permission.standing is Standing.DENIED:
        summary = "No standing ruling permits this plan. Nothing was done."
        return words.ending(Outcome.DENIED_BY_POLICY, summary)
    summary = "The approval ran out before the plan was carried out. Nothing was done."
    return words.ending(Outcome.APPROVAL_EXPIRED, summary)


def _progress(desk: _Desk, next_step: int) -> Notebook:
    return {"next_step": next_step, "steps_left": left(desk.plan.steps, desk.records), "recovery": ""}
