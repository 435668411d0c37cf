"""Who waits for whom at the one writing thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from backend.database import Connection
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.store import Store
from sre_agent.domain.evidence import Specialist
from sre_agent.errors import NotFound
from tests.contracts.store_examples import FIRST, answer


class Line:
    """A store whose writing thread is held up, so that a line forms."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.served: list[str] = []
        self._held, self._go_on = threading.Event(), threading.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def hold_up(self) -> None:
        def hold(_: Connection) -> None:
            self._held.set()
            assert self._go_on.wait(10)

        self._tasks.append(asyncio.create_task(self.store.write(hold)))
        assert await asyncio.to_thread(self._held.wait, 10)

    async def join(self, name: str, *, urgent: bool = False) -> asyncio.Task[None]:
        task = asyncio.create_task(self.store.write(self._serve(name), urgent=urgent))
        self._tasks.append(task)
        await asyncio.sleep(0)
        return task

    def _serve(self, name: str) -> Callable[[Connection], None]:
        return lambda _: self.served.append(name)

    async def let_go(self) -> None:
        self._go_on.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def line(database: Path) -> AsyncIterator[Line]:
    store = Store(f"sqlite+aiosqlite:///{database}")
    held = Line(store)
    await held.hold_up()
    yield held
    await held.let_go()
    await store.close()


async def test_urgent_work_goes_before_what_waits_and_the_rest_keeps_its_order(line: Line) -> None:
    for name in ("first", "second", "third"):
        await line.join(name)
    await line.join("urgent", urgent=True)
    await line.join("urgent too", urgent=True)
    await line.let_go()
    assert line.served == ["urgent", "urgent too", "first", "second", "third"]


async def test_work_that_nobody_waits_for_any_more_is_not_done(line: Line) -> None:
    given_up = await line.join("given up")
    await line.join("wanted")
    given_up.cancel()
    await asyncio.sleep(0)
    await line.let_go()
    assert line.served == ["wanted"]


async def test_closing_serves_all_who_wait(line: Line) -> None:
    await line.join("waiting")
    closing = asyncio.create_task(line.store.close())
    await asyncio.sleep(0)
    await line.let_go()
    await closing
    assert line.served == ["waiting"]


async def test_answers_that_wait_together_are_kept_in_one_transaction(line: Line) -> None:
    """Each commit of an investigation's own keeps the webhook's waiting."""
    ledger, writes = SqlLedger(line.store, SqlBulletin(line.store)), 0

    async def count(work: Callable[[Connection], object], *, urgent: bool = False) -> object:
        nonlocal writes
        writes += 1
        return await Store.write(line.store, work, urgent=urgent)

    line.store.write = count  # type: ignore[method-assign, assignment]
    keepers = [
        asyncio.create_task(ledger.keep(FIRST, f"q{n}", Specialist.LOGS, answer({"n": n}))) for n in range(20)
    ]
    await asyncio.sleep(0)
    await line.let_go()
    for refused in await asyncio.gather(*keepers, return_exceptions=True):
        assert isinstance(refused, NotFound)
    assert writes == 1
