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
    abandoned: bool = False
    """Nobody waits for this transaction any more, though it may still run: it must take nothing up."""


class GroupCommit:
    """Collects deliveries while a transaction is under way; the next one takes all of them.

    No timer: while nothing is under way a delivery is filed at once, and the busier the database, the
    more deliveries share a transaction. `file` calls `fill` as late as it can.
    """

    def __init__(self, file: Callable[[Batch], Awaitable[None]]) -> None:
        self._file = file
        self._waiting: deque[Delivery] = deque()
        # Entered again where a worker that died is collected while its thread is inside.
        self._guard = threading.RLock()
        self._worker: asyncio.Task[None] | None = None
        self._batch = Batch()

    async def deliver(self, delivery: Delivery) -> Receipt:
        with self._guard:
            self._waiting.append(delivery)
            if self._worker is None or self._worker.done() or self._worker.get_loop().is_closed():
                # One that died with its event loop must not take up what is now ours.
                self._batch.abandoned = True
                # A task of its own: a caller who goes away must not take the others' transaction along.
                self._worker = asyncio.get_running_loop().create_task(self._work())
        return await asyncio.wrap_future(delivery.answer)

    def fill(self, batch: Batch) -> None:
        """Put in those that wait now, as many as go into one transaction; callers who gave up are left out."""
        with self._guard:
            if not batch.abandoned and not batch.deliveries:
                batch.deliveries = self._take()

    def _take(self) -> list[Delivery]:
        taken: list[Delivery] = []
        alerts = 0
        while self._waiting and (not taken or alerts + len(self._waiting[0].alerts) <= MOST_ALERTS):
            delivery = self._waiting.popleft()
            if delivery.answer.set_running_or_notify_cancel():
                taken.append(delivery)
                alerts += len(delivery.alerts)
        return taken

    async def _work(self) -> None:
        batch: Batch | None = None
        try:
            while batch := self._begin_batch():
                await self._file_batch(batch)
        except BaseException:
            # The event loop is going down; whoever comes later, in another one, starts anew.
            self._abandon(batch)
            raise

    def _begin_batch(self) -> Batch | None:
        """None where nothing waits: then this worker is done, and the next delivery starts another."""
        with self._guard:
            if not self._waiting:
                self._worker = None
                return None
            self._batch = Batch()
            return self._batch

    async def _file_batch(self, batch: Batch) -> None:
        try:
            await self._file(batch)
        except Exception as failure:  # noqa: BLE001 - bulkhead: each caller gets it as its own answer
            await self._after_failure(batch, failure)
        else:
            for delivery, result in zip(batch.deliveries, batch.results, strict=True):
                _answer([delivery], result)

    def _abandon(self, batch: Batch | None) -> None:
        with self._guard:
            if batch is None or batch.abandoned:
                return
            self._worker, batch.abandoned = None, True
            left = [delivery for delivery in batch.deliveries if not delivery.answer.done()]
            while more := self._take():
                left += more
        _answer(left, StoreBusy("the platform is stopping; send the alerts again"))

    async def _after_failure(self, batch: Batch, failure: Exception) -> None:
        """Nothing of the batch was kept: find the delivery whose fault it is by filing each alone."""
        self.fill(batch)
        deliveries = batch.deliveries
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
