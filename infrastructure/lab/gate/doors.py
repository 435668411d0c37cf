"""Passes connections on, byte for byte: TLS, upgrades and watches go through as they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from infrastructure.lab.gate.advertised import Door

_PIECE = 1 << 16
_CONNECT_SECONDS = 5.0
_Passer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Doors:
    """All doors of one lab, open between `open` and `close`."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._servers: list[asyncio.Server] = []
        self._passing: set[asyncio.Task[None]] = set()

    async def open(self, doors: Sequence[Door]) -> None:
        """Raises OSError where a port cannot be had."""
        for door in doors:
            self._servers.append(await asyncio.start_server(self._passer(door), self._host, door.port))

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        self._servers.clear()

    def _passer(self, door: Door) -> _Passer:
        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._passing.add(task)
                task.add_done_callback(self._passing.discard)
            await _between(reader, writer, door.leads_to)

        return pass_on


async def _between(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: tuple[str, int]
) -> None:
    with contextlib.closing(writer):
        try:
            inner_reader, inner_writer = await asyncio.wait_for(
                asyncio.open_connection(*place), _CONNECT_SECONDS
            )
        except OSError:
            return
        with contextlib.closing(inner_writer):
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Until the source ends; then the target is told that nothing more comes."""
    with contextlib.suppress(OSError):
        while piece := await source.read(_PIECE):
            target.write(piece)
            await target.drain()
    with contextlib.suppress(OSError):
        target.write_eof()
