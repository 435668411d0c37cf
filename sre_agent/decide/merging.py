"""Two incidents with one root cause are one: the later joins the earlier before it plans anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import FINAL, Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.errors import Conflict
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run

_LOOKED_AT = Page(number=1, size=200)
IN_A_PERSONS_HANDS = timedelta(hours=1)
"""So long after it was handed over, an incident is taken to be what a person works on."""


def twin_of(incident: Incident, others: Iterable[Incident], *, now: datetime) -> Incident | None:
    """The earliest incident, earlier than this one, that alerts opened, that blames the same object, and that goes on."""
    twins = [other for other in others if _goes_on(other, now) and _is_twin(incident, other)]
    return min(twins, key=_age, default=None)


def _is_twin(incident: Incident, other: Incident) -> bool:
    """The object decides, not the name of the cause: what one saw as a bad setting, another saw as a crash of it."""
    blames_alike = incident.cause_entity is not None and other.cause_entity == incident.cause_entity
    both_found_it = bool(incident.cause and other.cause)
    is_earlier = other.cluster == incident.cluster and _age(other) < _age(incident)
    return blames_alike and both_found_it and is_earlier and other.origin is Origin.ALERT


def _goes_on(other: Incident, now: datetime) -> bool:
    """Whether somebody works on it: we do, or a person to whom it was lately handed over."""
    if other.status is Status.ESCALATED:
        return other.closed_at is not None and now - other.closed_at <= IN_A_PERSONS_HANDS
    return not other.status.is_final


def _age(incident: Incident) -> tuple[float, str]:
    """One order for all runners, so that of two that meet only one can join the other."""
    return incident.opened_at.timestamp(), incident.id


async def merged(run: Run) -> IncidentId | None:
    """Join an earlier incident where there is one; its id. An incident that a person asked for joins nothing."""
    incident = await run.archive.incident(run.incident_id)
    if incident.origin is not Origin.ALERT:
        return None
    going_on = tuple(status for status in Status if status not in FINAL or status is Status.ESCALATED)
    where = IncidentFilter(statuses=going_on, origin=Origin.ALERT, cluster=incident.cluster)
    found = await run.archive.incidents(where, _LOOKED_AT)
    twin = twin_of(incident, found.items, now=run.clock.now())
    if twin is None:
        return None
    try:
        await run.ledger.merge(*_changes(run, incident, twin))
    except Conflict:
        # it ended in this moment; what is still wrong now is ours to mend
        return None
    return twin.id


def _changes(run: Run, incident: Incident, twin: Incident) -> tuple[ChangeSet, ChangeSet]:
    now, blamed = run.clock.now(), incident.cause_entity
    left = JournalDraft(
        key=JournalKey(f"merged into {twin.id}"),
        kind=Kind.INCIDENT_MERGED,
        actor="planner",
        text=f"Joins {twin.id} ({twin.title}): both have their root cause in {blamed}.",
        body={"into": twin.id, "cause": incident.cause},
        at=now,
    )
    taken = left.model_copy(
        update={
            "key": JournalKey(f"merged from {incident.id}"),
            "text": f"{incident.id} ({incident.title}) joins: both have their root cause in {blamed}.",
            "body": {"from": incident.id, "cause": incident.cause},
        }
    )
    update = IncidentUpdate(
        status=Status.CLOSED, outcome=Outcome.MERGED, merged_into=twin.id, closed_at=now, summary=left.text
    )
    return (
        ChangeSet(incident_id=incident.id, at=now, fence=run.lease().fence, entries=(left,), update=update),
        ChangeSet(incident_id=twin.id, at=now, entries=(taken,)),
    )
