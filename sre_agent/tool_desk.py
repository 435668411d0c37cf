"""The API's own view of the tool servers: what they offer and how they are; the runner has sessions of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from sre_agent.domain.plan import Call
from sre_agent.errors import ToolUnavailable
from sre_agent.ports.toolbox import ServerState, ToolAnswer, Toolbox, ToolInfo


class ToolDesk:
    """Holds a toolbox open while `work` runs; it calls what a test of a connection may, and has no key for a write.

    `probing`: the same toolbox in the hands of whoever tries connections: it reads, and little of that.
    `looking`: in the hands of the approval: it rehearses what a plan would do, and reads what it stands on.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractAsyncContextManager[Toolbox]],
        *,
        probing: Callable[[Toolbox], Toolbox],
        looking: Callable[[Toolbox], Toolbox],
    ) -> None:
        self._opened = opened
        self._probing = probing
        self._looking = looking
        self.toolbox: Toolbox | None = None

    async def work(self) -> None:
        """Until cancelled."""
        async with self._opened() as toolbox:
            self.toolbox = toolbox
            try:
                await toolbox.tools()
                await asyncio.get_running_loop().create_future()
            finally:
                self.toolbox = None

    async def tools(self) -> tuple[ToolInfo, ...]:
        """Every tool of every server that can be reached."""
        return await self.toolbox.tools() if self.toolbox else ()

    async def probe(self, call: Call, limit: timedelta) -> ToolAnswer:
        """One read to try a connection. Raises as a toolbox does."""
        return await self._probing(self._open(call)).call(call, limit=limit)

    async def look(self, call: Call, limit: timedelta) -> ToolAnswer:
        """One look at what a plan stands on. Raises as a toolbox does."""
        return await self._looking(self._open(call)).call(call, limit=limit)

    def _open(self, call: Call) -> Toolbox:
        if self.toolbox is None:
            raise ToolUnavailable(f"{call.server}: the platform is still starting; try again in a moment")
        return self.toolbox

    def servers(self) -> tuple[ServerState, ...]:
        """How each configured server is doing now."""
        return self.toolbox.servers() if self.toolbox else ()
