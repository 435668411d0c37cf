"""A container's share of CPU, handed out as the kernel's CFS bandwidth controller does: a quota for each 100 ms period."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from time import monotonic

PERIOD_SECONDS = 0.1
_DUST = 1e-9


class CpuShare:
    """Accounts CPU time; who asks for more than the period's quota waits for the next period."""

    def __init__(
        self,
        limit_millicores: int | None,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.quota_seconds = inf if limit_millicores is None else limit_millicores / 1000 * PERIOD_SECONDS
        self.used_seconds = 0.0
        self._clock = clock
        self._sleep = sleep
        self._started = clock()
        self._period = -1
        self._used_in_period = 0.0
        self._throttled_in_period = False
        self._periods = 0
        self._throttled = 0

    async def spend(self, seconds: float) -> None:
        """Use so much CPU time on one core; returns when it has been had."""
        while seconds > _DUST:
            now = self._clock()
            self._enter(int(now / PERIOD_SECONDS))
            left = self.quota_seconds - self._used_in_period
            if left <= _DUST:
                self._throttle()
                await self._sleep((self._period + 1) * PERIOD_SECONDS - now + 0.0005)
                continue
            taken = min(seconds, left)
            self._used_in_period += taken
            self.used_seconds += taken
            seconds -= taken
            await self._sleep(taken)

    def periods(self) -> tuple[int, int]:
        """(periods in which something ran, periods in which it was throttled)."""
        return self._periods, self._throttled

    def _enter(self, period: int) -> None:
        if period != self._period:
            self._period, self._used_in_period, self._throttled_in_period = period, 0.0, False
            self._periods += 1

    def _throttle(self) -> None:
        if not self._throttled_in_period:
            self._throttled_in_period = True
            self._throttled += 1
