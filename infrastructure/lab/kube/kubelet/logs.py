"""What a container wrote: a bounded ring of stamped lines, which can be read again and followed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from infrastructure.lab.kube.objects.moments import nano_stamp

_LINES = 4000
_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    nanoseconds: int
    text: str

    def shown(self, *, timestamps: bool) -> str:
        return f"{nano_stamp(self.nanoseconds)} {self.text}\n" if timestamps else f"{self.text}\n"


class LogRing:
    """The output of one run of one container."""

    def __init__(self, now: Callable[[], int], *, lines: int = _LINES, size: int = _BYTES) -> None:
        self._now = now
        self._kept: deque[Line] = deque()
        self._limit, self._size_limit = lines, size
        self._size = 0
        self._last = 0
        self._readers: list[asyncio.Queue[Line | None]] = []
        self.closed = False

    def write(self, text: str) -> Line:
        """Stamps never go back, so that lines sort as they were written."""
        self._last = max(self._now(), self._last + 1)
        line = Line(self._last, text)
        self._kept.append(line)
        self._size += len(text)
        while len(self._kept) > self._limit or self._size > self._size_limit:
            self._size -= len(self._kept.popleft().text)
        for reader in self._readers:
            reader.put_nowait(line)
        return line

    def close(self) -> None:
        """The container ended: followers are told."""
        self.closed = True
        for reader in self._readers:
            reader.put_nowait(None)

    def lines(self, *, tail: int | None = None, since: int = 0) -> list[Line]:
        """The last `tail` lines, of those stamped at or after `since` nanoseconds."""
        found = [line for line in self._kept if line.nanoseconds >= since]
        if tail is None:
            return found
        return found[-tail:] if tail else []

    async def follow(self) -> AsyncIterator[Line]:
        """Lines written from now on, until the container ends."""
        if self.closed:
            return
        queue: asyncio.Queue[Line | None] = asyncio.Queue()
        self._readers.append(queue)
        try:
            while (line := await queue.get()) is not None:
                yield line
        finally:
            self._readers.remove(queue)
