"""Both clocks tell aware times that only go forward; the understudy's hands move without waiting."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from sre_agent.adapters.clock import SystemClock
from sre_agent.ports.clock import Clock
from sre_agent.testing.clock import HandClock

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("clock", [SystemClock(), HandClock()])
async def test_a_clock_is_aware_and_never_goes_back(clock: Clock) -> None:
    before, since = clock.now(), clock.elapsed()
    await clock.sleep(timedelta(milliseconds=2))
    assert before.utcoffset() == timedelta()
    assert clock.now() >= before + timedelta(milliseconds=1)
    assert clock.elapsed() > since


@pytest.mark.parametrize("clock", [SystemClock(), HandClock()])
async def test_sleeping_for_no_time_or_less_returns_at_once(clock: Clock) -> None:
    await clock.sleep(timedelta())
    await clock.sleep(timedelta(seconds=-5))


async def test_an_hour_by_hand_takes_no_real_time() -> None:
    clock, started = HandClock(), time.monotonic()
    before = clock.now()
    await clock.sleep(HOUR)
    assert clock.now() - before == HOUR
    assert time.monotonic() - started < HOUR.total_seconds() / 10


async def test_sleepers_wake_in_the_order_of_their_times_and_time_is_not_added_up() -> None:
    clock = HandClock()
    woken: list[tuple[int, timedelta]] = []

    async def sleeper(hours: int) -> None:
        await clock.sleep(hours * HOUR)
        woken.append((hours, clock.elapsed()))

    await asyncio.gather(*(sleeper(hours) for hours in (3, 1, 2, 1)))
    assert woken == [(1, HOUR), (1, HOUR), (2, 2 * HOUR), (3, 3 * HOUR)]


async def test_a_clock_that_does_not_run_waits_for_the_test() -> None:
    clock = HandClock(runs=False)
    sleeper = asyncio.create_task(clock.sleep(HOUR))
    for _ in range(20):
        await asyncio.sleep(0)
    assert (sleeper.done(), clock.sleepers) == (False, 1)
    clock.advance(HOUR)
    await sleeper
    assert clock.sleepers == 0


async def test_a_sleeper_that_is_cancelled_does_not_hold_up_the_others() -> None:
    clock = HandClock(runs=False)
    lost = asyncio.create_task(clock.sleep(HOUR))
    await asyncio.sleep(0)
    lost.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lost
    assert clock.sleepers == 0
