"""A bounded number of workers with a bounded queue before them: where a service saturates."""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections import deque

from infrastructure.lab.shop.kit.errors import Overloaded


class Workers:
    """Admits `count` requests at a time, lets `queue` more wait in turn, refuses the rest."""

    def __init__(self, count: int, queue: int) -> None:
        self.count = count
        self.active = 0
        self._queue = queue
        self._waiting: deque[Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def enter(self) -> None:
        """Take a worker, perhaps after a wait. Raises Overloaded."""
        if self.active < self.count and not self._waiting:
            self.active += 1
            return
        if len(self._waiting) >= self._queue:
            raise Overloaded(f"all {self.count} workers are busy and {self._queue} requests are waiting")
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            self._give_up(turn)
            raise

    def leave(self) -> None:
        """Hand the worker to the next in the queue, or free it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.active -= 1

    def _give_up(self, turn: Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self.leave()
        elif turn in self._waiting:
            self._waiting.remove(turn)
