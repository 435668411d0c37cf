"""Starts a tool server as a process: reads its settings, binds its port, serves until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import uvicorn
import uvloop

from mcp_servers.kit import logs
from mcp_servers.kit.doors import BoundedHeads
from mcp_servers.kit.factory import PATH, make_app
from mcp_servers.kit.grant_store import StoreUnusable
from mcp_servers.kit.problems import SettingProblem
from mcp_servers.kit.settings import ServerSettings, read_settings
from mcp_servers.kit.toolset import Toolset

WRONG_SETTING: Final = 2
STOP_SECONDS: Final = 10
logger = logging.getLogger(__name__)

Build = Callable[[ServerSettings, Mapping[str, str]], Toolset]


def serve(name: str, build: Build, *, writes: bool) -> int:
    """Run until SIGTERM or SIGINT; the exit code. `build` makes the toolset from this process's environment."""
    try:
        settings = read_settings(os.environ, name=name, writes=writes)
        logs.set_up(name, settings.log_level)
        listener = _bound(settings)
        settings = replace(settings, port=listener.getsockname()[1])
        server = _server(make_app(build(settings, os.environ), settings), settings.tls)
    except (SettingProblem, StoreUnusable) as problem:
        print(f"mcp_servers.{name} cannot start: {problem}", file=sys.stderr)
        return WRONG_SETTING
    logger.info(
        "listening", extra={"fields": {"url": f"{settings.scheme}://{settings.host}:{settings.port}{PATH}"}}
    )
    uvloop.run(_until_told(server, listener))
    return 0


class _QuietServer(uvicorn.Server):
    """Leaves signals to `_until_told`, so that a stop that was asked for ends with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_told(server: uvicorn.Server, listener: socket.socket) -> None:
    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop)
    await server.serve(sockets=[listener])


def _server(app: object, tls: ssl.SSLContext | None) -> uvicorn.Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        http=BoundedHeads,
        proxy_headers=False,
        ssl_context_factory=(lambda _config, _default: tls) if tls else None,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return _QuietServer(config)


def _bound(settings: ServerSettings) -> socket.socket:
    """The listening socket, bound before anything else so that a taken port is said in one sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=512)
    except OSError as problem:
        raise SettingProblem(
            "MCP_PORT",
            f"{settings.port}, where {settings.host} cannot be bound ({problem.strerror})",
            "a free port of an address of this machine",
        ) from problem
    # asyncio sets this on sockets it made itself only; without it each answer waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
