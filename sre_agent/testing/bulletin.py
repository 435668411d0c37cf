"""The doorbell's understudy: one event loop, one memory."""

from __future__ import annotations

import asyncio
from datetime import timedelta


class MemoryBulletin:
    """Implements `ports.streams.Bulletin`; waiting takes real time, since nothing else would end it."""

    def __init__(self) -> None:
        self._position = 0
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def ring(self, position: int) -> None:
        self._position = max(self._position, position)
        for loop, rung in tuple(self._sleepers):
            loop.call_soon_threadsafe(rung.set)

    async def wait(self, after: int, *, limit: timedelta) -> int:
        rung = asyncio.Event()
        sleeper = (asyncio.get_running_loop(), rung)
        self._sleepers.add(sleeper)
        try:
            async with asyncio.timeout(limit.total_seconds()):
                while self._position <= after:
                    await rung.wait()
                    rung.clear()
        except TimeoutError:
            pass
        finally:
            self._sleepers.discard(sleeper)
        return self._position
