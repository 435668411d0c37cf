"""How many reads may be under way at once: many in fair weather, few while alerts pour in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType


class CallRoom:
    """Used with `async with`; who finds it full waits for its turn. For one event loop.

    `most` is asked whenever somebody comes or goes, and is never under one.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._inside = 0
        self._line: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if not self._line and self._inside < self._most():
            self._inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # Let in and cancelled in the same moment: the place goes to the next in line.
                self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._inside -= 1
        while self._line and self._inside < self._most():
            turn = self._line.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)
