"""Two incidents with one root cause are one: the first to plan leads, and whoever blames the same object joins it."""

from __future__ import annotations

from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.errors import Conflict
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run


async def merged(run: Run) -> IncidentId | None:
    """Take the lead on what this incident blames, or join the incident that has it; that one's id.

    An incident that a person asked for neither leads nor joins. Which of two leads is settled in one
    transaction, so two that find the same at the same time never both mend it.
    """
    incident = await run.archive.incident(run.incident_id)
    blamed = incident.cause_entity
    if incident.origin is not Origin.ALERT or not incident.cause or blamed is None:
        return None
    while leader := await run.ledger.lead(_lead(run), blamed):
        try:
            await run.ledger.merge(*_changes(run, incident, await run.archive.incident(leader)))
        except Conflict:
            continue  # it ended in this moment, so it leads no more; what is still wrong now is ours to mend
        return leader
    return None


def _lead(run: Run) -> ChangeSet:
    now = run.clock.now()
    return ChangeSet(
        incident_id=run.incident_id,
        at=now,
        fence=run.lease().fence,
        update=IncidentUpdate(leads_since=now),
    )


def _changes(run: Run, incident: Incident, leader: Incident) -> tuple[ChangeSet, ChangeSet]:
    now, blamed = run.clock.now(), incident.cause_entity
    left = JournalDraft(
        key=JournalKey(f"merged into {leader.id}"),
        kind=Kind.INCIDENT_MERGED,
        actor="planner",
        text=f"Joins {leader.id} ({leader.title}): both have their root cause in {blamed}.",
        body={"into": leader.id, "cause": incident.cause},
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
        status=Status.CLOSED, outcome=Outcome.MERGED, merged_into=leader.id, closed_at=now, summary=left.text
    )
    return (
        ChangeSet(incident_id=incident.id, at=now, fence=run.lease().fence, entries=(left,), update=update),
        ChangeSet(incident_id=leader.id, at=now, entries=(taken,)),
    )
