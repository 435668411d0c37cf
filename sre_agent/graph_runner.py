"""Lease, start, resume and watch: takes jobs and runs the graph, one incident at a time each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from langchain_core.runnables import RunnableConfig

from sre_agent.act.mitigating import restore_job
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.work import Job, JobKind, Lease
from sre_agent.errors import (
    Conflict,
    IncidentEnded,
    LeaseLost,
    NotFound,
    Permanent,
    Retryable,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.graph_builder import Graph
from sre_agent.graph_faults import (
    MAX_FAILURES,
    failed_note,
    failures_so_far,
    handed_over,
    waiting_note,
)
from sre_agent.graph_start import beginning, say_begun
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run
from sre_agent.ports.work import HOLDS, Jobs
from sre_agent.restorer import restore_due
from sre_agent.ticketer import is_ticket_missing

log = structlog.get_logger("runner")

TERM: Final = timedelta(seconds=6)
RENEW: Final = timedelta(seconds=2)
RENEW_AGAIN: Final = timedelta(milliseconds=500)
HELD_ELSEWHERE: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(seconds=30)


RunFor = Callable[[IncidentId, Callable[[], Lease]], Run]
Trim = Callable[[Sequence[str]], Awaitable[None]]


async def _leave_as_it_is(threads: Sequence[str]) -> None:
    """For checkpoints that cannot be trimmed."""


@dataclass
class LeaseKeeper:
    """Renews a lease and its job while the run goes on; `lease` is always the newest."""

    run: Run
    jobs: Jobs
    job: Job
    owner: str
    lease: Lease
    lost: bool = field(default=False)

    async def keep(self, work: asyncio.Task[None]) -> None:
        pause = RENEW
        while not work.done():
            await self.run.clock.sleep(pause)
            try:
                self.lease = await self.run.leases.renew(self.lease, term=TERM)
                await self.jobs.renew(self.job, self.owner, hold=TERM)
                pause = RENEW
            except LeaseLost:
                self.lost = True
                work.cancel()
                return
            except Retryable as busy:
                # A store that is busy for a moment costs no lease: there is time to ask again before it runs out.
                log.warning("lease.not_renewed", incident=self.run.incident_id, reason=str(busy))
                pause = RENEW_AGAIN


@dataclass(frozen=True)
class GraphRunner:
    """Claims jobs and runs each incident's graph under its lease. `owner` is this runner's name."""

    graph: Graph
    jobs: Jobs
    run_for: RunFor
    owner: str
    trim: Trim = _leave_as_it_is
    """Of an incident that has ended, keeps only the checkpoint where it ended."""

    async def work_on_next(self) -> bool:
        """Claim and do one job; False where there was none."""
        job = await self.jobs.claim(self.owner, hold=TERM)
        if job is None:
            return False
        await self._do(job)
        return True

    async def _do(self, job: Job) -> None:
        if job.kind is JobKind.REFRESH_TOPOLOGY or job.incident_id is None:
            await self.jobs.finish(job, self.owner)
            return
        try:
            done = await self._under_lease(job, job.incident_id)
        except (Retryable, Conflict) as busy:
            await self._wait(job, job.incident_id, busy)
        except Exception as bug:  # noqa: BLE001 - bulkhead: a fault of one incident must not stop the runner
            await self._failed(job, job.incident_id, bug)
        except asyncio.CancelledError:
            await self._let_go(job)
            raise
        else:
            if done:
                await self.jobs.finish(job, self.owner)
            else:
                await self._again(job, HELD_ELSEWHERE, "another runner holds the lease")

    async def _again(self, job: Job, after: timedelta, error: str) -> None:
        await self.jobs.retry(job, self.owner, after=after, error=error)

    async def _let_go(self, job: Job) -> None:
        """Told to stop: the next runner need not wait until our hold on the job runs out."""
        try:
            await self._again(job, timedelta(), "its runner was told to stop")
        except (Retryable, Permanent) as failure:
            log.warning("job.not_given_back", job=job.id, reason=str(failure))

    async def _wait(self, job: Job, incident_id: IncidentId, busy: Exception) -> None:
        """Something is away that may come back: try again, however long it takes, and say what is waited for."""
        wait = _pause(job.attempts)
        log.warning("run.waits", incident=incident_id, reason=str(busy), seconds=wait.total_seconds())
        run = self.run_for(incident_id, _no_lease)
        if isinstance(busy, ToolUnavailable | ToolTimeout):
            await _told(run, waiting_note(busy, run.clock.now()))
        await self._again(job, wait, str(busy))

    async def _failed(self, job: Job, incident_id: IncidentId, bug: Exception) -> None:
        """A fault of ours: try again later, and after some times say so and call a person."""
        log.error("run.failed", incident=incident_id, attempt=job.attempts, exc_info=bug)
        run = self.run_for(incident_id, _no_lease)
        try:
            wait = await _given_up(run, bug)
        except NotFound as gone:
            log.warning("job.dropped", incident=incident_id, reason=str(gone))
            wait = None
        except (Retryable, Conflict) as busy:
            log.warning("run.waits", incident=incident_id, reason=str(busy))
            wait = _pause(job.attempts)
        if wait is None:
            await self.jobs.finish(job, self.owner)
            return
        await _told(run, failed_note(job, bug, wait, run.clock.now()))
        await self._again(job, wait, repr(bug))

    async def _under_lease(self, job: Job, incident_id: IncidentId) -> bool:
        """Whether the run came to its end or to an interrupt; False where another runner has the incident."""
        held: list[LeaseKeeper] = []
        run = self.run_for(incident_id, lambda: held[0].lease)
        lease = await run.leases.acquire(incident_id, self.owner, term=TERM)
        if lease is None:
            return False
        keeper = LeaseKeeper(run, self.jobs, job, self.owner, lease)
        held.append(keeper)
        doing = self._restore(run) if job.kind is JobKind.RESTORE else self._go_on(run)
        work = asyncio.create_task(doing, name=f"{job.kind} {incident_id}")
        heartbeat = asyncio.create_task(keeper.keep(work), name=f"lease {incident_id}")
        try:
            await work
        except asyncio.CancelledError:
            if not keeper.lost:
                work.cancel()
                raise
            log.warning("lease.lost", incident=incident_id)
            return False
        except (LeaseLost, IncidentEnded) as stop:
            log.info("run.stopped", incident=incident_id, reason=str(stop))
            return isinstance(stop, IncidentEnded)
        finally:
            heartbeat.cancel()
            if not keeper.lost:
                await run.leases.release(keeper.lease)
        return True

    async def _restore(self, run: Run) -> None:
        """What was done for a time; whatever stands longer has a job of its own from here."""
        if again := await restore_due(run):
            await self.jobs.defer(restore_job(run.incident_id, again))

    async def _go_on(self, run: Run) -> None:
        """Start the thread, resume its interrupt, or continue after a crash: whichever its checkpoint says."""
        incident = await run.archive.incident(run.incident_id)
        if not incident.status.is_final:
            config = _config(run)
            snapshot = await self.graph.aget_state(config)
            begin = beginning(incident, snapshot)
            await say_begun(run, snapshot, afresh=isinstance(begin, dict))
            await self.graph.ainvoke(begin, config, context=run, durability="sync")
            incident = await run.archive.incident(run.incident_id)
        if incident.status.is_final:
            await self.trim([run.incident_id])
            if await is_ticket_missing(run):
                await self.jobs.defer(restore_job(run.incident_id, run.clock.now()))


def _config(run: Run) -> RunnableConfig:
    """The incident's thread; each of its checkpoints is kept only while the lease is ours."""

    async def holds() -> None:
        await run.leases.check(run.lease())

    return {"configurable": {"thread_id": run.incident_id, HOLDS: holds}, "recursion_limit": 500}


async def _given_up(run: Run, bug: Exception) -> timedelta | None:
    """None where it is handed over, or has ended meanwhile; else how long to wait. Raises NotFound, Retryable, Conflict."""
    failures = await failures_so_far(run) + 1
    incident = await run.archive.incident(run.incident_id)
    if incident.status.is_final:
        return None
    if failures < MAX_FAILURES:
        return _pause(failures)
    await run.ledger.write(await handed_over(run, incident, bug, failures))
    return None


async def _told(run: Run, note: JournalDraft) -> None:
    """Say it in the journal, where the store lets us; what is said is no reason to stop."""
    try:
        await run.ledger.write(ChangeSet(incident_id=run.incident_id, at=note.at, entries=(note,)))
    except (Retryable, Permanent) as failure:
        log.warning("note.lost", incident=run.incident_id, note=note.text, reason=str(failure))


def _no_lease() -> Lease:
    raise LeaseLost("no lease is held while a run is not under way")


def _pause(times: int) -> timedelta:
    """Doubles with every time, up to the longest; never more than a number can hold."""
    return min(timedelta(seconds=2 ** min(times, 10)), LONGEST_WAIT)
