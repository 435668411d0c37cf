"""Messages on their way to people outside, in a table."""

from __future__ import annotations

from datetime import timedelta

from backend import crud, models
from backend.database import Connection
from backend.drawers.notices import Wanted
from sre_agent.adapters.store import Store
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.storable import plain
from sre_agent.errors import Retryable
from sre_agent.ports.notify import Fate, Parcel

_KEPT: timedelta = timedelta(days=30)
"""How long it can be looked up what became of a message."""


class SqlOutbox:
    """Implements `ports.notify.Outbox`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked = 0

    async def gather(self, channels: tuple[str, ...], kinds: tuple[str, ...], *, oldest: timedelta) -> int:
        # Most of what is written is no news to anybody: a place in the line of writers is only taken for what is.
        def look(connection: Connection) -> tuple[int, bool]:
            wanted = Wanted(kinds, channels, self._store.moment(connection) - oldest)
            return crud.notices.news_until(connection, wanted, looked=self._looked)

        last, found = await self._store.read(look)
        self._looked = last
        if not found:
            return 0

        def work(connection: Connection) -> int:
            now = self._store.moment(connection)
            crud.notices.forget(connection, before=now - _KEPT)
            return crud.notices.gather(connection, Wanted(kinds, channels, now - oldest), now=now)

        try:
            return await self._store.write(work)
        except Retryable:
            self._looked = 0
            raise

    async def claim(self, *, hold: timedelta) -> Parcel | None:
        def look(connection: Connection) -> bool:
            return crud.notices.is_due(connection, self._store.moment(connection))

        if not await self._store.read(look):
            return None

        def work(connection: Connection) -> models.Notice | None:
            now = self._store.moment(connection)
            return crud.notices.claim(connection, now=now, until=now + hold)

        row = await self._store.write(work)
        return None if row is None else _parcel_of(row)

    async def delivered(self, parcel: Parcel) -> None:
        await self._end(parcel, crud.notices.DELIVERED, "")

    async def give_up(self, parcel: Parcel, *, error: str) -> None:
        await self._end(parcel, crud.notices.GIVEN_UP, error)

    async def _end(self, parcel: Parcel, state: str, error: str) -> None:
        def work(connection: Connection) -> None:
            now = self._store.moment(connection)
            crud.notices.end(connection, _name(parcel), state, now=now, error=plain(error))

        await self._store.write(work)

    async def again(self, parcel: Parcel, *, after: timedelta, error: str) -> None:
        def work(connection: Connection) -> None:
            next_at = self._store.moment(connection) + after
            crud.notices.again(connection, _name(parcel), next_at=next_at, error=plain(error))

        await self._store.write(work)

    async def newest(self, limit: int) -> tuple[Parcel, ...]:
        rows = await self._store.read(lambda connection: crud.notices.newest(connection, limit=limit))
        return tuple(map(_parcel_of, rows))


def _name(parcel: Parcel) -> tuple[int, int]:
    return parcel.id, parcel.attempts


def _parcel_of(row: models.Notice) -> Parcel:
    return Parcel(
        id=row.id,
        channel=row.channel,
        position=row.position,
        incident_id=IncidentId(row.incident_id),
        state=Fate(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        error=row.error,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
