"""The door to the database: short transactions, written as plain functions of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, exc

from backend import dialects
from backend.doors import AsyncDoor, Door, T, ThreadDoor, Work
from backend.errors import named

__all__ = ["Connection", "Database"]

READERS = 4


class Database:
    """One database; usable from several threads and event loops at once.

    `work` functions must be pure but for their connection: they may be run again, and they run outside
    the event loop. SQLite goes through threads of ours, a server through its asynchronous driver
    (`via` decides otherwise). `now` replaces the database's clock, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], datetime] | None = None,
        via: Literal["threads", "loop"] | None = None,
    ) -> None:
        parsed = dialects.parsed(url)
        threaded = via == "threads" if via else dialects.is_sqlite(parsed)
        self._door: Door = (ThreadDoor if threaded else AsyncDoor)(parsed, readers=READERS)
        self._now = now

    async def write(self, work: Work[T], *, urgent: bool = False) -> T:
        """Run `work` in one durable transaction. Raises DatabaseFailed, or what `work` raises: nothing is kept.

        `urgent` work goes before that of other writers of this process who wait.
        """
        with _meaning():
            return await self._door.write(work, urgent=urgent)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent state; never waits for a writer. Raises DatabaseFailed."""
        with _meaning():
            return await self._door.read(work)

    def moment(self, connection: Connection) -> datetime:
        """The time inside this transaction, by the clock that all writers share."""
        return self._now() if self._now else dialects.clock(connection)

    async def close(self) -> None:
        """Finish what was begun; each event loop that used a server's database closes for itself."""
        await self._door.close()


@contextmanager
def _meaning() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as failure:
        raise named(failure) from failure
