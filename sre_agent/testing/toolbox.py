"""A toolbox that answers from a script, held to the same suite as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import GrantRefused, ToolFailed, ToolNotConfigured, ToolTimeout, ToolUnavailable
from sre_agent.ports.clock import Clock
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from sre_agent.testing.clock import HandClock

Matches = Callable[[JsonObject], bool]


@dataclass(frozen=True)
class After:
    """An answer that takes its time."""

    takes: timedelta
    content: JsonObject


Says = JsonObject | Exception | After | Callable[[JsonObject], JsonObject]


@dataclass(frozen=True)
class Made:
    """One call that was made, with the right it carried."""

    call: Call
    right: Right | None


@dataclass
class _Line:
    says: Says
    when: Matches
    times: int | None


@dataclass
class _Part:
    read_only: bool = True
    destructive: bool = False
    spoken: int = 0
    lines: list[_Line] = field(default_factory=list)


class ScriptedToolbox:
    """Understudy of the `Toolbox` port.

        box.answers("k8s", "get_object", {"object": {…}}, when=lambda a: a["name"] == "cart")
        box.answers("k8s", "scale", ToolUnavailable("…"), times=1)
        box.writes("k8s", "scale")

    The newest line that matches and is not used up speaks. A write without a right is refused; a
    read that is unavailable is tried again while another line has an answer, as the real one does.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.calls: list[Made] = []
        self._clock = clock or HandClock()
        self._parts: dict[tuple[str, str], _Part] = {}
        self._down: dict[str, str] = {}
        self._servers: list[str] = []
        self._unset: list[str] = []

    def answers(
        self,
        server: str,
        tool: str,
        says: Says,
        *,
        when: Matches = lambda arguments: True,
        times: int | None = None,
    ) -> None:
        """Script one line of a tool. `times`: how often it may speak."""
        self._part(server, tool).lines.insert(0, _Line(says, when, times))

    def writes(self, server: str, *tools: str, destructive: bool = False) -> None:
        """Say that these tools write."""
        for tool in tools:
            part = self._part(server, tool)
            part.read_only, part.destructive = False, destructive

    def is_down(self, server: str, why: str = "connection refused") -> None:
        self._down[server] = why

    def is_up(self, server: str) -> None:
        self._down.pop(server, None)

    def is_not_configured(self, server: str) -> None:
        self._unset.append(server)

    def made(self, server: str, tool: str) -> list[Made]:
        """The calls of one tool, in order."""
        return [made for made in self.calls if (made.call.server, made.call.tool) == (server, tool)]

    def spoken(self, server: str, tool: str) -> int:
        """How often a tool's script was reached, tries again included."""
        return self._part(server, tool).spoken

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        started = self._clock.elapsed()
        self._check_server(call.server)
        self.calls.append(Made(call, right))
        part = self._parts.get((call.server, call.tool))
        if part is None:
            raise ToolFailed(f"{call.server}.{call.tool}: there is no tool of this name", code="not_found")
        if not part.read_only and right is None:
            raise GrantRefused(f"{call.server}.{call.tool} writes, and the call carries no grant")
        await asyncio.sleep(0)
        content = await self._said(call, part, limit)
        return ToolAnswer(content=content, taken_at=self._clock.now(), took=self._clock.elapsed() - started)

    async def tools(self) -> tuple[ToolInfo, ...]:
        return tuple(
            ToolInfo(
                server=server,
                name=tool,
                description=f"{tool}, scripted",
                read_only=part.read_only,
                destructive=part.destructive,
                input_schema={"type": "object"},
            )
            for (server, tool), part in self._parts.items()
            if server not in self._down and server not in self._unset
        )

    def servers(self) -> tuple[ServerState, ...]:
        return tuple(self._state(name) for name in dict.fromkeys([*self._servers, *self._unset]))

    async def close(self) -> None:
        """Nothing is held open."""

    def _part(self, server: str, tool: str) -> _Part:
        if server not in self._servers:
            self._servers.append(server)
        return self._parts.setdefault((server, tool), _Part())

    def _state(self, name: str) -> ServerState:
        if name in self._unset:
            error = f"MCP_{name.upper()}_URL is not set"
            return ServerState(name=name, url="", connected=False, configured=False, error=error)
        down = self._down.get(name, "")
        tools = sum(1 for server, _ in self._parts if server == name)
        return ServerState(
            name=name, url=f"scripted://{name}", connected=not down, error=down, tools=0 if down else tools
        )

    def _check_server(self, server: str) -> None:
        if server in self._unset or server not in self._servers:
            raise ToolNotConfigured(
                f"no {server} tool server is set up here; set MCP_{server.upper()}_URL to its address"
            )
        if server in self._down:
            raise ToolUnavailable(f"{server}: cannot be reached ({self._down[server]})")

    async def _said(self, call: Call, part: _Part, limit: timedelta) -> JsonObject:
        while True:
            line = self._line(call, part)
            says = line.says
            if isinstance(says, After):
                return await self._thought(call, says, limit)
            if not isinstance(says, Exception):
                return says(call.arguments) if callable(says) else says
            again = part.read_only and isinstance(says, ToolUnavailable) and line.times == 0
            if not again:
                raise says

    async def _thought(self, call: Call, says: After, limit: timedelta) -> JsonObject:
        await self._clock.sleep(min(says.takes, limit))
        if says.takes > limit:
            raise ToolTimeout(
                f"{call.server}.{call.tool} did not answer within {limit.total_seconds():.1f} s"
            )
        return says.content

    def _line(self, call: Call, part: _Part) -> _Line:
        for line in part.lines:
            if line.times != 0 and line.when(call.arguments):
                part.spoken += 1
                if line.times is not None:
                    line.times -= 1
                return line
        raise ToolFailed(
            f"{call.server}.{call.tool}: the script has no answer for {call.arguments}", code="not_found"
        )
