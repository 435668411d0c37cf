"""Leases in a table: taken by compare-and-set, judged by one clock, with a fence that only grows.

Whoever writes under a lease names its fence in the change set, and the ledger checks it in the very
transaction that writes (`ledger_bundle.check`); what is checked here is for looking before leaping.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from backend import crud
from backend.database import Connection
from backend.drawers.leases import Held
from sre_agent.adapters.store import Store
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.work import Lease
from sre_agent.errors import LeaseLost


class SqlLeases:
    """Implements `ports.work.Leases`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def acquire(self, incident_id: IncidentId, owner: str, *, term: timedelta) -> Lease | None:
        def work(connection: Connection) -> Lease | None:
            now = self._store.moment(connection)
            fence = crud.leases.acquire(connection, incident_id, owner, now=now, until=now + term)
            if fence is None:
                return None
            return Lease(incident_id=incident_id, owner=owner, fence=fence, expires_at=now + term)

        return await self._store.write(work)

    async def renew(self, lease: Lease, *, term: timedelta) -> Lease:
        def work(connection: Connection) -> datetime | None:
            now = self._store.moment(connection)
            extended = crud.leases.extend(connection, _held(lease), now=now, until=now + term)
            return now + term if extended else None

        until = await self._store.write(work)
        if until is None:
            raise _lost(lease)
        return lease.model_copy(update={"expires_at": until})

    async def release(self, lease: Lease) -> None:
        def work(connection: Connection) -> None:
            now = self._store.moment(connection)
            crud.leases.extend(connection, _held(lease), now=now, until=now)

        await self._store.write(work)

    async def forfeit(self, gone: Collection[str]) -> int:
        def work(connection: Connection) -> int:
            return crud.leases.forfeit(connection, gone, now=self._store.moment(connection))

        return await self._store.write(work)

    async def check(self, lease: Lease) -> None:
        def work(connection: Connection) -> bool:
            row = crud.leases.current(connection, [lease.incident_id]).get(lease.incident_id)
            is_ours = row is not None and (row.owner, row.fence) == (lease.owner, lease.fence)
            return row is not None and is_ours and row.expires_at > self._store.moment(connection)

        if not await self._store.read(work):
            raise _lost(lease)


def _held(lease: Lease) -> Held:
    return Held(lease.incident_id, lease.owner, lease.fence)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(
        f"{lease.owner} held incident {lease.incident_id} with fence {lease.fence}, but the lease has expired "
        "or another runner has it; stop"
    )
