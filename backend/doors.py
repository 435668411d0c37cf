"""Two ways to run a transaction: in a thread of our own (SQLite), or on the event loop (a server).

A transaction is a plain function of a connection, run whole: it sees one state, and it is committed or
it never was. The two doors differ in who waits for the database. A driver that awaits each statement
hands the interpreter from thread to thread several times a statement; with a busy runner in the same
process a transaction of ten statements took 500 ms that way, and 17 ms whole in one thread. SQLite
allows one writer anyway, so the one writing thread is also the line in which writers of this process
wait, and nobody has to sleep and try again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend import dialects

T = TypeVar("T")
Work = Callable[[Connection], T]


class Door(Protocol):
    async def write(self, work: Work[T], *, urgent: bool = False) -> T:
        """Run `work` in one writing transaction; committed when this returns. `urgent` goes before what waits."""

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent state, without waiting for any writer."""

    async def close(self) -> None:
        """Finish what was begun and let go of the connections of this event loop."""


class _Line:
    """So many threads, and a line in which those who wait are served in turn, but urgent ones first."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._guard = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._urgent: deque[Callable[[], None]] = deque()

    def join(self, transaction: Callable[[], T], *, urgent: bool) -> Future[T]:
        answer: Future[T] = Future()

        def serve() -> None:
            if answer.set_running_or_notify_cancel():
                _settle(answer, transaction)

        with self._guard:
            (self._urgent if urgent else self._waiting).append(serve)
        try:
            self._threads.submit(self._serve_next)
        except RuntimeError:
            answer.cancel()
            raise
        return answer

    def _serve_next(self) -> None:
        """Whoever is first now; not always the one whose coming called for a thread."""
        with self._guard:
            first = (self._urgent or self._waiting).popleft()
        first()

    def close(self) -> None:
        """Serve all who wait, then let the threads go."""
        self._threads.shutdown()


def _settle(answer: Future[T], transaction: Callable[[], T]) -> None:
    try:
        answer.set_result(transaction())
    except BaseException as failure:  # noqa: BLE001 - bulkhead: handed over to whoever waits for it
        answer.set_exception(failure)


class ThreadDoor:
    """One writing thread and a few reading ones; may be used from any number of event loops."""

    def __init__(self, url: URL, *, readers: int) -> None:
        plain = dialects.synchronous(url)
        self._engines = {True: _engine(plain, 1, writing=True), False: _engine(plain, readers, writing=False)}
        self._lines = {True: _Line(1, "store-write"), False: _Line(readers, "store-read")}

    async def write(self, work: Work[T], *, urgent: bool = False) -> T:
        return await self._run(work, writing=True, urgent=urgent)

    async def read(self, work: Work[T]) -> T:
        return await self._run(work, writing=False, urgent=False)

    async def _run(self, work: Work[T], *, writing: bool, urgent: bool) -> T:
        engine = self._engines[writing]

        def transaction() -> T:
            with engine.begin() as connection:
                return work(connection)

        return await asyncio.wrap_future(self._lines[writing].join(transaction, urgent=urgent))

    async def close(self) -> None:
        for line in self._lines.values():
            await asyncio.to_thread(line.close)
        for engine in self._engines.values():
            engine.dispose()


class AsyncDoor:
    """An engine for each event loop, since an asynchronous connection belongs to the loop that made it."""

    def __init__(self, url: URL, *, readers: int) -> None:
        self._url = url
        self._readers = readers
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, AsyncEngine]] = (
            WeakKeyDictionary()
        )
        self._guard = threading.Lock()

    async def write(self, work: Work[T], *, urgent: bool = False) -> T:
        """A server has no line of its own to be first in: `urgent` changes nothing."""
        return await self._run(work, writing=True)

    async def read(self, work: Work[T]) -> T:
        return await self._run(work, writing=False)

    async def _run(self, work: Work[T], *, writing: bool) -> T:
        engine = self._here()[writing]
        async with engine.begin() as connection:
            return await connection.run_sync(work)

    def _here(self) -> dict[bool, AsyncEngine]:
        loop = asyncio.get_running_loop()
        with self._guard:
            if loop not in self._loops:
                self._loops[loop] = {
                    True: _async_engine(self._url, self._readers, writing=True),
                    False: _async_engine(self._url, self._readers, writing=False),
                }
            return self._loops[loop]

    async def close(self) -> None:
        with self._guard:
            engines = self._loops.pop(asyncio.get_running_loop(), {})
        for engine in engines.values():
            await engine.dispose()


def _engine(url: URL, connections: int, *, writing: bool) -> Engine:
    engine = create_engine(url, **dialects.options(url, connections=connections, writing=writing))
    dialects.prepare(engine, writing=writing)
    return engine


def _async_engine(url: URL, connections: int, *, writing: bool) -> AsyncEngine:
    count = 1 if writing and dialects.is_sqlite(url) else connections
    engine = create_async_engine(url, **dialects.options(url, connections=count, writing=writing))
    dialects.prepare(engine.sync_engine, writing=writing)
    return engine
