"""How one write goes out: intent first, then a grant for exactly this call, then the call, then its result.

Shared by the executor and the rollback. Every write to the ledger carries the fence, so a runner
that lost its lease stops before it touches anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sre_agent.act import words
from sre_agent.act.rules import Counters, Look, Seen
from sre_agent.domain.frozen import JsonObject, digest_of
from sre_agent.domain.ids import StepKey
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.mitigation import Mitigation
from sre_agent.domain.plan import Call, Plan, Step, StepRecord, StepState
from sre_agent.domain.work import JobDraft
from sre_agent.entering import enter
from sre_agent.errors import (
    Conflict,
    GrantRefused,
    Permanent,
    Retryable,
    StoreBusy,
    ToolFailed,
    ToolNotConfigured,
)
from sre_agent.ports.grants import GrantOrder
from sre_agent.ports.ledger import AnswersSeen, ChangeSet
from sre_agent.ports.run import Run
from sre_agent.ports.toolbox import Right

PATIENCE: Final = timedelta(seconds=45)
"""How long the world is asked what became of a call: longer than any server may take over one write."""
_TRIES_AT_A_BOX: Final = 5
_UNCLEAR: Final = "upstream_error"
"""After this answer of a tool nobody can say whether the write reached the system."""


@dataclass(frozen=True)
class Sending:
    """One write of one step: the step's own call, or its undo. `result` is what is known of the step so far."""

    plan: Plan
    step: Step
    call: Call
    key: StepKey
    counters: Counters
    state: StepState
    result: JsonObject

    @property
    def tries(self) -> int:
        """How often it has been sent, this time included."""
        tries = self.result.get(self.counters.tries)
        return tries if isinstance(tries, int) else 1

    def record(self, run: Run, now: datetime, *, error: str = "") -> StepRecord:
        return StepRecord(
            incident_id=self.plan.incident_id,
            plan_digest=self.plan.digest,
            index=self.step.index,
            key=self.step.key,
            state=self.state,
            fence=run.lease().fence,
            at=now,
            result=self.result,
            error=error,
        )


class Unclear(Exception):
    """The call went out and it is not known whether it took effect."""


class Refused(Exception):
    """The call was answered with a no; nothing was written."""


async def intend(
    run: Run, sending: Sending, *, status: Status | None, answers: AnswersSeen | None = None
) -> datetime:
    """Write the intent, before anything is sent, and only if nobody has ended the incident meanwhile.

    No `status`: it is done beside the incident, which may have ended, and stays as it is.
    `answers`: those that permit the step; where a person has given another since, nothing is written.
    Returns when: the life of its grant counts from there. Raises LeaseLost, IncidentEnded, StoreBusy.
    """
    now = run.clock.now()
    entry = words.intended(sending.step, sending.call, sending.key, sending.tries, now)
    if status is None:
        await file(run, sending.record(run, now), entry)
        return now
    actor = words.actor_of(sending.key != sending.step.key)
    began = words.status_entry(sending.plan, status, actor, now)
    await enter(run, status, began, entry, record=sending.record(run, now), answers=answers)
    return now


async def send(run: Run, sending: Sending, *, intended: datetime) -> JsonObject:
    """Make the call, under a grant of its own. Raises Unclear, Refused, GroundMoved, LeaseLost.

    The grant is journalled before it is used, in a transaction that checks the fence once more. It ends with
    the lease, and at a time that whoever reads the intent can know.
    """
    lease, now = run.lease(), run.clock.now()
    order = GrantOrder(
        call=sending.call,
        audience=f"{sending.call.server}@{run.cluster}",
        incident_id=run.incident_id,
        key=sending.key,
        fence=lease.fence,
        issued_at=now,
        expires_at=min(intended + run.limits.grant_time, lease.expires_at),
    )
    right = Right(grant=run.grants.issue(order), key=sending.key)
    await file(run, None, _granted(sending.step, order, sending.tries))
    try:
        answer = await run.toolbox.call(sending.call, limit=run.limits.tool_time, right=right)
    except (Retryable, GrantRefused) as problem:
        raise Unclear(str(problem)) from problem
    except (ToolFailed, ToolNotConfigured) as problem:
        if isinstance(problem, ToolFailed) and problem.code == _UNCLEAR:
            raise Unclear(str(problem)) from problem
        raise Refused(str(problem)) from problem
    return answer.content


def _granted(step: Step, order: GrantOrder, tries: int) -> JournalDraft:
    """What the grant is for; never the grant itself."""
    body: JsonObject = {
        **words.about(step, order.key),
        "audience": order.audience,
        "tool": order.call.tool,
        "arguments_digest": digest_of(order.call.arguments),
        "expires_at": order.expires_at.isoformat(),
        "fence": order.fence,
    }
    life = (order.expires_at - order.issued_at).total_seconds()
    text = f"One call of {order.call.tool} granted at {order.audience}, for {life:.1f} s."
    entry = (
        words.step_key(order.key, "granted", tries),
        Kind.GRANT_ISSUED,
        words.actor_of(order.key != step.key),
    )
    return words.draft(entry, text, body, order.issued_at)


async def note_silence(run: Run, sending: Sending, why: str) -> StepRecord:
    """Keep the intent, with what was heard, and leave the server a moment before it is asked."""
    now, silences = run.clock.now(), sending.result.get(sending.counters.silences)
    heard = {sending.counters.silences: (silences if isinstance(silences, int) else 0) + 1}
    record = replace(sending, result={**sending.result, **heard}).record(run, now, error=why)
    entry = words.silent(sending.step, sending.key, sending.tries, why, now)
    await file(run, record, entry)
    await run.clock.sleep(run.limits.poll)
    return record


async def look(run: Run, call: Call, key: StepKey, record: StepRecord) -> Look:
    """What the world shows of a write that was intended.

    Asked again while the answer is open, for as long as a write may be under way: while its grant lives, what
    is not done may still be on its way. Raises Retryable where the server cannot be reached in that time, and
    LeaseLost.
    """
    asking = Call(
        server=call.server,
        tool="step_state",
        arguments={"tool": call.tool, "arguments": call.arguments, "key": key},
    )
    deadline, dead_by = run.clock.now() + PATIENCE, record.at + run.limits.grant_time
    while True:
        asked_at = run.clock.now()
        found, gone = await _asked(run, asking)
        if found is not None and _is_final(found, may_be_on_its_way=asked_at < dead_by):
            return found
        if run.clock.now() >= deadline:
            if found is None and gone is not None:
                raise gone
            return found or Look(Seen.UNKNOWN)
        await run.clock.sleep(run.limits.poll)
        await run.leases.check(run.lease())


def _is_final(found: Look, *, may_be_on_its_way: bool) -> bool:
    return found.seen is Seen.DONE or (found.seen is Seen.NOT_DONE and not may_be_on_its_way)


async def _asked(run: Run, asking: Call) -> tuple[Look | None, Retryable | None]:
    try:
        content = (await run.toolbox.call(asking, limit=run.limits.tool_time)).content
    except Retryable as gone:
        return None, gone
    except Permanent as failure:
        return Look(Seen.UNKNOWN, str(failure)), None
    return Look.told(content), None


async def file_box(
    run: Run,
    record: StepRecord | None,
    *entries: JournalDraft,
    key: StepKey,
    change: Callable[[Mitigation], Mitigation | None],
) -> bool:
    """Change what is on file of a mitigation as it is in that very transaction: what a person decides meanwhile is not lost.

    False where `change` wants none by now: then nothing is filed. Raises LeaseLost, and StoreBusy where others
    change it all the time.
    """
    for _ in range(_TRIES_AT_A_BOX):
        seen = await run.archive.mitigation(key)
        changed = change(seen)
        if changed is None:
            return False
        try:
            await file(run, record, *entries, mitigation=changed, seen=seen)
        except Conflict:
            continue
        return True
    raise StoreBusy(f"mitigation {key} is changed by others all the time; look again")


async def file(
    run: Run,
    record: StepRecord | None,
    *entries: JournalDraft,
    mitigation: Mitigation | None = None,
    seen: Mitigation | None = None,
    jobs: tuple[JobDraft, ...] = (),
) -> None:
    """One transaction: how far a step is, and the entries that say so. Raises LeaseLost; Conflict where `seen` is old."""
    await run.ledger.write(
        ChangeSet(
            incident_id=run.incident_id,
            at=run.clock.now(),
            fence=run.lease().fence,
            steps=(record,) if record is not None else (),
            mitigations=(mitigation,) if mitigation is not None else (),
            seen_mitigations=(seen,) if seen is not None else (),
            entries=entries,
            jobs=jobs,
        )
    )
