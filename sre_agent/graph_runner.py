"""Lease, start, resume and watch: takes jobs and runs the graph, one incident at a time each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot

from sre_agent.agent_state import Notebook
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import Incident, Origin, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.work import Job, JobKind, Lease
from sre_agent.errors import Conflict, IncidentEnded, LeaseLost, NotFound, Retryable
from sre_agent.graph_builder import Graph
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run
from sre_agent.ports.work import Jobs

log = structlog.get_logger("runner")

TERM = timedelta(seconds=6)
RENEW = timedelta(seconds=2)
HELD_ELSEWHERE = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=30)
MAX_ATTEMPTS = 6
"""A run that fails this often for a reason of ours is handed to a person."""

RunFor = Callable[[IncidentId, Callable[[], Lease]], Run]


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
        while not work.done():
            await self.run.clock.sleep(RENEW)
            try:
                self.lease = await self.run.leases.renew(self.lease, term=TERM)
            except LeaseLost:
                self.lost = True
                work.cancel()
                return
            await self.jobs.renew(self.job, self.owner, hold=TERM)


@dataclass(frozen=True)
class GraphRunner:
    """Claims jobs and runs each incident's graph under its lease. `owner` is this runner's name."""

    graph: Graph
    jobs: Jobs
    run_for: RunFor
    owner: str

    async def work_on_next(self) -> bool:
        """Claim and do one job; False where there was none."""
        job = await self.jobs.claim(self.owner, hold=TERM)
        if job is None:
            return False
        await self._do(job)
        return True

    async def _do(self, job: Job) -> None:
        if job.kind is not JobKind.INVESTIGATE or job.incident_id is None:
            await self.jobs.finish(job, self.owner)
            return
        try:
            done = await self._under_lease(job, job.incident_id)
        except (Retryable, Conflict) as busy:
            wait = min(timedelta(seconds=2**job.attempts), LONGEST_WAIT)
            await self.jobs.retry(job, self.owner, after=wait, error=str(busy))
        except NotFound as gone:
            log.warning("job.dropped", incident=job.incident_id, reason=str(gone))
            await self.jobs.finish(job, self.owner)
        except Exception as bug:  # noqa: BLE001 - bulkhead: a fault of one incident must not stop the runner
            await self._hand_over(job, job.incident_id, bug)
        else:
            if done:
                await self.jobs.finish(job, self.owner)
            else:
                await self.jobs.retry(
                    job, self.owner, after=HELD_ELSEWHERE, error="another runner holds the lease"
                )

    async def _under_lease(self, job: Job, incident_id: IncidentId) -> bool:
        """Whether the run came to its end or to an interrupt; False where another runner has the incident."""
        held: list[LeaseKeeper] = []
        run = self.run_for(incident_id, lambda: held[0].lease)
        lease = await run.leases.acquire(incident_id, self.owner, term=TERM)
        if lease is None:
            return False
        keeper = LeaseKeeper(run, self.jobs, job, self.owner, lease)
        held.append(keeper)
        work = asyncio.create_task(self._go_on(run), name=f"run {incident_id}")
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

    async def _go_on(self, run: Run) -> None:
        """Start the thread, resume its interrupt, or continue after a crash: whichever its checkpoint says."""
        incident = await run.archive.incident(run.incident_id)
        if incident.status.is_final:
            return
        config: RunnableConfig = {"configurable": {"thread_id": run.incident_id}, "recursion_limit": 500}
        snapshot = await self.graph.aget_state(config)
        begin = _begin(incident, snapshot)
        await _note_start(run, snapshot)
        await self.graph.ainvoke(begin, config, context=run, durability="sync")

    async def _hand_over(self, job: Job, incident_id: IncidentId, bug: Exception) -> None:
        """A fault of ours: try again later, and after some times say so and call a person."""
        log.error("run.failed", incident=incident_id, attempt=job.attempts, exc_info=bug)
        if job.attempts < MAX_ATTEMPTS:
            wait = min(timedelta(seconds=2**job.attempts), LONGEST_WAIT)
            await self.jobs.retry(job, self.owner, after=wait, error=repr(bug))
            return
        run = self.run_for(incident_id, _no_lease)
        now = run.clock.now()
        words = f"The run failed {job.attempts} times for a fault of this software ({type(bug).__name__}); a person takes over."
        entry = JournalDraft(
            key=JournalKey(f"handed over {job.id}"),
            kind=Kind.ESCALATED,
            actor="runner",
            text=words,
            body={},
            at=now,
        )
        update = IncidentUpdate(
            status=Status.ESCALATED, outcome=Outcome.STEP_UNCERTAIN, summary=words, closed_at=now
        )
        await run.ledger.write(ChangeSet(incident_id=incident_id, at=now, entries=(entry,), update=update))
        await self.jobs.finish(job, self.owner)


def _no_lease() -> Lease:
    raise LeaseLost("no lease is held while an incident is handed over")


def _begin(incident: Incident, snapshot: StateSnapshot) -> Notebook | Command[str] | None:
    """What to hand the graph: a fresh notebook, an answer to its interrupt, or nothing (go on).

    Resuming a thread that does not exist would silently start it with an empty state, and resuming a
    finished one does nothing: so the checkpoint is always looked at first.
    """
    if snapshot.interrupts:
        return Command(resume="look again")
    if _is_under_way(snapshot):
        return None
    return {
        "incident_id": incident.id,
        "may_act": incident.origin is Origin.ALERT,
        "turn": snapshot.values.get("turn", 0),
        "attempt": snapshot.values.get("attempt", 0),
        "attempts_before": snapshot.values.get("attempt", 0),
        "wanted": [],
        "ending": {},
        "plan_digest": "",
        "approved": False,
    }


def _is_under_way(snapshot: StateSnapshot) -> bool:
    """Whether the thread has anything left to do.

    Not `next`: that is empty too where the workers of a step have finished and the process died before
    their results were put together.
    """
    return bool(snapshot.tasks)


async def _note_start(run: Run, snapshot: StateSnapshot) -> None:
    lease, now = run.lease(), run.clock.now()
    resumed = _is_under_way(snapshot)
    at = ", ".join(dict.fromkeys(task.name for task in snapshot.tasks)) if resumed else "supervisor"
    entry = JournalDraft(
        key=JournalKey(f"run {lease.fence}"),
        kind=Kind.RUN_RESUMED if resumed else Kind.RUN_STARTED,
        actor="runner",
        text=f"{'goes on' if resumed else 'begins'} at {at}",
        body={"owner": lease.owner, "fence": lease.fence},
        at=now,
    )
    await run.ledger.write(
        ChangeSet(incident_id=run.incident_id, at=now, fence=lease.fence, entries=(entry,))
    )


IDLE = timedelta(milliseconds=100)


async def serve_jobs(runner: GraphRunner, stop: asyncio.Event, *, concurrency: int) -> None:
    """Work until told to stop; incidents in hand are let go of (their leases are given back) within moments."""

    async def worker() -> None:
        while not stop.is_set():
            try:
                found = await runner.work_on_next()
            except Retryable as busy:
                log.warning("queue.busy", reason=str(busy))
                found = False
            if not found:
                await asyncio.sleep(IDLE.total_seconds())

    async with cancelled_on_exit(*(asyncio.create_task(worker()) for _ in range(concurrency))):
        await stop.wait()


@asynccontextmanager
async def cancelled_on_exit(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
