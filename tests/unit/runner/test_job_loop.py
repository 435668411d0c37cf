"""Jobs begin when they are announced, and intake comes first in a storm."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from sre_agent.errors import StoreBusy
from sre_agent.job_loop import GUST, GUST_TIME, STORM_PAUSE, JobLoop, Turnstile, Weather
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock


class Desk:
    """A queue and the runner that works on it."""

    def __init__(self) -> None:
        self.queue: deque[str | Exception] = deque()
        self.done: list[str] = []
        self.begun = asyncio.Event()
        self.looked = asyncio.Event()
        self.finished = asyncio.Event()
        self.never_ends = asyncio.Event()

    async def work_on_next(self) -> bool:
        self.looked.set()
        if not self.queue:
            return False
        job = self.queue.popleft()
        if isinstance(job, Exception):
            raise job
        self.begun.set()
        if job == "endless":
            await self.never_ends.wait()
        self.done.append(job)
        self.finished.set()
        return True


class Shift:
    """A loop at work on a desk, with its bell."""

    def __init__(self, *, concurrency: int = 1) -> None:
        self.desk, self.bell, self.stop = Desk(), MemoryBulletin(), asyncio.Event()
        turnstile = Turnstile(Weather(HandClock()), HandClock())
        self.loop = JobLoop(self.desk, self.bell, turnstile, concurrency)
        self.task = asyncio.create_task(self.loop.serve(self.stop))

    async def end(self) -> None:
        self.stop.set()
        await self.task


def blow(weather: Weather, deliveries: int) -> None:
    for _ in range(deliveries):
        weather.note_delivery()


async def test_an_announced_job_begins_without_waiting_for_the_next_look() -> None:
    shift = Shift()
    await shift.desk.looked.wait()
    shift.desk.queue.append("investigate")
    shift.bell.ring(1)
    async with asyncio.timeout(0.5):
        await shift.desk.begun.wait()
    await shift.end()
    assert shift.desk.done == ["investigate"]


async def test_so_many_jobs_as_there_are_workers_are_under_way_at_once() -> None:
    shift = Shift(concurrency=2)
    shift.desk.queue += ["endless", "quick"]
    shift.bell.ring(1)
    async with asyncio.timeout(2):
        await shift.desk.finished.wait()
    assert shift.desk.done == ["quick"]
    await shift.end()


async def test_jobs_in_hand_are_let_go_of_when_told_to_stop() -> None:
    shift = Shift()
    shift.desk.queue.append("endless")
    await shift.desk.begun.wait()
    async with asyncio.timeout(2):
        await shift.end()
    assert shift.desk.done == []


async def test_a_busy_queue_is_asked_again() -> None:
    shift = Shift()
    shift.desk.queue += [StoreBusy("locked"), "investigate"]
    await shift.desk.looked.wait()
    shift.bell.ring(1)
    async with asyncio.timeout(2):
        await shift.desk.begun.wait()
    await shift.end()


async def test_a_worker_that_breaks_ends_the_loop_instead_of_missing_in_silence() -> None:
    shift = Shift(concurrency=2)
    shift.desk.queue.append(RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        async with asyncio.timeout(2):
            await shift.task


async def test_without_workers_nothing_is_claimed() -> None:
    shift = Shift(concurrency=0)
    shift.desk.queue.append("investigate")
    shift.bell.ring(1)
    await shift.end()
    assert not shift.desk.looked.is_set()


async def test_only_many_deliveries_within_a_second_are_a_storm() -> None:
    clock = HandClock()
    weather = Weather(clock)
    blow(weather, GUST - 1)
    assert not weather.is_stormy
    blow(weather, 1)
    assert weather.is_stormy
    clock.advance(GUST_TIME)
    assert not weather.is_stormy


async def test_in_fair_weather_jobs_begin_at_once() -> None:
    clock = HandClock()
    turnstile = Turnstile(Weather(clock), clock)
    for _ in range(5):
        await turnstile.pass_through()
    assert clock.elapsed() == timedelta()


async def test_a_storm_that_goes_on_lets_a_job_begin_after_each_pause() -> None:
    clock = HandClock()
    weather = Endless(clock)
    turnstile = Turnstile(weather, clock)
    for _ in range(4):
        await turnstile.pass_through()
    assert 3 * STORM_PAUSE <= clock.elapsed() < 4 * STORM_PAUSE


async def test_jobs_that_waited_begin_as_soon_as_the_storm_is_over() -> None:
    clock = HandClock()
    weather = Weather(clock)
    turnstile = Turnstile(weather, clock)
    blow(weather, GUST)
    await turnstile.pass_through()
    await turnstile.pass_through()
    assert GUST_TIME <= clock.elapsed() < STORM_PAUSE


class Endless(Weather):
    @property
    def is_stormy(self) -> bool:
        return True
