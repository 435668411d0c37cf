"""The one door through which refs move: writes the ref, then tells those who wait for pushes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infrastructure.lab.forge.writing import Writer


@dataclass(frozen=True)
class Push:
    """A branch moved; old is None when it is new, new is None when it was deleted."""

    branch: str
    old: str | None
    new: str | None
    by: str


Listener = Callable[[Push], Awaitable[None]]


class Pushes:
    """Moves branches one at a time."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._listeners: list[Listener] = []
        self.turn = asyncio.Lock()
        """Held by whoever reads a branch in order to move it."""

    def on_push(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def move(self, branch: str, new: str, old: str | None, *, by: str) -> None:
        """Raises GitFailed when the branch is not at `old` any more."""
        await self._writer.move(f"refs/heads/{branch}", new, old)
        await self._tell(Push(branch, old, new, by))

    async def delete(self, branch: str, old: str, *, by: str) -> None:
        await self._writer.delete(f"refs/heads/{branch}")
        await self._tell(Push(branch, old, None, by))

    async def _tell(self, push: Push) -> None:
        for listener in self._listeners:
            await listener(push)
