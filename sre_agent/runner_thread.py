"""The runner's own thread and event loop: a long thought of the graph never keeps a webhook waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from sre_agent.domain.plan import Call
from sre_agent.errors import ToolUnavailable
from sre_agent.ports.toolbox import ServerState, ToolAnswer, Toolbox, ToolInfo

log = structlog.get_logger("runner")


class RunnerThread:
    """Runs `main(stop)` in a thread of its own, and lets the API read how its tool servers are."""

    def __init__(self, main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        self._main = main
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: BaseException | None = None
        self.toolbox: Toolbox | None = None
        self.probes: Toolbox | None = None
        """The same toolbox in the hands of whoever tries connections: it reads, and little of that."""

    async def work(self) -> None:
        """Until cancelled; then the thread is told to stop and waited for."""
        stop, finished = asyncio.Event(), asyncio.Event()
        here = asyncio.get_running_loop()
        thread = threading.Thread(
            target=self._thread, args=(stop, here, finished), name="runner", daemon=True
        )
        thread.start()
        try:
            await finished.wait()
        finally:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(stop.set)
            await asyncio.to_thread(thread.join, 10.0)
        if self._failure is not None:
            raise self._failure

    def _thread(self, stop: asyncio.Event, here: asyncio.AbstractEventLoop, finished: asyncio.Event) -> None:
        try:
            asyncio.run(self._in_loop(stop))
        except BaseException as failure:  # noqa: BLE001 - bulkhead: handed over to the thread that waits
            self._failure = failure
        finally:
            here.call_soon_threadsafe(finished.set)

    async def _in_loop(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        await self._main(stop)

    async def tools(self) -> tuple[ToolInfo, ...]:
        """Every tool, asked for in the runner's loop, where the sessions live."""
        if self._loop is None or self.toolbox is None:
            return ()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_tools(self.toolbox), self._loop))

    async def probe(self, call: Call, limit: timedelta) -> ToolAnswer:
        """One read to try a connection, in the runner's loop. Raises as a toolbox does."""
        if self._loop is None or self.probes is None:
            raise ToolUnavailable(f"{call.server}: the runner has not started yet")
        asked = self.probes.call(call, limit=limit)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self._loop))

    def servers(self) -> tuple[ServerState, ...]:
        return self.toolbox.servers() if self.toolbox else ()

    async def health(self) -> str:
        """Empty where the runner works; else what is wrong."""
        if self._failure is not None:
            return f"the runner stopped: {self._failure}"
        return "" if self.toolbox is not None else "the runner has not started yet"


async def _tools(toolbox: Toolbox) -> tuple[ToolInfo, ...]:
    return await toolbox.tools()
