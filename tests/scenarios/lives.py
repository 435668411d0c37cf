"""A process that can die: every input and output of one life runs over its wires, and is cut where the test says."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from sre_agent.domain.plan import Call
from sre_agent.ports.work import HOLDS


class Death(BaseException):
    """The process is gone; nothing after this line ran."""


@dataclass
class Life:
    """One life of the process. `dies_at`: the input or output (counted from 1) that is its last.

    `stops_at`: there the whole process stands still for `stands` (a paused machine), heartbeat and all,
    and then goes on as if nothing had been.
    """

    dies_at: int = 0
    away: timedelta = timedelta()
    """How long nobody starts the process again after its death."""
    stops_at: int = 0
    stands: timedelta = timedelta()
    heartbeat_lags: timedelta = timedelta()
    """After it stood still: how much later than its work its heartbeat goes on."""
    count: int = 0
    is_over: bool = False
    seen: list[str] = field(default_factory=list)
    """What each input or output was: port, method, tool, and whether it is before or after."""
    _going: asyncio.Event | None = None

    async def pulse(self, what: str) -> None:
        if self.is_over:
            raise Death
        self.count += 1
        self.seen.append(what)
        if self.count == self.dies_at:
            self.is_over = True
            raise Death
        if self.count == self.stops_at:
            self._going = asyncio.Event()
            asyncio.get_running_loop().call_later(self.stands.total_seconds(), self._going.set)
        if self._going is not None:
            await self._going.wait()
            if what == "before leases.renew":
                await asyncio.sleep(self.heartbeat_lags.total_seconds())


class Wired:
    """A port whose inputs and outputs count, before and after each."""

    def __init__(self, port: Any, life: Life, name: str) -> None:
        self._port, self._life, self._name = port, life, name

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def wired(*args: Any, **kwargs: Any) -> Any:
            what = f"{self._name}.{name}{_about(args)}"
            await self._life.pulse(f"before {what}")
            answer = await method(*args, **kwargs)
            await self._life.pulse(f"after {what}")
            return answer

        return wired


def _about(args: tuple[Any, ...]) -> str:
    first = args[0] if args else None
    if isinstance(first, Call):
        return f" {first.server}.{first.tool}"
    entries = getattr(first, "entries", ())
    return f" {entries[-1].kind}" if entries else ""


class Shelf:
    """Where checkpoints outlive the process."""

    def __init__(self) -> None:
        self.memory = InMemorySaver()


class WiredCheckpoints(InMemorySaver):
    """LangGraph's checkpoints of one life, on a shelf that outlives it."""

    def __init__(self, shelf: Shelf, life: Life) -> None:
        super().__init__(serde=shelf.memory.serde)
        self._life = life
        self.storage, self.writes, self.blobs = (
            shelf.memory.storage,
            shelf.memory.writes,
            shelf.memory.blobs,
        )

    async def aget_tuple(self, *args: Any, **kwargs: Any) -> Any:
        await self._life.pulse("before checkpoints.get")
        return await super().aget_tuple(*args, **kwargs)

    async def aput(self, *args: Any, **kwargs: Any) -> Any:
        await args[0]["configurable"][HOLDS]()
        await self._life.pulse("before checkpoints.put")
        answer = await super().aput(*args, **kwargs)
        await self._life.pulse("after checkpoints.put")
        return answer

    async def aput_writes(self, *args: Any, **kwargs: Any) -> Any:
        await self._life.pulse("before checkpoints.put_writes")
        answer = await super().aput_writes(*args, **kwargs)
        await self._life.pulse("after checkpoints.put_writes")
        return answer
