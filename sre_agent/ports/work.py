"""Jobs and leases: who works on what, and proof that nobody else does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final, Protocol

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.work import Job, JobDraft, Lease

HOLDS: Final = "holds_the_lease"
"""Name, in a graph's configuration, of the look at the lease that keeps its checkpoints: raises LeaseLost."""


class Jobs(Protocol):
    """A durable queue. SQLite: a table and a small asyncio runner; Postgres: Procrastinate, later."""

    async def defer(self, job: JobDraft) -> None:
        """Queue a job; inside an incident's change set use `ChangeSet.jobs` instead."""

    async def claim(self, owner: str, *, hold: timedelta) -> Job | None:
        """Take the next due job whose lock is free, most urgent first; None where there is none.

        A claim that is not renewed within `hold` is void, and the job is due again.
        """

    async def renew(self, job: Job, owner: str, *, hold: timedelta) -> bool:
        """Extend a claim; False where it was lost."""

    async def finish(self, job: Job, owner: str) -> None:
        """Done; nothing to do any more."""

    async def retry(self, job: Job, owner: str, *, after: timedelta, error: str) -> None:
        """Due again later, with the reason kept."""

    async def resume(self, gone: Collection[str]) -> int:
        """Due now: what these owners, who are known to be dead, had claimed, and what waits for another try; how many."""

    async def backlog(self) -> int:
        """Jobs waiting or running."""


class Leases(Protocol):
    """One incident, one runner at a time."""

    async def acquire(self, incident_id: IncidentId, owner: str, *, term: timedelta) -> Lease | None:
        """Take the lease by compare-and-set if it is free or has expired; the fence grows by one. None: held."""

    async def renew(self, lease: Lease, *, term: timedelta) -> Lease:
        """Extend it. Raises LeaseLost."""

    async def release(self, lease: Lease) -> None:
        """Give it back early; the fence stays."""

    async def forfeit(self, gone: Collection[str]) -> int:
        """Free what these owners hold, who are known to be dead; the fences stay. How many there were."""

    async def check(self, lease: Lease) -> None:
        """Raises LeaseLost where the lease expired or has another holder."""
