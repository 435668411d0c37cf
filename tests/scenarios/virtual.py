"""An event loop whose time is nobody's: when everything waits, the hands move to whoever is to wake first.

The clock of the scenarios is this loop's own, so that leases, heartbeats, patience and `asyncio.timeout` all run
by one time, nothing sleeps for real, and the same story is told twice in the same way.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.worlds import NOW

T = TypeVar("T")
NOTHING_COMES = 5.0
"""Real seconds after which a loop that waits for nothing is stuck."""


class _IdleSelector(selectors.DefaultSelector):
    """Where the loop would wait for time to pass, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(NOTHING_COMES if timeout is None else 0)
        if found or timeout == 0:
            return found
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever wake them")
        self.passed += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._hands = _IdleSelector()
        super().__init__(self._hands)
        self.set_default_executor(_AtOnce())

    def time(self) -> float:
        # in whole microseconds, as datetimes count: a timer that is due by one clock is due by the other
        return round(self._hands.passed, 6)


class _AtOnce(ThreadPoolExecutor):
    """What goes to a thread is done here and now: the order of things is always the same."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as problem:  # noqa: BLE001 - bulkhead: a future carries whatever was raised
            done.set_exception(problem)
        return done


class LoopClock:
    """Implements `ports.clock.Clock` with the running loop's time."""

    def __init__(self, start: datetime = NOW) -> None:
        self._start = start

    def now(self) -> datetime:
        return self._start + self.elapsed()

    def elapsed(self) -> timedelta:
        return timedelta(seconds=asyncio.get_running_loop().time())

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(duration.total_seconds(), 0.0))


def live(main: Coroutine[Any, Any, T]) -> T:
    """Run this to its end on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda loop, context: None)
        return runner.run(main)
