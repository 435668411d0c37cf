"""The ticketer: opens the permanent fix of what was done for a time as an issue, once, under the law.

It works beside the graph, after the incident has ended and what is due was restored. A ticket system that is away, or
says no, stops nothing: it is tried again later, and in the end the owner hears that there is no ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sre_agent.act import mitigating, ticketing, words
from sre_agent.act import sending as out
from sre_agent.act.rules import FORWARD, Look, Seen
from sre_agent.decide.gate_rules import verdict_entries
from sre_agent.decide.policy_gate import judged
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.law import Ruling, Verdict
from sre_agent.domain.mitigation import Mitigation, Ticket, TicketState
from sre_agent.domain.plan import Plan, StepState
from sre_agent.errors import GroundMoved, Retryable
from sre_agent.ports.run import Run

TRY_AGAIN: Final = timedelta(minutes=10)
"""A ticket is never urgent, and a ticket system that is away needs its time."""


@dataclass(frozen=True)
class _Desk:
    """What lies before the ticketer: the mitigation, the ticket as far as it is, and the plan that opens it."""

    run: Run
    box: Mitigation
    ticket: Ticket
    plan: Plan

    @property
    def sending(self) -> out.Sending:
        step = self.plan.steps[0]
        if step.call is None:
            raise ValueError(f"{step.key} has no call")
        counts: JsonObject = {FORWARD.tries: self.ticket.tries}
        return out.Sending(self.plan, step, step.call, step.key, FORWARD, StepState.INTENDED, counts)


async def is_ticket_missing(run: Run) -> bool:
    return any(map(ticketing.is_missing, await run.archive.mitigations(incident_id=run.incident_id)))


async def open_tickets(run: Run) -> datetime | None:
    """Open what is missing, one after the other; when to try again, None where nothing is left. Raises LeaseLost."""
    again: datetime | None = None
    for box in await run.archive.mitigations(incident_id=run.incident_id):
        if ticketing.is_missing(box):
            await run.leases.check(run.lease())
            kept = await run.archive.plan(run.incident_id, box.plan_digest)
            again = await _open(_desk(run, box, kept.plan)) or again
    return again


def _desk(run: Run, box: Mitigation, plan: Plan) -> _Desk:
    ticket = box.ticket or Ticket(state=TicketState.WANTED, at=run.clock.now())
    return _Desk(run.in_hands_of("executor"), box, ticket, ticketing.ticket_plan(plan, box))


async def _open(desk: _Desk) -> datetime | None:
    """When to try again; None where it is settled."""
    if desk.ticket.state is TicketState.SENT:
        seen = await _seen(desk)
        if seen.seen is Seen.DONE:
            return await _opened(desk, seen)
        if seen.seen is Seen.UNKNOWN:
            return await _later(desk, seen.why)
        if desk.ticket.silences >= ticketing.MAX_SILENCES:
            return await _not_opened(desk, f"It was sent {desk.ticket.tries} times and never arrived.")
    ruling = await _judged(desk)
    if not mitigating.is_enough(ruling, desk.ticket.by):
        asks = ruling.verdict is Verdict.NEEDS_APPROVAL
        return await _not_opened(desk, mitigating.refusal(ruling), asks=asks)
    return await _send(desk)


async def _seen(desk: _Desk) -> Look:
    """What the world shows of what was sent. Raises LeaseLost."""
    record = desk.sending.record(desk.run, desk.ticket.at)
    try:
        return await out.look(desk.run, desk.sending.call, desk.sending.key, record)
    except Retryable as away:
        return Look(Seen.UNKNOWN, str(away))


async def _judged(desk: _Desk) -> Ruling:
    run = desk.run
    ruling = await judged(run.in_hands_of("policy_gate"), desk.plan, asked_by=mitigating.ASKED_BY)
    await out.file(run, None, *verdict_entries(desk.plan, ruling, run.clock.now()))
    return ruling


async def _send(desk: _Desk) -> datetime | None:
    now = desk.run.clock.now()
    desk = _with(desk, state=TicketState.SENT, tries=desk.ticket.tries + 1, at=now)
    sent = desk.sending
    intent = words.intended(sent.step, sent.call, sent.key, sent.tries, now)
    if not await _file(desk, intent, unless_linked=True):
        # Somebody named one in this very moment: a second one would be one too many.
        return None
    try:
        result = await out.send(desk.run, sent, intended=now)
    except out.Unclear as problem:
        return await _later(desk, str(problem))
    except (out.Refused, GroundMoved) as problem:
        return await _not_opened(desk, str(problem))
    return await _opened(desk, Look(Seen.DONE, result=result))


async def _opened(desk: _Desk, seen: Look) -> datetime | None:
    """Settled: there is nothing to try again."""
    now = desk.run.clock.now()
    ticket = ticketing.opened(desk.ticket, seen.result or {}, now)
    await _file(replace(desk, ticket=ticket), ticketing.opened_entry(desk.box, ticket, now))
    return None


async def _later(desk: _Desk, why: str) -> datetime | None:
    """The intent stays: whether it arrived is looked up before it is sent again."""
    if desk.ticket.silences >= ticketing.MAX_SILENCES:
        return await _not_opened(desk, f"It was tried {desk.ticket.silences} times in vain: {why}")
    await _file(_with(desk, silences=desk.ticket.silences + 1, why=why))
    return desk.run.clock.now() + TRY_AGAIN


async def _not_opened(desk: _Desk, why: str, *, asks: bool = False) -> datetime | None:
    """Settled, until a person asks again."""
    now = desk.run.clock.now()
    desk = _with(desk, state=TicketState.NOT_OPENED, why=why, at=now)
    await _file(desk, ticketing.not_opened_entry(desk.box, desk.ticket, now, asks=asks))
    return None


def _with(desk: _Desk, **changes: object) -> _Desk:
    return replace(desk, ticket=desk.ticket.model_copy(update=changes))


async def _file(desk: _Desk, *entries: JournalDraft, unless_linked: bool = False) -> bool:
    """With the mitigation as it stands now: what people decided meanwhile is not overwritten."""

    def change(newest: Mitigation) -> Mitigation | None:
        linked = newest.ticket is not None and newest.ticket.state is TicketState.LINKED
        return None if linked and unless_linked else ticketing.with_ticket(newest, desk.ticket)

    return await out.file_box(desk.run, None, *entries, key=desk.box.key, change=change)
