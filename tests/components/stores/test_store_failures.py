"""A database that is locked, full, read-only, damaged or missing: each told apart, in words that help."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from backend import dialects
from sre_agent.adapters.store import Store
from sre_agent.domain.evidence import Specialist
from sre_agent.domain.frozen import JsonObject
from sre_agent.errors import Retryable, SettingError, StoreBusy, StoreUnavailable
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.testing.clock import HandClock
from tests.contracts.cabinet import on, on_disk
from tests.contracts.store_examples import FIRST, alert, answer, change, incident, into


@contextmanager
def every_connection(pragma: str) -> Iterator[None]:
    """Each new connection is set up so; the last word after our own."""

    def configure(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(Engine, "first_connect", configure)
    event.listen(Engine, "connect", configure)
    try:
        yield
    finally:
        event.remove(Engine, "first_connect", configure)
        event.remove(Engine, "connect", configure)


async def test_a_database_that_stays_locked_is_busy_and_works_again_afterwards(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "BUSY_MILLISECONDS", 50)
    async with on_disk(database) as cabinet:
        writer = sqlite3.connect(database, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="try again"):
            await cabinet.ledger.accept([alert()], into())
        with pytest.raises(StoreBusy):
            await cabinet.leases.acquire(FIRST, "r1", term=HandClock().elapsed())
        writer.execute("ROLLBACK")
        writer.close()
        assert (await cabinet.ledger.accept([alert()], into())).accepted == 1


async def test_a_full_disk_is_named_and_nothing_is_half_stored(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    with every_connection(f"max_page_count={pages + 8}"):
        async with on_disk(database) as cabinet:
            await cabinet.ledger.open(incident(), change("opened"))
            noise: JsonObject = {
                "noise": "".join(sha256(bytes([n % 251, n // 251])).hexdigest() for n in range(6000))
            }
            with pytest.raises(StoreUnavailable, match="disk is full"):
                await cabinet.ledger.keep(FIRST, "big", Specialist.LOGS, answer(noise))
            assert await cabinet.archive.evidence(FIRST) == ()
            assert len(await cabinet.ledger.write(change("small"))) == 1


async def test_a_read_only_database_is_named_and_can_still_be_read(database: Path) -> None:
    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
    with every_connection("query_only=ON"):
        async with on_disk(database) as cabinet:
            with pytest.raises(StoreUnavailable, match="read-only"):
                await cabinet.ledger.write(change("a"))
            assert (await cabinet.archive.incidents(IncidentFilter(), Page())).total == 1


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    file.write_bytes(b"this is a text, and a long one, which is not a database at all" * 100)
    store = Store(f"sqlite+aiosqlite:///{file}")
    with pytest.raises(StoreUnavailable, match=r"agent\.db.*not a database"):
        await store.start()
    with pytest.raises(StoreUnavailable, match="not a SQLite database"):
        await on(store, HandClock()).ledger.write(change("a"))
    await store.close()


async def test_a_damaged_page_is_named(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 40)
    async with on_disk(database) as cabinet:
        with pytest.raises(StoreUnavailable, match=r"damaged|SQLite refused"):
            await cabinet.ledger.write(change("a"))


async def test_tables_that_were_never_made_are_named(tmp_path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    with pytest.raises(StoreUnavailable, match="no such table"):
        await on(store, HandClock()).archive.incidents(IncidentFilter(), Page())
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite+aiosqlite:///:memory:",
        "postgres",
        "mysql://h/d",
        "mongo://x/y",
        "postgresql://h/d",
        "postgresql+nodriver://h/d",
        "",
    ],
)
def test_a_url_that_cannot_be_used_stops_the_start_by_the_settings_name(url: str) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL"):
        Store(url)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/file/agent.db")
    with pytest.raises(StoreUnavailable, match="cannot be made ready"):
        await store.start()
    await store.close()


def test_whatever_the_store_cannot_do_now_may_be_tried_again() -> None:
    assert issubclass(StoreBusy, Retryable)
    assert issubclass(StoreUnavailable, Retryable)
