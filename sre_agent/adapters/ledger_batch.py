"""Group commit: deliveries that wait at the same moment are filed in one transaction, each with its own answer."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sre_agent.domain.alert import Alert
from sre_agent.errors import Retryable, StoreBusy
from sre_agent.ports.ledger import Desk, Placement, Receipt

MOST_ALERTS = 500
"""In one transaction; what waits beyond goes into the next."""

Place = Callable[[Desk, Sequence[Alert]], Placement]


@dataclass
class Delivery:
    """One webhook delivery on its way; `answer` may be awaited in any event loop."""

    alerts: tuple[Alert, ...]
    place: Place
    answer: Future[Receipt] = field(default_factory=Future)


@dataclass
class Batch:
    """The deliveries of one transaction, and what is to be answered once it is committed."""

    deliveries: list[Delivery] = field(default_factory=list)
    results: list[Receipt | Exception] = field(default_factory=list)


class GroupCommit:
    """Collects deliveries while a transaction is under way; the next one takes all of them.

    No timer: while nothing is under way a delivery is filed at once, and the busier the database, the
    more deliveries share a transaction. `file` fills the batch by calling `take` as late as it can.
    """

    def __init__(self, file: Callable[[Batch], Awaitable[None]]) -> None:
        self._file = file
        self._waiting: deque[Delivery] = deque()
        self._guard = threading.Lock()
        self._at_work = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, delivery: Delivery) -> Receipt:
        with self._guard:
            self._waiting.append(delivery)
            must_start, self._at_work = not self._at_work, True
        if must_start:
            # A task of its own: a caller who goes away must not take the others' transaction along.
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await asyncio.wrap_future(delivery.answer)

    def take(self) -> list[Delivery]:
        """Those that wait now, as many as go into one transaction; callers who gave up are left out."""
        taken: list[Delivery] = []
        alerts = 0
        with self._guard:
            while self._waiting and (not taken or alerts + len(self._waiting[0].alerts) <= MOST_ALERTS):
                delivery = self._waiting.popleft()
                if delivery.answer.set_running_or_notify_cancel():
                    taken.append(delivery)
                    alerts += len(delivery.alerts)
        return taken

    async def _work(self) -> None:
        while not self._nothing_waits():
            batch = Batch()
            try:
                await self._file(batch)
            except Exception as failure:  # noqa: BLE001 - bulkhead: each caller gets it as its own answer
                await self._after_failure(batch, failure)
            except BaseException:
                # The event loop is going down; whoever comes later, in another one, starts anew.
                with self._guard:
                    self._at_work = False
                stopping = StoreBusy("the platform is stopping; send the alerts again")
                _answer(batch.deliveries + self.take(), stopping)
                raise
            else:
                for delivery, result in zip(batch.deliveries, batch.results, strict=True):
                    _answer([delivery], result)

    def _nothing_waits(self) -> bool:
        with self._guard:
            self._at_work = bool(self._waiting)
            return not self._at_work

    async def _after_failure(self, batch: Batch, failure: Exception) -> None:
        """Nothing of the batch was kept: find the delivery whose fault it is by filing each alone."""
        deliveries = batch.deliveries or self.take()
        if len(deliveries) == 1 or isinstance(failure, Retryable):
            _answer(deliveries, failure)
            return
        for delivery in deliveries:
            alone = Batch([delivery])
            try:
                await self._file(alone)
            except Exception as its_own:  # noqa: BLE001 - bulkhead: one bad delivery must not fail the others
                _answer([delivery], its_own)
            else:
                _answer([delivery], alone.results[0])


def _answer(deliveries: Sequence[Delivery], result: Receipt | BaseException) -> None:
    for delivery in deliveries:
        if isinstance(result, Receipt):
            delivery.answer.set_result(result)
        else:
            delivery.answer.set_exception(result)
