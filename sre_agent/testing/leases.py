"""The leases' understudy."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.work import Lease
from sre_agent.errors import LeaseLost
from sre_agent.testing.store import MemoryStore, State


class MemoryLeases:
    """Implements `ports.work.Leases` for tests and demonstrations."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def acquire(self, incident_id: IncidentId, owner: str, *, term: timedelta) -> Lease | None:
        with self._store.transaction() as state:
            now, before = self._store.clock.now(), state.leases.get(incident_id)
            if before is not None and before.expires_at > now:
                return None
            fence = before.fence + 1 if before else 1
            lease = Lease(incident_id=incident_id, owner=owner, fence=fence, expires_at=now + term)
            state.leases[incident_id] = lease
            return lease

    async def renew(self, lease: Lease, *, term: timedelta) -> Lease:
        with self._store.transaction() as state:
            renewed = self._held(state, lease).model_copy(
                update={"expires_at": self._store.clock.now() + term}
            )
            state.leases[lease.incident_id] = renewed
            return renewed

    async def release(self, lease: Lease) -> None:
        with self._store.transaction() as state:
            current = state.leases.get(lease.incident_id)
            now = self._store.clock.now()
            if current is not None and _is_same(current, lease) and current.expires_at > now:
                state.leases[lease.incident_id] = current.model_copy(update={"expires_at": now})

    async def forfeit(self, gone: Collection[str]) -> int:
        with self._store.transaction() as state:
            now = self._store.clock.now()
            theirs = [each for each in state.leases.values() if each.owner in gone and each.expires_at > now]
            for lease in theirs:
                state.leases[lease.incident_id] = lease.model_copy(update={"expires_at": now})
            return len(theirs)

    async def check(self, lease: Lease) -> None:
        self._held(self._store.state, lease)

    def _held(self, state: State, lease: Lease) -> Lease:
        current = state.leases.get(lease.incident_id)
        if current is None or not _is_same(current, lease) or current.expires_at <= self._store.clock.now():
            raise LeaseLost(f"{lease.owner} does not hold incident {lease.incident_id} any more; stop")
        return current


def _is_same(one: Lease, other: Lease) -> bool:
    return (one.owner, one.fence) == (other.owner, other.fence)
