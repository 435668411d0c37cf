"""The log agent: takes the containers' lines from the nodes and pushes them to Loki in batches."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

import aiohttp

_BATCH_SECONDS = 0.5
_MOST_WAITING = 20_000
LABELS = ("namespace", "pod", "container", "service", "node", "stream")


class LogShipper:
    """Give it lines with `take`; it pushes what has come together every half second."""

    def __init__(self, loki_url: str) -> None:
        self._url = f"{loki_url.rstrip('/')}/loki/api/v1/push"
        self._waiting: list[tuple[Mapping[str, str], int, str]] = []
        self._muted: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
        if self._session:
            await self._session.close()

    def take(self, labels: Mapping[str, str], nanoseconds: int, line: str) -> None:
        """One line; the oldest are lost when Loki does not keep up."""
        if labels.get("service") in self._muted:
            return
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append((labels, nanoseconds, line))

    def mute(self, service: str, muted: bool) -> None:
        """Stop, or go on, shipping a service's lines."""
        (self._muted.add if muted else self._muted.discard)(service)

    @property
    def muted(self) -> frozenset[str]:
        return frozenset(self._muted)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_BATCH_SECONDS)
            batch, self._waiting = self._waiting, []
            if batch and self._session:
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    async with self._session.post(self._url, json=push_body(batch)) as answer:
                        await answer.read()


def push_body(batch: list[tuple[Mapping[str, str], int, str]]) -> dict[str, object]:
    """Loki's push request for these lines, a stream for each set of labels."""
    streams: dict[tuple[tuple[str, str], ...], list[list[str]]] = defaultdict(list)
    for labels, nanoseconds, line in batch:
        key = tuple((name, labels[name]) for name in LABELS if labels.get(name))
        streams[key].append([str(nanoseconds), line])
    return {"streams": [{"stream": dict(key), "values": values} for key, values in streams.items()]}
