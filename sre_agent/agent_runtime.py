"""The front door: the ASGI app, what runs beside it, and how the process begins and ends.

Everything real comes ready-made as a `Platform`; nothing is built here.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from mcp_servers.kit.doors import BoundedHeads
from sre_agent.api.app import build, shielded
from sre_agent.api.dashboard import dashboard
from sre_agent.api.page import page
from sre_agent.api.parts import ApiParts, Platform, Worker
from sre_agent.errors import SettingError

_log = structlog.get_logger(__name__)

_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(seconds=30)
_GRACE_SECONDS: Final = 5
"""How long requests under way may take when the process is told to stop."""


def create_app(platform: Platform) -> ASGIApp:
    """The API, with the platform's beginning and end in its lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with running(platform):
            yield

    return shielded(build(platform.parts, lifespan=lifespan), platform.parts)


def create_page(platform: Platform, api: ASGIApp) -> ASGIApp:
    """For a port of its own: the dashboard with the API beside it, or the plain page where no build of it is."""
    folder = platform.parts.settings.dashboard
    window = dashboard(folder, api, platform.parts) if folder else None
    return window or page(platform.parts)


@contextlib.asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[None]:
    """Started, with every worker at work; workers are stopped before what they stand on is closed."""
    await platform.start()
    tasks = [
        asyncio.create_task(keep_alive(name, worker, platform.parts), name=name)
        for name, worker in platform.workers.items()
    ]
    try:
        yield
    finally:
        platform.parts.stopping.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await platform.close()


async def keep_alive(name: str, worker: Worker, parts: ApiParts) -> None:
    """Run a worker; one that dies is started again after a pause that grows, and is counted."""
    pause = _FIRST_PAUSE
    while True:
        began = parts.clock.elapsed()
        try:
            await worker()
        except Exception:  # noqa: BLE001 - bulkhead: a worker's fault must not take the API down with it
            _log.exception("worker died", worker=name)
        else:
            return
        parts.telemetry.restarts.labels(name).inc()
        if parts.clock.elapsed() - began > _LONGEST_PAUSE:
            pause = _FIRST_PAUSE
        await parts.clock.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


@dataclass(frozen=True)
class Addresses:
    """Where to listen; `page_port` 0 leaves the page out."""

    host: str = "127.0.0.1"
    port: int = 8080
    page_port: int = 3000
    tls: ssl.SSLContext | None = None
    """What both are served with; None: plain HTTP."""
    proxies: str = ""
    """Comma list of the networks of proxies in front of us, who say for whom they speak; empty: nobody is believed."""


async def serve(platform: Platform, at: Addresses) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingError where a port is taken."""
    with contextlib.ExitStack() as open_sockets:
        api_socket = open_sockets.enter_context(_listening(at.host, at.port, "AGENT_PORT"))
        api = create_app(platform)
        servers = [(_server(api, at, lifespan="on"), api_socket)]
        if at.page_port:
            page_socket = open_sockets.enter_context(_listening(at.host, at.page_port, "DASHBOARD_PORT"))
            servers.append((_server(create_page(platform, api), at, lifespan="off"), page_socket))
        with _told_to_stop([server for server, _ in servers], platform.parts):
            await _serve_in_turn(servers)


class _FrontDoor(BoundedHeads):
    most_connections = 600
    """Of one port, well below the 1,024 files that a process may have open by default."""


class _Server(uvicorn.Server):
    """Leaves the signals to us: two servers in one process must hear the same one."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: ASGIApp, at: Addresses, *, lifespan: str) -> _Server:
    tls = at.tls
    return _Server(
        uvicorn.Config(
            app,
            lifespan="on" if lifespan == "on" else "off",
            http=_FrontDoor,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(at.proxies),
            forwarded_allow_ips=at.proxies,
            ws_max_size=65_536,
            ssl_context_factory=(lambda _config, _default: tls) if tls else None,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


async def _serve_in_turn(servers: list[tuple[_Server, socket.socket]]) -> None:
    """The API first: its lifespan starts what the page reads from. When one ends, all do."""
    tasks: list[asyncio.Task[None]] = []
    for server, listener in servers:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        tasks.append(task)
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers a flag, no event
            await asyncio.sleep(0.01)
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for server, _ in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)


@contextlib.contextmanager
def _told_to_stop(servers: list[_Server], parts: ApiParts) -> Iterator[None]:
    """Open streams are let go of at once; a second signal does not wait for requests either."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.force_exit = server.should_exit
            server.should_exit = True
        parts.stopping.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)


@contextlib.contextmanager
def _listening(host: str, port: int, setting: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as wrong:
            found = f"{port} on {host}, which cannot be used ({wrong.strerror})"
            raise SettingError(setting, found, "a free port on an address of this machine") from None
        yield listener
