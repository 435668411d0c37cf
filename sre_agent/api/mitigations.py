"""What was done for a time: a list, what its owner decides when its time is up or before, and where its permanent fix is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
_TRIES: Final = 5


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
    now = parts.clock.now()
    why = f"{who.name} wants it restored: {parts.redact(form.reason)}"

    def decide(box: Mitigation) -> _Decision:
        asked = became(_still_open(box), MitigationState.STANDING, now, why)
        asked = asked.model_copy(update={"expires_at": now, "yes_by": who.actor})
        entry = _entry(asked, who.name, parts.redact(form.reason), now)
        return _Decision(asked, entry, (restore_job(box.incident_id, now),))

    return await _decided(parts, key, decide)


@router.post("/mitigations/{key}/keep", operation_id="keep_mitigation")
async def keep_mitigation(parts: Parts, who: Who, key: _Key, form: DecisionForm) -> Mitigation:
    """It stays: it is not restored any more, and nobody is asked again."""
    now = parts.clock.now()
    why = f"{who.name} keeps it: {parts.redact(form.reason)}"

    def decide(box: Mitigation) -> _Decision:
        kept = became(_still_open(box), MitigationState.KEPT, now, why)
        return _Decision(kept, _entry(kept, who.name, parts.redact(form.reason), now))

    return await _decided(parts, key, decide)


@router.post("/mitigations/{key}/fix", operation_id="link_fix")
async def link_fix(parts: Parts, who: Who, key: _Key, form: FixForm) -> Mitigation:
    """Name the issue or pull request of the permanent fix; the agent opens none then. A later one takes its place.

    While the agent opens one (409), wait until the list says what became of it.
    """
    now, url = parts.clock.now(), _without_secrets(parts, form.url)
    ticket = Ticket(state=TicketState.LINKED, url=url, by=who.actor, at=now)
    reason = parts.redact(form.reason) or "no reason given"

    def decide(box: Mitigation) -> _Decision:
        _not_on_its_way(box)
        text = f"{who.name} names where the permanent fix is worked on: {ticket.url} ({box.fix})"
        return _Decision(_ticketed(box, ticket), _said(box, ticket, who, reason, text))

    return await _decided(parts, key, decide)


@router.post("/mitigations/{key}/ticket", operation_id="open_fix_ticket")
async def open_fix_ticket(parts: Parts, who: Who, key: _Key, form: DecisionForm) -> Mitigation:
    """Let the permanent fix be opened as an issue, once its incident has ended. Where the law asks for one person, this is their yes."""
    now, reason = parts.clock.now(), parts.redact(form.reason)

    def decide(box: Mitigation) -> _Decision:
        _may_be_opened(box)
        tries = box.ticket.tries if box.ticket else 0
        ticket = Ticket(state=TicketState.WANTED, by=who.actor, tries=tries, at=now)
        text = f"{who.name} wants a ticket for the permanent fix: {reason} ({box.fix})"
        entry = _said(box, ticket, who, reason, text)
        return _Decision(_ticketed(box, ticket), entry, (restore_job(box.incident_id, now),))

    return await _decided(parts, key, decide)


def _may_be_opened(box: Mitigation) -> None:
    """Raises Conflict where it has a ticket, or needs none."""
    if box.ticket is not None and box.ticket.state.is_there:
        raise Conflict(f"the permanent fix of {box.key} has a ticket: {place_of(box.ticket)}")
    if box.state is MitigationState.TAKEN_BACK:
        raise Conflict(f"mitigation {box.key} was taken back: there is nothing to replace for good")
    _not_on_its_way(box)


def _not_on_its_way(box: Mitigation) -> None:
    """Raises Conflict: what was sent may be there already, and with another there would be two."""
    if box.ticket is not None and box.ticket.state is TicketState.SENT:
        raise Conflict(
            f"an issue for the permanent fix of {box.key} was sent at {box.ticket.at:%H:%M:%S} UTC and may be there; "
            "what became of it is looked up, and the list says so in a while: look again then"
        )


def _ticketed(box: Mitigation, ticket: Ticket) -> Mitigation:
    return box.model_copy(update={"ticket": ticket})


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


def _still_open(box: Mitigation) -> Mitigation:
    """Raises Conflict where nothing is to be decided any more."""
    if not box.state.is_open:
        raise Conflict(f"mitigation {box.key} is {box.state.value}: nothing is left to decide")
    return box


@dataclass(frozen=True)
class _Decision:
    """What becomes of a mitigation, what the journal says of that, and what it wakes."""

    box: Mitigation
    entry: JournalDraft
    jobs: tuple[JobDraft, ...] = ()


async def _decided(parts: ApiParts, key: StepKey, decide: Callable[[Mitigation], _Decision]) -> Mitigation:
    """Decide about what is on file in the very transaction that files it. Raises NotFound, and what `decide` raises."""
    for _ in range(_TRIES):
        seen = await parts.archive.mitigation(key)
        made = decide(seen)
        change = ChangeSet(
            incident_id=seen.incident_id,
            at=made.entry.at,
            entries=(made.entry,),
            mitigations=(made.box,),
            seen_mitigations=(seen,),
            jobs=made.jobs,
        )
        try:
            await parts.ledger.write(change)
        except Conflict:
            continue
        return made.box
    raise Conflict(f"mitigation {key} is changed by others all the time; look again")


def _entry(box: Mitigation, by: str, reason: str, at: datetime) -> JournalDraft:
    return JournalDraft(
        key=JournalKey(f"{box.key}/answered/{at.isoformat()}"),
        kind=Kind.MITIGATION_ANSWERED,
        actor=by,
        text=f"{box.why} ({box.statement})",
        body={"key": box.key, "state": box.state.value, "by": by, "reason": reason},
        at=at,
    )
