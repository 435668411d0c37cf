"""Incidents that wait for people, woken so that their plans are judged under a law that has changed."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.incident import Status
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.ports.archive import Archive, IncidentFilter, Page
from sre_agent.ports.clock import Clock
from sre_agent.ports.work import Jobs

_AT_A_TIME: Final = 200


async def wake_waiting(archive: Archive, jobs: Jobs, clock: Clock) -> int:
    """A job for every incident whose plan waits for an answer; how many there are. Jobs that are queued stay alone."""
    where, number, woken = IncidentFilter(statuses=(Status.AWAITING_APPROVAL,)), 1, 0
    while True:
        page = await archive.incidents(where, Page(number=number, size=_AT_A_TIME))
        for each in page.items:
            job = JobDraft(kind=JobKind.INVESTIGATE, lock=each.id, incident_id=each.id, run_at=clock.now())
            await jobs.defer(job)
        woken, number = woken + len(page.items), number + 1
        if len(page.items) < _AT_A_TIME:
            return woken
