"""The database with the product's clock and the product's errors: what all store adapters stand on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, TypeVar

from backend import crud
from backend.database import Connection, Database
from backend.errors import DatabaseBusy, DatabaseFailed, RowRefused
from sre_agent.adapters.audit_rows import append, leads_on
from sre_agent.adapters.seal import Seal
from sre_agent.domain.audit import AuditDraft, AuditHead
from sre_agent.errors import Conflict, SettingError, StoreBusy, StoreUnavailable
from sre_agent.ports.clock import Clock

T = TypeVar("T")


class Store:
    """One database, for all adapters; usable from several threads and event loops at once.

    Without a clock, time is the database's own: one clock decides for all processes what has expired.
    `via` is for tests: it chooses how transactions run (`backend.doors`). `seal` signs the audit trail.
    Raises SettingError where the URL cannot be understood.
    """

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        *,
        via: Literal["threads", "loop"] | None = None,
        seal: Seal | None = None,
    ) -> None:
        self._url = url
        self.seal = seal
        # SQLAlchemy has many types of error for one bad URL: a missing driver, a bad port, an odd scheme.
        try:
            self._database = Database(url, now=clock.now if clock else None, via=via)
        except Exception as wrong:
            raise SettingError(
                "DATABASE_URL", f"not usable ({wrong})", "like sqlite+aiosqlite:////file"
            ) from wrong

    async def start(self) -> None:
        """Bring the tables to the newest revision. Raises StoreBusy or StoreUnavailable."""
        # imported here: the runner opens what the API's process has brought up to date, and need not pay for it
        from backend import migrate

        with _our_words():
            await asyncio.to_thread(migrate.upgrade, self._url)

    async def write(self, work: Callable[[Connection], T], *, urgent: bool = False) -> T:
        """Run `work` in one durable transaction, before that of others where it is urgent.

        Raises StoreBusy, StoreUnavailable, Conflict.
        """
        with _our_words():
            return await self._database.write(work, urgent=urgent)

    async def write_audited(self, work: Callable[[Connection], tuple[T, Iterable[AuditDraft]]]) -> T:
        """Run `work`, and append what it tells to the audit trail in the same transaction. Raises as `write` does."""
        known = self.seal.known if self.seal else None

        def audited(connection: Connection) -> tuple[T, AuditHead | None, bool]:
            done, drafts = work(connection)
            head = append(connection, self.seal, drafts)
            return done, head, head is None or leads_on(connection, known)

        done, head, leads = await self.write(audited)
        if self.seal is not None and head is not None:
            await asyncio.to_thread(self.seal.publish if leads else self.seal.refuse, head)
        return done

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state. Raises StoreBusy, StoreUnavailable."""
        with _our_words():
            return await self._database.read(work)

    async def check(self) -> None:
        """One quick look, to say whether it can be used. Raises StoreBusy or StoreUnavailable."""
        await self.read(crud.journal.last_position)

    def moment(self, connection: Connection) -> datetime:
        """The time inside this transaction."""
        return self._database.moment(connection)

    async def close(self) -> None:
        """Finish what was begun and let go of the connections."""
        await self._database.close()


@contextmanager
def _our_words() -> Iterator[None]:
    try:
        yield
    except DatabaseBusy as busy:
        raise StoreBusy(str(busy)) from busy
    except RowRefused as refused:
        raise Conflict(f"this does not fit what is on file: {refused}") from refused
    except DatabaseFailed as failed:
        raise StoreUnavailable(str(failed)) from failed
