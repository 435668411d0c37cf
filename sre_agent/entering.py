"""Giving an incident its next status, by whoever works on it, and only while nobody else has moved it."""

from __future__ import annotations

from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.plan import StepRecord
from sre_agent.domain.work import JobDraft
from sre_agent.errors import Conflict, IncidentEnded, StoreBusy
from sre_agent.ports.ledger import AnswersSeen, ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run


async def enter(
    run: Run,
    status: Status,
    *entries: JournalDraft,
    record: StepRecord | None = None,
    answers: AnswersSeen | None = None,
    jobs: tuple[JobDraft, ...] = (),
) -> None:
    """Give the incident this status, if nobody has ended it. Raises LeaseLost, IncidentEnded, StoreBusy."""
    incident = await run.archive.incident(run.incident_id)
    if incident.status.is_final:
        raise IncidentEnded(f"incident {run.incident_id} is {incident.status}; nothing more is done")
    change = ChangeSet(
        incident_id=run.incident_id,
        at=run.clock.now(),
        fence=run.lease().fence,
        steps=(record,) if record is not None else (),
        entries=entries,
        update=IncidentUpdate(status=status),
        jobs=jobs,
        expected_status=incident.status,
        expected_answers=answers,
    )
    try:
        await run.ledger.write(change)
    except Conflict as problem:
        raise StoreBusy(f"somebody spoke while this was prepared: {problem}") from problem
