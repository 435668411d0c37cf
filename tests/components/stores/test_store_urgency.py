"""Who waits for whom at the one writing thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from backend.database import Connection
from sre_agent.adapters.store import Store


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
