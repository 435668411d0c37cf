"""Jobs in a table, for the small runner that claims them.

Procrastinate can serve the same port on PostgreSQL: `defer` is `configure_task(lock=…, queueing_lock=…)`
with the twin's key as queueing lock and the negated priority (there, the greater goes first), on the
connection of the change set's transaction; a worker's task stands for `claim`, its heartbeat for `renew`,
its normal end for `finish`, a raised retry for `retry`, and `retry_stalled_jobs` for the claims that nobody
renewed. What it must keep besides: a twin that is dropped still brings its sooner time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from backend import crud, models
from backend.database import Connection
from sre_agent.adapters import rows
from sre_agent.adapters.store import Store
from sre_agent.domain.ids import IncidentId, JobId
from sre_agent.domain.storable import plain
from sre_agent.domain.work import Job, JobDraft, JobKind


class SqlJobs:
    """Implements `ports.work.Jobs`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def defer(self, job: JobDraft) -> None:
        await self._store.write(lambda connection: crud.jobs.defer(connection, [rows.job_row(job)]))

    async def claim(self, owner: str, *, hold: timedelta) -> Job | None:
        # Idle runners ask several times a second; only one that will find something enters the line of writers.
        is_due = await self._store.read(
            lambda connection: crud.jobs.is_due(connection, self._store.moment(connection))
        )
        if not is_due:
            return None

        def work(connection: Connection) -> models.Job | None:
            now = self._store.moment(connection)
            return crud.jobs.claim(connection, owner, now=now, until=now + hold)

        row = await self._store.write(work)
        return None if row is None else _job_of(row)

    async def renew(self, job: Job, owner: str, *, hold: timedelta) -> bool:
        def work(connection: Connection) -> bool:
            now = self._store.moment(connection)
            return crud.jobs.renew(connection, _claim(job), owner, now=now, until=now + hold)

        return await self._store.write(work)

    async def finish(self, job: Job, owner: str) -> None:
        """Leaves a job alone that somebody else has claimed since."""
        await self._store.write(lambda connection: crud.jobs.finish(connection, _claim(job), owner))

    async def retry(self, job: Job, owner: str, *, after: timedelta, error: str) -> None:
        """Leaves a job alone that somebody else has claimed since."""

        def work(connection: Connection) -> None:
            run_at = self._store.moment(connection) + after
            crud.jobs.retry(connection, _claim(job), owner, run_at=run_at, error=plain(error))

        await self._store.write(work)

    async def resume(self, gone: Collection[str]) -> int:
        def work(connection: Connection) -> int:
            return crud.jobs.resume(connection, gone, now=self._store.moment(connection))

        return await self._store.write(work)

    async def backlog(self) -> int:
        return await self._store.read(crud.jobs.count)


def _claim(job: Job) -> tuple[int, int]:
    """Id and attempt: an owner who lost a claim and got the same job again has another attempt."""
    return job.id, job.attempts


def _job_of(row: models.Job) -> Job:
    return Job(
        id=JobId(row.id),
        kind=JobKind(row.kind),
        lock=row.lock,
        incident_id=IncidentId(row.incident_id) if row.incident_id else None,
        attempts=row.attempts,
    )
