"""Group commit: what waits to be written at the same moment goes into one transaction, each with its own answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sre_agent.domain.alert import Alert
from sre_agent.errors import Retryable, StoreBusy
from sre_agent.ports.ledger import Desk, Placement, Receipt

MOST_ALERTS = 500
"""In one transaction; what waits beyond goes into the next."""
BREATH_SECONDS = 0.015
"""From the beginning of one transaction to that of the next: most of what one costs is the same for many as for one."""

R = TypeVar("R")
Place = Callable[[Desk, Sequence[Alert]], Placement]


@dataclass(kw_only=True)
class Letter(Generic[R]):
    """Something on its way into the database; `answer` may be awaited in any event loop."""

    answer: Future[R] = field(default_factory=Future)

    @property
    def weight(self) -> int:
        """What it takes of the room in one transaction."""
        return 1


@dataclass
class Delivery(Letter[Receipt]):
    """One webhook delivery; it weighs as much as it has alerts."""

    alerts: tuple[Alert, ...]
    place: Place

    @property
    def weight(self) -> int:
        return len(self.alerts)


L = TypeVar("L", bound=Letter[Any])


@dataclass
class Batch(Generic[L, R]):
    """The letters of one transaction, and what is to be answered once it is committed."""

    letters: list[L] = field(default_factory=list)
    results: list[R | Exception] = field(default_factory=list)
    abandoned: bool = False
    """Nobody waits for this transaction any more, though it may still run: it must take nothing up."""


class GroupCommit(Generic[L, R]):
    """Collects letters while a transaction is under way; the next one takes all of them, up to `most` by weight.

    While nothing is under way a letter is filed at once; where one follows the other, a transaction begins a
    breath after the one before, so that several share it and other processes get their turn. `file` calls `fill` as
    late as it can.
    """

    def __init__(
        self,
        file: Callable[[Batch[L, R]], Awaitable[None]],
        *,
        most: int,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._file = file
        self._most = most
        self._now, self._pause = now, pause
        self._next = now()
        self._waiting: deque[L] = deque()
        # Entered again where a worker that died is collected while its thread is inside.
        self._guard = threading.RLock()
        self._worker: asyncio.Task[None] | None = None
        self._batch: Batch[L, R] = Batch()

    async def send(self, letter: L) -> R:
        with self._guard:
            self._waiting.append(letter)
            if self._worker is None or self._worker.done() or self._worker.get_loop().is_closed():
                # One that died with its event loop must not take up what is now ours.
                self._batch.abandoned = True
                # A task of its own: a caller who goes away must not take the others' transaction along.
                self._worker = asyncio.get_running_loop().create_task(self._work())
        answer: R = await asyncio.wrap_future(letter.answer)
        return answer

    def fill(self, batch: Batch[L, R]) -> None:
        """Put in those that wait now, as many as go into one transaction; callers who gave up are left out."""
        with self._guard:
            if not batch.abandoned and not batch.letters:
                batch.letters = self._take()

    def _take(self) -> list[L]:
        taken: list[L] = []
        weight = 0
        while self._waiting and (not taken or weight + self._waiting[0].weight <= self._most):
            letter = self._waiting.popleft()
            if letter.answer.set_running_or_notify_cancel():
                taken.append(letter)
                weight += letter.weight
        return taken

    async def _work(self) -> None:
        batch: Batch[L, R] | None = None
        try:
            while batch := self._begin_batch():
                await self._breathe()
                await self._file_batch(batch)
        except BaseException:
            # The event loop is going down; whoever comes later, in another one, starts anew.
            self._abandon(batch)
            raise

    async def _breathe(self) -> None:
        early = self._next - self._now()
        if early > 0:
            await self._pause(early)
        self._next = self._now() + BREATH_SECONDS

    def _begin_batch(self) -> Batch[L, R] | None:
        """None where nothing waits: then this worker is done, and the next letter starts another."""
        with self._guard:
            if not self._waiting:
                self._worker = None
                return None
            self._batch = Batch()
            return self._batch

    async def _file_batch(self, batch: Batch[L, R]) -> None:
        try:
            await self._file(batch)
        except Exception as failure:  # noqa: BLE001 - bulkhead: each caller gets it as its own answer
            await self._after_failure(batch, failure)
        else:
            for letter, result in zip(batch.letters, batch.results, strict=True):
                _answer([letter], result)

    def _abandon(self, batch: Batch[L, R] | None) -> None:
        with self._guard:
            if batch is None or batch.abandoned:
                return
            self._worker, batch.abandoned = None, True
            left = [letter for letter in batch.letters if not letter.answer.done()]
            while more := self._take():
                left += more
        _answer(left, StoreBusy("the platform is stopping; send it again"))

    async def _after_failure(self, batch: Batch[L, R], failure: Exception) -> None:
        """Nothing of the batch was kept: find the letter whose fault it is by filing each alone."""
        self.fill(batch)
        letters = batch.letters
        if len(letters) == 1 or isinstance(failure, Retryable):
            _answer(letters, failure)
            return
        for letter in letters:
            alone: Batch[L, R] = Batch([letter])
            try:
                await self._file(alone)
            except Exception as its_own:  # noqa: BLE001 - bulkhead: one bad letter must not fail the others
                _answer([letter], its_own)
            else:
                _answer([letter], alone.results[0])


def _answer(letters: Sequence[Letter[R]], result: R | BaseException) -> None:
    for letter in letters:
        if isinstance(result, BaseException):
            letter.answer.set_exception(result)
        else:
            letter.answer.set_result(result)
