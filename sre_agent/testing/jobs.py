"""The queue's understudy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from sre_agent.domain.ids import JobId
from sre_agent.domain.work import Job, JobDraft
from sre_agent.testing.store import MemoryStore, QueuedJob, State, queue


class MemoryJobs:
    """Implements `ports.work.Jobs` for tests and demonstrations."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def defer(self, job: JobDraft) -> None:
        with self._store.transaction() as state:
            queue(state, job)

    async def claim(self, owner: str, *, hold: timedelta) -> Job | None:
        with self._store.transaction() as state:
            due = [job_id for job_id in state.jobs if self._is_due(state, job_id)]
            if not due:
                return None
            job_id = min(due, key=lambda each: (state.jobs[each].priority, state.jobs[each].run_at, each))
            queued = state.jobs[job_id]
            job = queued.job.model_copy(update={"attempts": queued.job.attempts + 1})
            until = self._store.clock.now() + hold
            state.jobs[job_id] = replace(queued, job=job, owner=owner, held_until=until)
            return job

    async def renew(self, job: Job, owner: str, *, hold: timedelta) -> bool:
        with self._store.transaction() as state:
            queued = _ours(state, job, owner)
            if queued is None or not self._is_held(queued):
                return False
            state.jobs[job.id] = replace(queued, held_until=self._store.clock.now() + hold)
            return True

    async def finish(self, job: Job, owner: str) -> None:
        with self._store.transaction() as state:
            if _ours(state, job, owner) is not None:
                del state.jobs[job.id]

    async def retry(self, job: Job, owner: str, *, after: timedelta, error: str) -> None:
        with self._store.transaction() as state:
            queued = _ours(state, job, owner)
            if queued is None:
                return
            run_at, priority = self._store.clock.now() + after, queued.priority
            for twin in [each for each in state.jobs.values() if _is_twin(each, queued)]:
                run_at, priority = min(run_at, twin.run_at), min(priority, twin.priority)
                del state.jobs[twin.job.id]
            state.jobs[job.id] = QueuedJob(queued.job, run_at, priority, error=error)

    async def resume(self, gone: Collection[str]) -> int:
        with self._store.transaction() as state:
            now = self._store.clock.now()
            claimed = [each for each in state.jobs.values() if each.owner in gone and self._is_held(each)]
            put_off = [
                each for each in state.jobs.values() if not each.owner and each.error and each.run_at > now
            ]
            state.jobs |= {each.job.id: replace(each, held_until=now) for each in claimed}
            state.jobs |= {each.job.id: replace(each, run_at=now) for each in put_off}
            return len(claimed) + len(put_off)

    async def backlog(self) -> int:
        return len(self._store.state.jobs)

    def _is_held(self, queued: QueuedJob) -> bool:
        return queued.held_until is not None and queued.held_until > self._store.clock.now()

    def _is_due(self, state: State, job_id: JobId) -> bool:
        queued = state.jobs[job_id]
        lock_is_free = not any(
            self._is_held(other) for other in state.jobs.values() if other.job.lock == queued.job.lock
        )
        return queued.run_at <= self._store.clock.now() and lock_is_free


def _ours(state: State, job: Job, owner: str) -> QueuedJob | None:
    queued = state.jobs.get(job.id)
    return queued if queued and (queued.owner, queued.job.attempts) == (owner, job.attempts) else None


def _is_twin(other: QueuedJob, queued: QueuedJob) -> bool:
    return not other.owner and (other.job.lock, other.job.kind) == (queued.job.lock, queued.job.kind)
