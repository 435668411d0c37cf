"""What was done for a time: a list, what its owner decides when its time is up or before, and where its permanent fix is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, Field

from sre_agent.act.mitigating import became, restore_job
from sre_agent.act.ticketing import about, place_of
from sre_agent.api.callers import Caller, GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import Form, Prose, Reason, View
from sre_agent.domain.addresses import https_address
from sre_agent.domain.ids import IncidentId, JournalKey, StepKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.mitigation import Mitigation, MitigationState, Ticket, TicketState
from sre_agent.domain.work import JobDraft
from sre_agent.errors import Conflict
from sre_agent.ports.ledger import ChangeSet

router = APIRouter(route_class=GuardedRoute, tags=["mitigations"])

_Key = Annotated[StepKey, Path(pattern=r"^[A-Za-z0-9._-]{1,200}$", description="as the list names it")]
_MOST: Final = 500


class MitigationList(View):
    items: tuple[Mitigation, ...]


class DecisionForm(Form):
    reason: Reason


class FixForm(Form):
    url: Annotated[
        str,
        Field(
            description="the issue or pull request; it begins with https://",
            json_schema_extra={
                "maxLength": 2000,
                "pattern": r"^https://[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9](/[!#-;=?-\[\]_a-z~]*)?$",
            },
        ),
        AfterValidator(https_address),
    ]
    reason: Prose = ""


@router.get("/mitigations", operation_id="list_mitigations")
async def list_mitigations(
    parts: Parts,
    state: Annotated[
        list[MitigationState], Query(description="in one of these states; none: in any")
    ] = [],  # noqa: B006 - FastAPI copies it
    incident: Annotated[IncidentId | None, Query(description="of this incident; none: of any")] = None,
) -> MitigationList:
    """Steps that were done for a time, the first to expire first, each with its restore step and permanent fix."""
    found = await parts.archive.mitigations(incident_id=incident, states=state, limit=_MOST)
    return MitigationList(items=found)


@router.post("/mitigations/{key}/restore", operation_id="restore_mitigation")
async def restore_mitigation(parts: Parts, who: Who, key: _Key, form: DecisionForm) -> Mitigation:
    """Restore it now. Where the law asks for one person, this is their yes; what people changed since is not overwritten."""
    box, now = await _open(parts, key), parts.clock.now()
    why = f"{who.name} wants it restored: {parts.redact(form.reason)}"
    asked = became(box, MitigationState.STANDING, now, why).model_copy(
        update={"expires_at": now, "yes_by": who.actor}
    )
    return await _decided(parts, asked, who, form.reason, restores=True)


@router.post("/mitigations/{key}/keep", operation_id="keep_mitigation")
async def keep_mitigation(parts: Parts, who: Who, key: _Key, form: DecisionForm) -> Mitigation:
    """It stays: it is not restored any more, and nobody is asked again."""
    box, now = await _open(parts, key), parts.clock.now()
    why = f"{who.name} keeps it: {parts.redact(form.reason)}"
    return await _decided(
        parts, became(box, MitigationState.KEPT, now, why), who, form.reason, restores=False
    )


@router.post("/mitigations/{key}/fix", operation_id="link_fix")
async def link_fix(parts: Parts, who: Who, key: _Key, form: FixForm) -> Mitigation:
    """Name the issue or pull request of the permanent fix; the agent opens none then. A later one takes its place."""
    box, now = await parts.archive.mitigation(key), parts.clock.now()
    ticket = Ticket(state=TicketState.LINKED, url=_without_secrets(parts, form.url), by=who.actor, at=now)
    reason = parts.redact(form.reason) or "no reason given"
    text = f"{who.name} names where the permanent fix is worked on: {ticket.url} ({box.fix})"
    return await _ticketed(parts, box, ticket, _said(box, ticket, who, reason, text))


@router.post("/mitigations/{key}/ticket", operation_id="open_fix_ticket")
async def open_fix_ticket(parts: Parts, who: Who, key: _Key, form: DecisionForm) -> Mitigation:
    """Let the permanent fix be opened as an issue, once its incident has ended. Where the law asks for one person, this is their yes."""
    box, now = await parts.archive.mitigation(key), parts.clock.now()
    if box.ticket is not None and box.ticket.state.is_there:
        raise Conflict(f"the permanent fix of {key} has a ticket: {place_of(box.ticket)}")
    if box.state is MitigationState.TAKEN_BACK:
        raise Conflict(f"mitigation {key} was taken back: there is nothing to replace for good")
    tries = box.ticket.tries if box.ticket else 0
    ticket = Ticket(state=TicketState.WANTED, by=who.actor, tries=tries, at=now)
    reason = parts.redact(form.reason)
    text = f"{who.name} wants a ticket for the permanent fix: {reason} ({box.fix})"
    entry = _said(box, ticket, who, reason, text)
    return await _ticketed(parts, box, ticket, entry, restore_job(box.incident_id, now))


def _without_secrets(parts: ApiParts, url: str) -> str:
    """Raises Conflict: an address is stored and shown as it is, so what looks like a secret may not be in it."""
    if parts.redact(url) != url:
        raise Conflict("the address holds what looks like a secret; give it without its query")
    return url


def _said(box: Mitigation, ticket: Ticket, who: Caller, reason: str, text: str) -> JournalDraft:
    linked = ticket.state is TicketState.LINKED
    return JournalDraft(
        key=JournalKey(f"{box.key}/{ticket.state.value}/{ticket.at.isoformat()}"),
        kind=Kind.MITIGATION_TICKETED if linked else Kind.MITIGATION_ANSWERED,
        actor=who.name,
        text=text,
        body={**about(box, ticket), "by": who.name, "reason": reason},
        at=ticket.at,
    )


async def _ticketed(
    parts: ApiParts, box: Mitigation, ticket: Ticket, entry: JournalDraft, *jobs: JobDraft
) -> Mitigation:
    ticketed = box.model_copy(update={"ticket": ticket})
    change = ChangeSet(
        incident_id=box.incident_id, at=ticket.at, entries=(entry,), mitigations=(ticketed,), jobs=jobs
    )
    await parts.ledger.write(change)
    return ticketed


async def _open(parts: ApiParts, key: StepKey) -> Mitigation:
    """Raises NotFound, and Conflict where nothing is to be decided any more."""
    box = await parts.archive.mitigation(key)
    if not box.state.is_open:
        raise Conflict(f"mitigation {key} is {box.state.value}: nothing is left to decide")
    return box


async def _decided(
    parts: ApiParts, box: Mitigation, who: Caller, reason: str, *, restores: bool
) -> Mitigation:
    change = ChangeSet(
        incident_id=box.incident_id,
        at=box.updated_at,
        entries=(_entry(box, who.name, parts.redact(reason), box.updated_at),),
        mitigations=(box,),
        jobs=(restore_job(box.incident_id, box.updated_at),) if restores else (),
    )
    await parts.ledger.write(change)
    return box


def _entry(box: Mitigation, by: str, reason: str, at: datetime) -> JournalDraft:
    return JournalDraft(
        key=JournalKey(f"{box.key}/answered/{at.isoformat()}"),
        kind=Kind.MITIGATION_ANSWERED,
        actor=by,
        text=f"{box.why} ({box.statement})",
        body={"key": box.key, "state": box.state.value, "by": by, "reason": reason},
        at=at,
    )
