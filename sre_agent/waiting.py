"""Incidents that wait for people, woken so that their plans are judged under a law that has changed."""

from __future__ import annotations

from sre_agent.domain.incident import Status
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.ports.archive import Archive, IncidentFilter, every_incident
from sre_agent.ports.clock import Clock
from sre_agent.ports.work import Jobs


async def wake_waiting(archive: Archive, jobs: Jobs, clock: Clock) -> int:
    """A job for every incident whose plan waits for an answer; how many there are. Jobs that are queued stay alone."""
    woken = 0
    async for each in every_incident(archive, IncidentFilter(statuses=(Status.AWAITING_APPROVAL,))):
        job = JobDraft(kind=JobKind.INVESTIGATE, lock=each.id, incident_id=each.id, run_at=clock.now())
        await jobs.defer(job)
        woken += 1
    return woken
