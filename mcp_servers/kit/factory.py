"""Makes a server of a toolset: MCP over streamable HTTP, stateless, behind a bearer token.

The SDK's low-level server is used, not its decorator layer: a grant covers the arguments exactly as
sent, and that layer rewrites arguments and errors on the way.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp.server.auth.settings import AuthSettings
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
    ToolAnnotations,
)
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mcp_servers.kit import toolset as declared
from mcp_servers.kit.bearer import OneToken
from mcp_servers.kit.contract import StepAsk, StepState
from mcp_servers.kit.dispatch import Dispatcher
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.gate import GateRules, WriteGate
from mcp_servers.kit.grant_store import GrantStore
from mcp_servers.kit.redaction import redacted
from mcp_servers.kit.settings import ServerSettings

PATH: Final = "/mcp"
VERSION: Final = "0.1.0"


def make_app(tools: declared.Toolset, settings: ServerSettings) -> Starlette:
    """The ASGI application of one tool server. Raises ValueError where the toolset is not whole."""
    tools.check()
    dispatcher = Dispatcher(tools, _gate(tools, settings), elapsed=time.monotonic)
    listing = [_listed(tool) for tool in tools.tools.values()]

    async def list_tools(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=listing)

    async def call_tool(_: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        return await dispatcher.call(params.name, params.arguments, dict(params.meta or {}))

    @asynccontextmanager
    async def lifespan(_: Server[Any]) -> AsyncIterator[dict[str, Any]]:
        try:
            yield {}
        finally:
            for close in reversed(tools.closers):
                await close()

    server = Server(
        f"sre-agent-{settings.name}",
        version=VERSION,
        instructions=tools.instructions,
        lifespan=lifespan,
        get_tool_input_schema=lambda name: tools.tools[name].input_schema if name in tools.tools else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    return _http(server, settings)


def _http(server: Server[Any], settings: ServerSettings) -> Starlette:
    """These servers are for programs: of the pages of a browser only those of their own address are answered,
    which they do not have, and those too only with the token."""
    return server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=list(settings.allowed_hosts),
            allowed_origins=[f"{settings.scheme}://{host}" for host in settings.allowed_hosts],
        ),
        auth=AuthSettings(issuer_url=AnyHttpUrl(f"http://{settings.name}.invalid"), resource_server_url=None),
        token_verifier=OneToken(settings.token),
        custom_starlette_routes=[Route("/healthz", _healthz, methods=["GET"])],
    )


async def _healthz(_: Request) -> JSONResponse:
    """Liveness alone; it says nothing about the system behind the server."""
    return JSONResponse({"status": "ok"})


def _gate(tools: declared.Toolset, settings: ServerSettings) -> WriteGate:
    state_of = tools.state_of or _no_writes

    async def look(ask: StepAsk) -> StepState:
        seen = await state_of(ask)
        return StepState.model_validate(redacted(seen.model_dump(mode="json")))

    store = GrantStore(settings.grant_store) if settings.grant_store and tools.write_names else None
    if store is not None:
        store.prepare(time.time())
    rules = GateRules(settings.audience, settings.keys, time.time, tools.limits.write_seconds)
    gate = WriteGate(rules, store, look=look)
    if tools.state_of is not None:
        tools.replace_state(gate.state)
    return gate


async def _no_writes(_: StepAsk) -> StepState:
    raise ToolError(Code.NOT_FOUND, "This server writes nothing.")


def _listed(tool: declared.Tool) -> Tool:
    writes = tool.kind is declared.Kind.WRITE
    return Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=ToolAnnotations(
            read_only_hint=not writes,
            destructive_hint=writes and tool.destructive,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
