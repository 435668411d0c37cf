"""The restorer: what was done for a time is restored when that is up, under the law and the world of then.

It works beside the graph, under the incident's lease, also where the incident has long ended. Like the executor it
writes its intent first, and on entry reconciles with the world; where the ground moved, the law says no or asks, or
nobody can tell what became of a call, the owner is asked and nothing is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sre_agent.act import mitigating, words
from sre_agent.act import sending as out
from sre_agent.act.aftercare import look_after
from sre_agent.act.rules import RESTORING, Kind, Look, Move, next_restore
from sre_agent.decide.gate_rules import verdict_entries
from sre_agent.decide.looking import Standing, look_at
from sre_agent.decide.policy_gate import judged
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.law import Ruling
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.plan import Call, Plan, Step, StepRecord, StepState
from sre_agent.errors import GroundMoved, ToolUnavailable
from sre_agent.ports.run import Run
from sre_agent.ticketer import open_tickets

LOOK_AGAIN: Final = timedelta(minutes=1)
"""While an incident is worked on, its mitigations wait: the graph may be about to take them back."""


@dataclass(frozen=True)
class _Desk:
    """What lies before the restorer: the mitigation, the plan and step it is, how far that is, and the way back."""

    run: Run
    box: Mitigation
    plan: Plan
    step: Step
    record: StepRecord
    back: Plan

    @property
    def call(self) -> Call:
        call = self.back.steps[0].call
        if call is None:
            raise ValueError(f"{self.box.key} has no way back")
        return call

    def with_record(self, record: StepRecord) -> _Desk:
        return replace(self, record=record)


async def restore_due(run: Run) -> datetime | None:
    """Restore what is due, one after the other; when to look again, None where nothing is open any more.

    Raises LeaseLost, and Retryable where nobody can look at the world now.
    """
    standing = await run.archive.mitigations(incident_id=run.incident_id, states=(MitigationState.STANDING,))
    now = run.clock.now()
    if standing and not (await run.archive.incident(run.incident_id)).status.is_final:
        return max(now + LOOK_AGAIN, standing[0].expires_at)
    for box in standing:
        if box.expires_at <= now:
            await _restore(run, box)
    expires = next((box.expires_at for box in standing if box.expires_at > now), None)
    again = (expires, await open_tickets(run), await look_after(run))
    return min((each for each in again if each), default=None)


async def _restore(run: Run, box: Mitigation) -> None:
    desk = await _sit_down(run, box)
    if desk is None:
        now, why = run.clock.now(), "it is not in effect any more"
        await out.file_box(
            run,
            None,
            key=box.key,
            change=lambda newest: mitigating.became(newest, MitigationState.TAKEN_BACK, now, why),
        )
        return
    await out.file(run, None, mitigating.due_entry(box, run.clock.now()))
    while desk is not None:
        await run.leases.check(run.lease())
        desk = await _next(desk)


async def _sit_down(run: Run, box: Mitigation) -> _Desk | None:
    """None where the step is not in effect any more, or no call restores it."""
    kept = await run.archive.plan(run.incident_id, box.plan_digest)
    step = next(each for each in kept.plan.steps if each.index == box.step)
    record = next((each for each in kept.steps if each.index == box.step), None)
    if record is None or record.state not in (StepState.DONE, StepState.RESTORING):
        return None
    back = mitigating.restore_plan(kept.plan, step, record)
    return _Desk(run, box, kept.plan, step, record, back) if back else None


async def _next(desk: _Desk) -> _Desk | None:
    """One transition; None where it is over."""
    seen = await _reconciled(desk)
    move = next_restore(desk.step, desk.record, permitted=True, look=seen)
    if move.kind is Kind.SETTLE:
        found = words.reconciled(desk.step, desk.back.steps[0].key, move.why, desk.run.clock.now())
        await _done(desk, (seen.result if seen else None) or {}, found)
        return None
    why = _in_words(move) if move.kind in (Kind.DOUBT, Kind.FAIL) else await _obstacle(desk)
    if why:
        await _ask_owner(desk, why)
        return None
    return await _send(desk, move.tries)


async def _reconciled(desk: _Desk) -> Look | None:
    if desk.record.state is not StepState.RESTORING:
        return None
    return await out.look(desk.run, desk.call, desk.back.steps[0].key, desk.record)


def _in_words(move: Move) -> str:
    doubt = "Nobody can tell whether restoring it arrived." if move.kind is Kind.DOUBT else ""
    return f"{doubt} {move.why}".strip()


async def _obstacle(desk: _Desk) -> str:
    """What stands in the way now: the ground, or the law; empty where nothing does."""
    run = desk.run

    async def ask(call: Call) -> JsonObject:
        answer = await run.in_hands_of("approval").toolbox.call(call, limit=run.limits.tool_time)
        return answer.content

    (look,) = await look_at(desk.back, ask)
    if look.standing is Standing.UNKNOWN:
        raise ToolUnavailable(f"nobody can look at {desk.box.target} now: {look.why}")
    if look.standing is Standing.MOVED:
        return f"Somebody changed it since: {'; '.join(look.changes)}."
    ruling = await _judged(desk)
    return "" if mitigating.is_permitted(ruling, desk.box) else mitigating.refusal(ruling)


async def _judged(desk: _Desk) -> Ruling:
    run, back = desk.run, desk.back
    ruling = await judged(run.in_hands_of("policy_gate"), back, asked_by=mitigating.ASKED_BY)
    await out.file(run, None, *verdict_entries(back, ruling, run.clock.now()))
    return ruling


async def _send(desk: _Desk, tries: int) -> _Desk | None:
    run = desk.run.in_hands_of("rollback")
    sent = _sending(desk, StepState.RESTORING, {**desk.record.result, RESTORING.tries: tries})
    intended = await out.intend(run, sent, status=None)
    desk = desk.with_record(sent.record(run, intended))
    try:
        result = await out.send(run, sent, intended=intended)
    except out.Unclear as problem:
        return desk.with_record(await out.note_silence(run, sent, str(problem)))
    except (out.Refused, GroundMoved) as problem:
        await _ask_owner(desk, str(problem))
        return None
    await _done(desk, result)
    return None


async def _done(desk: _Desk, result: JsonObject, *also: JournalDraft) -> None:
    now, statement = desk.run.clock.now(), desk.box.restore
    record = _sending(desk, StepState.RESTORED, {**desk.record.result, "restored": result}).record(
        desk.run, now
    )
    entry = words.restored(desk.step, statement, result, now)
    # It is so in the world, whatever was decided about it since.
    await out.file_box(
        desk.run,
        record,
        *also,
        entry,
        key=desk.box.key,
        change=lambda newest: mitigating.became(newest, MitigationState.RESTORED, now),
    )


async def _ask_owner(desk: _Desk, why: str) -> None:
    """It stays in effect as it is, and a person decides."""
    now = desk.run.clock.now()
    record = _sending(desk, StepState.DONE, desk.record.result).record(desk.run, now, error=why)
    asked = mitigating.asked_entry(mitigating.became(desk.box, MitigationState.ASKED, now, why), now)

    def change(newest: Mitigation) -> Mitigation | None:
        return mitigating.became(newest, MitigationState.ASKED, now, why) if newest.state.is_open else None

    if not await out.file_box(desk.run, record, asked, key=desk.box.key, change=change):
        await out.file(desk.run, record)


def _sending(desk: _Desk, state: StepState, result: JsonObject) -> out.Sending:
    back = desk.back.steps[0]
    return out.Sending(desk.plan, desk.step, desk.call, back.key, RESTORING, state, result)
