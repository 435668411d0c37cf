"""The ticket of a permanent fix: what is asked of the ticket system, and what is left on file of it; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sre_agent.act import words
from sre_agent.domain.addresses import https_address
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import JournalKey, StepKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import AGENT
from sre_agent.domain.mitigation import Mitigation, MitigationState, Ticket, TicketState
from sre_agent.domain.plan import BlastRadius, Call, Plan, Risk, Step, Undo
from sre_agent.picture.objects import mapping

MAX_SILENCES: Final = 3
"""How often it is tried in vain before its owner hears that there is no ticket."""
_LONGEST_TITLE: Final = 240
_ACTOR: Final = "mitigation"


def is_missing(box: Mitigation) -> bool:
    """Whether a ticket is to be opened: nothing to replace for good where the step was taken back, or somebody has said no."""
    if box.state is MitigationState.TAKEN_BACK:
        return False
    return box.ticket is None or box.ticket.state in (TicketState.WANTED, TicketState.SENT)


def ticket_plan(plan: Plan, box: Mitigation) -> Plan:
    """Opening it as a plan of one step that the law can judge, about the same target: its owners' level of autonomy holds."""
    call = Call(server="github", tool="create_issue", arguments={"title": _title(box), "body": _body(box)})
    step = Step(
        index=box.step,
        action="create_ticket",
        call=call,
        target=box.target,
        statement=f"Open an issue for the permanent fix: {box.fix}",
        risk=Risk.LOW,
        undo=Undo(call=None, statement="An issue changes nothing that runs; a person closes it."),
        blast_radius=BlastRadius(),
        key=StepKey(f"{box.key}-ticket"),
    )
    return plan.model_copy(update={"steps": (step,)})


def _title(box: Mitigation) -> str:
    title = " ".join(f"{_short(box.target)}: {box.fix}".split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def _short(target: EntityRef) -> str:
    return f"{target.kind} {target.name}"


def _body(box: Mitigation) -> str:
    return (
        f"Permanent fix: {box.fix}\n\n"
        f"It replaces what was done for a time only: {box.statement}\n"
        f"Target: {box.target}\n"
        f"Done at {box.began_at:%Y-%m-%d %H:%M} UTC, until {box.expires_at:%Y-%m-%d %H:%M} UTC; then: {box.restore}\n"
        f"Incident: {box.incident_id} (sre-agent incidents show {box.incident_id})\n"
    )


def with_ticket(box: Mitigation, ticket: Ticket) -> Mitigation:
    """What a person has linked meanwhile stays."""
    if box.ticket is not None and box.ticket.state is TicketState.LINKED:
        return box
    return box.model_copy(update={"ticket": ticket})


def opened(before: Ticket, result: JsonObject, now: datetime) -> Ticket:
    """By what the server answered of the issue."""
    target, after = mapping(result, "target"), mapping(result, "after")
    name = f"{target.get('namespace') or ''}{target.get('name') or ''}"
    return before.model_copy(
        update={
            "state": TicketState.OPENED,
            "name": name,
            "url": _link(after.get("/url")),
            "why": "",
            "at": now,
        }
    )


def _link(told: object) -> str:
    """Only what may be shown as a link; the name tells the rest."""
    try:
        return https_address(str(told or ""))
    except ValueError:
        return ""


def place_of(ticket: Ticket) -> str:
    """Where it is, for people; empty while there is none."""
    if not ticket.state.is_there:
        return ""
    return ticket.url or ticket.name or "opened; the ticket system told no address"


def opened_entry(box: Mitigation, ticket: Ticket, now: datetime) -> JournalDraft:
    text = f"The permanent fix has a ticket, {place_of(ticket)}: {box.fix}"
    body: JsonObject = {**about(box, ticket), "by": AGENT.name, "reason": box.fix}
    return words.draft((_key(box, "opened"), Kind.MITIGATION_TICKETED, _ACTOR), text, body, now)


def not_opened_entry(box: Mitigation, ticket: Ticket, now: datetime, *, asks: bool) -> JournalDraft:
    """`asks`: the law asks for a person, who hears of it; else it is only noted."""
    how = f"Open it: sre-agent mitigations ticket {box.key}. " if asks else ""
    text = (
        f"The permanent fix has no ticket: {ticket.why} {how}"
        f"Link one: sre-agent mitigations fix {box.key} URL. Permanent fix: {box.fix}"
    )
    kind = Kind.MITIGATION_ASKED if asks else Kind.NOTE_ADDED
    entry = (_key(box, f"not-opened/{ticket.tries}/{now.isoformat()}"), kind, _ACTOR)
    return words.draft(entry, text, about(box, ticket), now)


def about(box: Mitigation, ticket: Ticket) -> JsonObject:
    return {
        "key": box.key,
        "step": box.step,
        "target": str(box.target),
        "fix": box.fix,
        "ticket": ticket.state.value,
        "name": ticket.name,
        "url": ticket.url,
        "why": ticket.why,
    }


def _key(box: Mitigation, part: str) -> JournalKey:
    return words.step_key(StepKey(f"{box.key}-ticket"), part)
