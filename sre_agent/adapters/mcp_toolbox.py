"""The Toolbox over MCP: one kept link for each tool server, errors in our own tree, reads tried again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from mcp_types import CallToolResult, TextContent, Tool
from pydantic import JsonValue

from mcp_servers.kit.grants import META_GRANT, META_KEY
from sre_agent.adapters.call_room import CallRoom
from sre_agent.adapters.circuit import Circuit
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_link import McpLink
from sre_agent.adapters.retrying import Retrying, RetryRule
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import (
    GrantRefused,
    GroundMoved,
    SreAgentError,
    ToolFailed,
    ToolNotConfigured,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.ports.clock import Clock
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo

MOST_READS: Final = 12
"""At once in fair weather: more would only wait in the tool servers, which answer one after the other."""


class McpToolbox:
    """Implements the `Toolbox` port. Use it from one event loop, and close it there.

    `most_reads` says how many may be under way just now; writes never wait, since their grants expire. For the
    same reason no circuit stops a write, which goes out once at most: only reads are held up by an open one.
    """

    def __init__(
        self,
        addresses: Sequence[ServerAddress],
        clock: Clock,
        *,
        retry: RetryRule | None = None,
        jitter: Callable[[], float] = random.random,
        most_reads: Callable[[], int] = lambda: MOST_READS,
    ) -> None:
        self._room = CallRoom(most_reads)
        self._addresses = {address.name: address for address in addresses}
        self._links = {address.name: McpLink(address, jitter=jitter) for address in addresses if address.url}
        self._circuits = {name: Circuit(name, clock) for name in self._links}
        self._clock = clock
        self._retrying = Retrying(retry or RetryRule(), clock, jitter)

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        link = self._link(call.server)
        async with nullcontext() if right else self._room:
            started = self._clock.elapsed()
            with nullcontext() if right else self._circuits[call.server]:
                result = await self._in_time(link, call, limit, right)
            took = self._clock.elapsed() - started
        return ToolAnswer(content=_content(call, result), taken_at=self._clock.now(), took=took)

    async def tools(self) -> tuple[ToolInfo, ...]:
        await asyncio.gather(*(link.session() for link in self._links.values()), return_exceptions=True)
        return tuple(_info(name, tool) for name, link in self._links.items() for tool in link.tools)

    def servers(self) -> tuple[ServerState, ...]:
        return tuple(self._state(address) for address in self._addresses.values())

    def left_alone(self) -> frozenset[str]:
        """Servers whose circuit is open."""
        return frozenset(name for name, circuit in self._circuits.items() if not circuit.closed)

    async def close(self) -> None:
        """End every session; calls in flight end as ToolUnavailable."""
        await asyncio.gather(*(link.close() for link in self._links.values()))

    async def __aenter__(self) -> McpToolbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _in_time(
        self, link: McpLink, call: Call, limit: timedelta, right: Right | None
    ) -> CallToolResult:
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await self._tried(link, call, right)
        except TimeoutError as problem:
            raise ToolTimeout(
                f"{call.server}.{call.tool} did not answer within {limit.total_seconds():.1f} s"
            ) from problem

    async def _tried(self, link: McpLink, call: Call, right: Right | None) -> CallToolResult:
        sending = _Sending(link, call, {META_GRANT: right.grant, META_KEY: right.key} if right else None)
        return await self._retrying.tried(
            sending.attempt, may_repeat=sending.may_repeat, was_connected=lambda: link.was_connected
        )

    def _link(self, server: str) -> McpLink:
        link = self._links.get(server)
        if link is None:
            variable = f"MCP_{server.upper()}_URL"
            raise ToolNotConfigured(f"no {server} tool server is set up here; set {variable} to its address")
        return link

    def _state(self, address: ServerAddress) -> ServerState:
        link = self._links.get(address.name)
        if link is None:
            return ServerState(
                name=address.name,
                url="",
                connected=False,
                configured=False,
                error=f"MCP_{address.name.upper()}_URL is not set",
            )
        return ServerState(
            name=address.name,
            url=address.url,
            connected=link.connected,
            error=self._circuits[address.name].words if link.connected else link.error,
            tools=len(link.tools),
        )


@dataclass
class _Sending:
    """One call on its way. A write goes out once at most; a read again while the server may come back."""

    link: McpLink
    call: Call
    meta: dict[str, JsonValue] | None
    is_last: bool = False

    async def attempt(self) -> CallToolResult:
        self.is_last = False
        session = await self.link.session()
        self.is_last = not any(tool.name == self.call.tool and _reads(tool) for tool in session.tools)
        result = await self.link.call(self.call.tool, self.call.arguments, self.meta)
        _raise_if_unavailable(self.call, result)
        return result

    def may_repeat(self, problem: BaseException) -> bool:
        return isinstance(problem, ToolUnavailable) and not self.is_last


_KINDS: Final[dict[str, type[SreAgentError]]] = {
    "grant_refused": GrantRefused,
    "precondition_failed": GroundMoved,
    "not_configured": ToolNotConfigured,
    "timeout": ToolTimeout,
    "unavailable": ToolUnavailable,
}


def _content(call: Call, result: CallToolResult) -> JsonObject:
    """The structured answer. Raises what the tool's error means in our tree."""
    if result.is_error:
        raise _error(call, result)
    if not isinstance(result.structured_content, dict):
        raise ToolFailed(f"{call.server}.{call.tool} answered without structured content")
    return result.structured_content


def _raise_if_unavailable(call: Call, result: CallToolResult) -> None:
    """An answer that says the system behind the server is away counts like the server being away."""
    if result.is_error:
        problem = _error(call, result)
        if isinstance(problem, ToolUnavailable):
            raise problem


def _error(call: Call, result: CallToolResult) -> SreAgentError:
    content = result.structured_content
    body: Any = content.get("error") if isinstance(content, dict) else None
    if not isinstance(body, dict):
        text = " ".join(block.text for block in result.content if isinstance(block, TextContent))
        return ToolFailed(f"{call.server}.{call.tool}: {text or 'failed without saying why'}")
    code = _text(body.get("code")) or "upstream_error"
    message = f"{call.server}.{call.tool}: {_text(body.get('message')).rstrip('.')}"
    try_next = _text(body.get("try_next"))
    kind = _KINDS.get(code)
    if kind is None:
        return ToolFailed(message, code=code, try_next=try_next)
    return kind(f"{message}. {try_next}" if try_next else message)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _reads(tool: Tool) -> bool:
    return tool.annotations is not None and tool.annotations.read_only_hint is True


def _info(server: str, tool: Tool) -> ToolInfo:
    return ToolInfo(
        server=server,
        name=tool.name,
        description=tool.description or "",
        read_only=_reads(tool),
        destructive=tool.annotations is not None and tool.annotations.destructive_hint is True,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema or {},
    )
