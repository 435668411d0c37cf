"""The doorbell: rung by writers of this process, and by looking for what other processes wrote."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

from backend import crud
from sre_agent.adapters.store import Store
from sre_agent.errors import Retryable

LOOK_EVERY = timedelta(milliseconds=250)
"""How late news of another process may be; one look costs a read of one row."""


class SqlBulletin:
    """Implements `ports.streams.Bulletin`. While anybody waits, one of those who wait looks for all."""

    def __init__(self, store: Store, *, look_every: timedelta = LOOK_EVERY) -> None:
        self._store = store
        self._look_every = look_every.total_seconds()
        self._guard = threading.Lock()
        self._position = 0
        self._sleepers: dict[_Sleeper, None] = {}
        self._looker: _Sleeper | None = None

    def ring(self, position: int) -> None:
        with self._guard:
            self._position = max(self._position, position)
            awake = [sleeper for sleeper in self._sleepers if sleeper.after < self._position]
        for sleeper in awake:
            sleeper.wake()

    async def wait(self, after: int, *, limit: timedelta) -> int:
        me = _Sleeper(after)
        until = me.loop.time() + limit.total_seconds()
        try:
            while (left := until - me.loop.time()) > 0 and self._lie_down(me):
                if self._looker is me:
                    await self._look()
                    left = min(left, self._look_every)
                await me.sleep(left)
        finally:
            self._get_up(me)
        return self._position

    def _lie_down(self, me: _Sleeper) -> bool:
        """False where there is news already."""
        with self._guard:
            if self._position > me.after:
                return False
            self._sleepers[me] = None
            self._looker = self._looker or me
            return True

    def _get_up(self, me: _Sleeper) -> None:
        with self._guard:
            self._sleepers.pop(me, None)
            if self._looker is not me:
                return
            self._looker = None
            heirs = list(self._sleepers)
        # Whoever wakes finds that nobody looks, and does; one whose loop is gone cannot.
        next((heir for heir in heirs if heir.wake()), None)

    async def _look(self) -> None:
        try:
            self.ring(await self._store.read(crud.journal.last_position))
        except Retryable:
            # Only news of other processes comes late; whoever reads the archive next is told what is wrong.
            return


class _Sleeper:
    """One waiting call, to be woken from any thread."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def wake(self) -> bool:
        """False where its event loop was closed while it slept."""
        try:
            self.loop.call_soon_threadsafe(self._rung.set)
        except RuntimeError:
            return False
        return True

    async def sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
