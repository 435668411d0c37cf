"""One kept session with one tool server: opened in a task of its own, and opened again when it dies.

The SDK's client does not survive the death of its server: its task group is torn down, calls in
flight end in `CancelledError`, and the context raises an `ExceptionGroup`. So each session lives in
its own task; a call runs in another and is raced against it; whatever ends the session becomes
`ToolUnavailable` for the calls that were in flight.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    RequestParamsMeta,
    Tool,
)

from sre_agent.adapters.capped import CappedTransport
from sre_agent.adapters.mcp_failures import REFUSALS, ServerAddress, failure_of
from sre_agent.domain.frozen import JsonObject
from sre_agent.errors import SreAgentError, ToolUnavailable

logger = logging.getLogger(__name__)

OPEN_SECONDS: Final = 5.0
HEARTBEAT_SECONDS: Final = 10.0
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 10.0
TOOL_PAGES: Final = 50
MOST_BYTES: Final = 32_000_000
"""Of one answer: four times what a tool server sends (kit limits), since text may come escaped."""
_CONNECTIONS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=64)


@dataclass
class Session:
    """One opened session. `ended` is done as soon as the session is."""

    client: Client
    tools: tuple[Tool, ...]
    ended: asyncio.Task[None]


class McpLink:
    """Keeps one session open while it is wanted. Belongs to the event loop it is first used in."""

    def __init__(self, address: ServerAddress, *, jitter: Callable[[], float]) -> None:
        self.address = address
        self.error = ""
        self.was_connected = False
        self._jitter = jitter
        self._session: Session | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._attempt: asyncio.Future[Session] | None = None
        self._wanted = asyncio.Event()
        self._closing = asyncio.Event()
        self._refusal = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def connected(self) -> bool:
        return self._session is not None and not self._session.ended.done()

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the server offered when the session was opened; empty while there is none."""
        return self._session.tools if self._session is not None and self.connected else ()

    async def call(self, tool: str, arguments: JsonObject, meta: dict[str, Any] | None) -> CallToolResult:
        """One call, raced against the death of the session. Raises ToolUnavailable or ToolFailed."""
        session = await self.session()
        request = CallToolRequest(
            params=CallToolRequestParams(name=tool, arguments=arguments, _meta=_meta(meta))
        )
        # Straight through the session: `Client.call_tool` would check the answer against its schema
        # once more, which the server has done, at a hundred times the cost of parsing it.
        work = asyncio.create_task(session.client.session.send_request(request, CallToolResult))
        try:
            racers: set[asyncio.Task[Any]] = {work, session.ended}
            await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not work.done():
                work.cancel()
        return self._outcome(work)

    async def session(self) -> Session:
        """The open session, or the next attempt's. Raises ToolUnavailable or ToolFailed where that fails."""
        if self._closing.is_set():
            raise ToolUnavailable(f"{self.address.name}: the toolbox is closed")
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):
            raise RuntimeError("the toolbox belongs to the event loop it was first used in")
        self._loop = loop
        if self._session is not None and self.connected:
            return self._session
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name=f"mcp-{self.address.name}")
        if self._attempt is None or self._attempt.done():
            self._attempt = loop.create_future()
            self._attempt.add_done_callback(_retrieve)
        self._wanted.set()
        return await asyncio.shield(self._attempt)

    async def close(self) -> None:
        """End the session and its keeper; calls in flight end as ToolUnavailable."""
        self._closing.set()
        self._wanted.set()
        if self._keeper is not None:
            await asyncio.wait({self._keeper})

    async def _keep(self) -> None:
        """Open, wait for the end, pause, open again; a call that waits cuts the pause short."""
        failures = 0
        while not self._closing.is_set():
            self._wanted.clear()
            session = await self._opened()
            if session is not None:
                failures, self.error, self.was_connected = 0, "", True
                self._session = session
                self._tell(session)
                await self._watched(session)
                self.error = self.error or "the connection ended"
            failures += 1
            await self._pause(failures)
        self._tell(ToolUnavailable(f"{self.address.name}: the toolbox is closed"))

    async def _watched(self, session: Session) -> None:
        """Until the session ends. Over HTTP nothing tells that an idle server died, so it is asked now and then."""
        while not session.ended.done():
            await asyncio.wait([session.ended], timeout=HEARTBEAT_SECONDS)
            if not session.ended.done():
                beat = asyncio.create_task(session.client.list_tools())
                beat.add_done_callback(_retrieve)
                racers: set[asyncio.Task[Any]] = {beat, session.ended}
                await asyncio.wait(racers, timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                beat.cancel()

    async def _opened(self) -> Session | None:
        """One attempt. The session's own task ends, however it ends, without hurting this one."""
        opened: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        opened.add_done_callback(_retrieve)
        holder = asyncio.create_task(self._hold(opened), name=f"mcp-session-{self.address.name}")
        holder.add_done_callback(_retrieve)
        first: set[asyncio.Future[Any]] = {holder, opened}
        await asyncio.wait(first, timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if opened.done() and not holder.done():
            return opened.result()
        holder.cancel()
        await asyncio.wait({holder})
        failure = failure_of(self.address, _exception(holder), self._refusal)
        self.error = str(failure)
        self._tell(failure)
        return None

    async def _hold(self, opened: asyncio.Future[Session]) -> None:
        """The session's life, all in this one task as the SDK's task groups want it."""
        self._refusal = 0
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a session is held by a task")
        async with self._http() as http:
            transport = streamable_http_client(self.address.url, http_client=http)
            async with Client(transport, cache=None, client_info=_SELF) as client:
                opened.set_result(Session(client, await _listed(client), task))
                await self._closing.wait()

    def _http(self) -> httpx2.AsyncClient:
        """No proxy from the environment: a tool server is a neighbour, and the token is for it alone."""
        return httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {self.address.token}"} if self.address.token else {},
            timeout=httpx2.Timeout(None, connect=2.0),
            event_hooks={"response": [self._note_refusal]},
            trust_env=False,
            follow_redirects=False,
            transport=CappedTransport(
                httpx2.AsyncHTTPTransport(
                    verify=self.address.trust or True, trust_env=False, limits=_CONNECTIONS
                ),
                MOST_BYTES,
            ),
        )

    async def _note_refusal(self, response: httpx2.Response) -> None:
        status = response.status_code
        self._refusal = status if status in REFUSALS else self._refusal if response.is_error else 0

    def _outcome(self, work: asyncio.Task[CallToolResult]) -> CallToolResult:
        if not work.done() or work.cancelled():
            raise ToolUnavailable(f"{self.address.name}: the server went away in the middle of the call")
        problem = work.exception()
        if problem is None:
            return work.result()
        raise failure_of(self.address, problem, self._refusal) from problem

    def _tell(self, outcome: Session | SreAgentError) -> None:
        waiting, self._attempt = self._attempt, None
        if waiting is None or waiting.done():
            return
        if isinstance(outcome, Session):
            waiting.set_result(outcome)
        else:
            waiting.set_exception(outcome)

    async def _pause(self, failures: int) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 8)) * (0.5 + self._jitter())
        if not self._wanted.is_set():
            wanted = asyncio.create_task(self._wanted.wait())
            await asyncio.wait({wanted}, timeout=pause)
            wanted.cancel()


_SELF: Final = Implementation(name="sre-agent", version="0.1.0")


async def _listed(client: Client) -> tuple[Tool, ...]:
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(TOOL_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tuple(tools)


def _meta(meta: dict[str, Any] | None) -> RequestParamsMeta | None:
    return RequestParamsMeta(**meta) if meta else None  # type: ignore[typeddict-item]


def _exception(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _retrieve(done: asyncio.Future[Any]) -> None:
    """Look at the outcome, so that the loop does not report one that nobody waited for."""
    if not done.cancelled():
        done.exception()
