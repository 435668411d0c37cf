"""A clock whose hands the test moves; sleeping takes no real time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

A_TUESDAY_MORNING = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)


class HandClock:
    """Time stands still until somebody sleeps or the test calls `advance`.

    With `runs=True` the earliest sleeper moves the hands to its own waking time, so that code which
    waits is through in an instant and several sleepers wake in the right order. With `runs=False`
    sleepers wait for the test's `advance`.
    """

    def __init__(self, start: datetime = A_TUESDAY_MORNING, *, runs: bool = True) -> None:
        self._start = start
        self._passed = timedelta()
        self._runs = runs
        self._sleepers: list[timedelta] = []
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._start + self._passed

    def elapsed(self) -> timedelta:
        return self._passed

    @property
    def sleepers(self) -> int:
        """How many are asleep now."""
        return len(self._sleepers)

    def advance(self, duration: timedelta) -> None:
        """Move the hands forward; whoever should have woken by then wakes."""
        self._passed += duration
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, duration: timedelta) -> None:
        wake = self._passed + max(duration, timedelta())
        self._sleepers.append(wake)
        try:
            await asyncio.sleep(0)
            while self._passed < wake and not (self._runs and min(self._sleepers) == wake):
                await (asyncio.sleep(0) if self._runs else self._moved.wait())
            self._passed = max(self._passed, wake)
        finally:
            self._sleepers.remove(wake)
