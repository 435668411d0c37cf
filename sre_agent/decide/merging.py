"""Two incidents with one root cause are one: the later joins the earlier before it plans anything."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import FINAL, Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.errors import Conflict
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run

_LOOKED_AT = Page(number=1, size=200)


def twin_of(incident: Incident, others: Iterable[Incident]) -> Incident | None:
    """The earliest open incident, earlier than this one, that alerts opened and whose root cause is the same."""
    twins = [other for other in others if _is_twin(incident, other)]
    return min(twins, key=_age, default=None)


def _is_twin(incident: Incident, other: Incident) -> bool:
    is_same_cause = bool(incident.cause) and (other.cause, other.cause_entity) == (
        incident.cause,
        incident.cause_entity,
    )
    is_open = not other.status.is_final and other.origin is Origin.ALERT
    return is_same_cause and is_open and other.cluster == incident.cluster and _age(other) < _age(incident)


def _age(incident: Incident) -> tuple[float, str]:
    """One order for all runners, so that of two that meet only one can join the other."""
    return incident.opened_at.timestamp(), incident.id


async def merged(run: Run) -> IncidentId | None:
    """Join an earlier incident where there is one; its id. An incident that a person asked for joins nothing."""
    incident = await run.archive.incident(run.incident_id)
    if incident.origin is not Origin.ALERT:
        return None
    open_ones = tuple(status for status in Status if status not in FINAL)
    where = IncidentFilter(statuses=open_ones, origin=Origin.ALERT, cluster=incident.cluster)
    twin = twin_of(incident, (await run.archive.incidents(where, _LOOKED_AT)).items)
    if twin is None:
        return None
    try:
        await run.ledger.merge(*_changes(run, incident, twin))
    except Conflict:
        # it ended in this moment; what is still wrong now is ours to mend
        return None
    return twin.id


def _changes(run: Run, incident: Incident, twin: Incident) -> tuple[ChangeSet, ChangeSet]:
    now, cause = run.clock.now(), f"{incident.cause} of {incident.cause_entity}"
    left = JournalDraft(
        key=JournalKey(f"merged into {twin.id}"),
        kind=Kind.INCIDENT_MERGED,
        actor="planner",
        text=f"Joins {twin.id} ({twin.title}): both have the root cause {cause}.",
        body={"into": twin.id, "cause": incident.cause},
        at=now,
    )
    taken = left.model_copy(
        update={
            "key": JournalKey(f"merged from {incident.id}"),
            "text": f"{incident.id} ({incident.title}) joins: both have the root cause {cause}.",
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
