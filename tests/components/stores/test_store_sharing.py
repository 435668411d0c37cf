"""Several threads, event loops and processes at one database."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

from sre_agent.adapters.store import Store
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.testing.clock import HandClock
from tests.contracts.cabinet import Cabinet, on, on_disk
from tests.contracts.store_checks import assert_whole, desk_for
from tests.contracts.store_examples import FIRST, SECOND, alert, change, incident, into

WRITER = """
import asyncio, sys
from sre_agent.adapters.store import Store
from sre_agent.testing.clock import HandClock
from tests.contracts.cabinet import on
from tests.contracts.store_examples import FIRST, change

async def main(file, name, count):
    store = Store(f"sqlite+aiosqlite:///{file}", HandClock())
    cabinet = on(store, HandClock())
    for number in range(int(count)):
        await cabinet.ledger.write(change(f"{name}-{number}"))
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""
ROOT = Path(__file__).parents[3]


def another_process(file: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(file), name, str(count)], cwd=ROOT)


class Elsewhere:
    """Runs coroutines on an event loop of another thread."""

    def __enter__(self) -> Elsewhere:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


async def test_two_event_loops_write_one_journal_without_a_gap(database: Path) -> None:
    async def write(cabinet: Cabinet, name: str) -> None:
        for number in range(30):
            await cabinet.ledger.write(change(f"{name}-{number}"))
            await cabinet.ledger.accept([alert(f"{name}-{number}")], into())

    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
        with Elsewhere() as other:
            await asyncio.gather(write(cabinet, "here"), other.run(write(cabinet, "there")))
        entries = await cabinet.archive.journal(FIRST)
        assert len(entries) == 121
        assert_whole(entries)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 60


async def test_three_processes_write_one_journal_without_a_gap(database: Path) -> None:
    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
        others = [another_process(database, f"other{n}", 60) for n in range(2)]
        delivered = 0
        while any(other.poll() is None for other in others):
            await cabinet.ledger.accept([alert(f"f{delivered}")], into())
            delivered += 1
        assert [other.returncode for other in others] == [0, 0]
        entries = await cabinet.archive.journal(FIRST, limit=10_000)
        assert len(entries) == 121 + delivered
        assert_whole(entries)
        everything = await cabinet.archive.journal_of_all(limit=10_000)
        assert [each.position for each in everything] == list(range(1, 122 + delivered))


async def test_a_delivery_sees_what_another_process_changed(database: Path) -> None:
    async with on_disk(database) as cabinet:
        await cabinet.ledger.accept([alert("f1")], into())
        with sqlite3.connect(database) as other:
            other.execute("UPDATE counters SET value = value + 1 WHERE name = 'incidents'")
            other.execute(
                "UPDATE incidents SET status = 'closed', is_open = 0,"
                " revision = (SELECT value FROM counters WHERE name = 'incidents')"
            )
        other.close()
        receipt = await cabinet.ledger.accept([alert("f2")], into(SECOND))
        assert receipt.opened == (SECOND,)


async def test_the_bulletin_rings_in_another_loop_of_this_process_at_once(database: Path) -> None:
    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
        with Elsewhere() as other:
            waiting = asyncio.create_task(other.run(cabinet.bulletin.wait(1, limit=timedelta(seconds=20))))
            await asyncio.sleep(0.05)
            begin = time.monotonic()
            await cabinet.ledger.write(change("a"))
            assert await waiting == 2
            assert time.monotonic() - begin < 5


async def test_whoever_waits_hears_of_another_process(database: Path) -> None:
    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
        waiting = [
            asyncio.create_task(cabinet.bulletin.wait(1, limit=timedelta(seconds=90))) for _ in range(5)
        ]
        await asyncio.sleep(0)
        waiting[0].cancel()
        other = another_process(database, "other", 1)
        assert await asyncio.gather(*waiting[1:]) == [2] * 4
        assert await asyncio.to_thread(other.wait) == 0


async def test_waiting_ends_with_its_limit_and_news_is_told_at_once(database: Path) -> None:
    async with on_disk(database) as cabinet:
        assert await cabinet.bulletin.wait(0, limit=timedelta(milliseconds=20)) == 0
        cabinet.bulletin.ring(7)
        cabinet.bulletin.ring(3)
        assert await cabinet.bulletin.wait(5, limit=timedelta(seconds=20)) == 7
        assert await cabinet.bulletin.wait(7, limit=timedelta()) == 7


async def test_readers_do_not_wait_for_a_writer(database: Path) -> None:
    """A writer of another process holds the database, with uncommitted changes."""
    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
        writer = sqlite3.connect(database, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE incidents SET title = 'half done'")
        begin = time.monotonic()
        page = await cabinet.archive.incidents(IncidentFilter(), Page())
        assert time.monotonic() - begin < 10
        assert page.items[0].title == incident().title
        writer.execute("ROLLBACK")
        writer.close()


async def test_a_killed_writer_leaves_a_whole_journal_and_no_lock(database: Path) -> None:
    async with on_disk(database) as cabinet:
        await cabinet.ledger.open(incident(), change("opened"))
        victim = another_process(database, "victim", 100_000)
        while await cabinet.bulletin.wait(30, limit=timedelta(seconds=20)) <= 30:
            assert victim.poll() is None
        victim.kill()
        await asyncio.to_thread(victim.wait)
        await cabinet.ledger.write(change("after"))
        entries = await cabinet.archive.journal(FIRST, limit=100_000)
        assert entries[-1].key == "after"
        assert_whole(entries)


async def test_a_second_store_on_the_same_file_sees_the_same(database: Path) -> None:
    async with on_disk(database) as one, on_disk(database) as two:
        await one.ledger.accept([alert("f1")], into())
        assert (await two.ledger.accept([alert("f1")], into())).duplicates == 1
        await two.ledger.accept([alert("f2")], into())
        await one.ledger.accept([alert("f3")], into())
        assert (await two.archive.incident(FIRST)).alert_count == 3
        for cabinet in (one, two):
            (page,) = (await desk_for(cabinet, [])).open_incidents
            assert [each.fingerprint for each in page.alerts] == ["f1", "f2", "f3"]


def test_a_loop_that_stops_in_the_middle_leaves_nobody_waiting_in_the_next(database: Path) -> None:
    """At whatever moment it stops."""

    async def begin(cabinet: Cabinet, attempt: int) -> None:
        for number in range(4):
            asyncio.create_task(cabinet.ledger.accept([alert(f"{attempt}-{number}")], into()))  # noqa: RUF006
        for _ in range(attempt % 7):
            await asyncio.sleep(0 if attempt % 2 else 0.0005)

    async def go_on(cabinet: Cabinet, attempt: int) -> int:
        async with asyncio.timeout(20):
            receipts = await asyncio.gather(
                *(cabinet.ledger.accept([alert(f"{attempt}-{n}")], into()) for n in range(5))
            )
        return sum(receipt.accepted + receipt.duplicates for receipt in receipts)

    store = Store(f"sqlite+aiosqlite:///{database}", HandClock())
    cabinet = on(store, HandClock())
    for attempt in range(40):
        asyncio.run(begin(cabinet, attempt))
        assert asyncio.run(go_on(cabinet, attempt)) == 5
    assert asyncio.run(cabinet.archive.incident(FIRST)).alert_count == 200
    asyncio.run(store.close())
