"""Takes jobs off the queue: as soon as there is news, several at a time, and seldom a new one while alerts pour in."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Never, Protocol

import structlog

from sre_agent.errors import Retryable
from sre_agent.ports.clock import Clock
from sre_agent.ports.streams import Bulletin

log = structlog.get_logger("runner")

LOOK_AGAIN = timedelta(seconds=1)
"""How late a job may begin that became due by the passing of time alone; all others are announced."""
GUST = 25
"""So many deliveries within a second are a storm."""
GUST_TIME = timedelta(seconds=1)
STORM_PAUSE = timedelta(seconds=2)
"""In a storm, between the beginnings of two jobs: intake comes first, but no storm stops all investigations."""
BREATH = timedelta(milliseconds=50)


class Runner(Protocol):
    async def work_on_next(self) -> bool:
        """Claim and do one job; False where there was none."""


@dataclass
class Weather:
    """Whether alerts pour in. Deliveries may be noted from any thread."""

    clock: Clock
    _arrivals: deque[timedelta] = field(default_factory=lambda: deque(maxlen=GUST))

    def note_delivery(self) -> None:
        self._arrivals.append(self.clock.elapsed())

    @property
    def is_stormy(self) -> bool:
        arrivals = self._arrivals
        return len(arrivals) == GUST and self.clock.elapsed() - arrivals[0] < GUST_TIME


class Sky(Protocol):
    @property
    def is_stormy(self) -> bool:
        """Whether alerts pour in."""


@dataclass
class ToldWeather:
    """The weather as somebody else sees it: the process that takes the deliveries."""

    is_stormy: bool = False


@dataclass
class Turnstile:
    """Lets workers begin a job: at once in fair weather, one after another with a pause in a storm.

    An investigation costs as much processor time as some hundred deliveries, and shares the cores with them.
    """

    weather: Sky
    clock: Clock
    _line: asyncio.Lock = field(default_factory=asyncio.Lock)
    _last: timedelta | None = None

    async def pass_through(self) -> None:
        async with self._line:
            while self._must_wait():
                await self.clock.sleep(BREATH)
            self._last = self.clock.elapsed()

    def _must_wait(self) -> bool:
        is_early = self._last is not None and self.clock.elapsed() - self._last < STORM_PAUSE
        return is_early and self.weather.is_stormy


@dataclass(frozen=True)
class JobLoop:
    """`concurrency` workers that wait for the bulletin's bell."""

    runner: Runner
    bulletin: Bulletin
    turnstile: Turnstile
    concurrency: int

    async def serve(self, stop: asyncio.Event) -> None:
        """Work until told to stop; jobs in hand are let go of (their leases are given back) within moments.

        Raises what ended a worker: fewer of them must not go on in silence.
        """
        told = asyncio.create_task(stop.wait())
        tasks = {told, *(asyncio.create_task(self._work()) for _ in range(self.concurrency))}
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> Never:
        heard = 0
        while True:
            await self.turnstile.pass_through()
            try:
                found = await self.runner.work_on_next()
            except Retryable as busy:
                log.warning("queue.busy", reason=str(busy))
                found = False
            if not found:
                heard = await self.bulletin.wait(heard, limit=LOOK_AGAIN)
