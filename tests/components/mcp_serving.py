"""Serves a toolset over real HTTP on a loopback port, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.kit.factory import make_app
from mcp_servers.kit.grants import (
    ISSUER,
    META_GRANT,
    META_KEY,
    Claims,
    arguments_digest,
    sign,
)
from mcp_servers.kit.settings import ServerSettings
from mcp_servers.kit.toolset import Toolset

TOKEN = "a-bearer-token-of-at-least-32-characters"


class Signer:
    """Holds the agent's private key of one test."""

    def __init__(self, audience: str) -> None:
        self.private_key = Ed25519PrivateKey.generate()
        self.audience = audience

    def claims(self, tool: str, arguments: dict[str, object], /, **changed: object) -> Claims:
        now = time.time()
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": self.audience,
            "tool": tool,
            "args": arguments_digest(arguments),  # type: ignore[arg-type]
            "inc": "inc_0000000000000001",
            "key": f"step-{secrets.token_hex(8)}",
            "fence": 1,
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "exp": now + 5,
        }
        return Claims.model_validate(claims | changed)

    def meta(self, claims: Claims, *, key: str | None = None) -> dict[str, str]:
        return {META_GRANT: sign(claims, self.private_key), META_KEY: key or claims.key}


class _TellingServer(uvicorn.Server):
    """Says when it is up, and leaves signals to the test runner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class LiveServer:
    """One tool server that can be stopped and started again on its port."""

    def __init__(
        self, toolset: Toolset, store: Path, *, name: str = "demo", tls: ssl.SSLContext | None = None
    ) -> None:
        self._toolset = toolset
        self._store = store
        self.name = name
        self._tls = tls
        self.signer = Signer(f"{name}@default")
        self._listener = _listener(0)
        self.port: int = self._listener.getsockname()[1]
        self._server: _TellingServer | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/mcp"

    async def start(self) -> None:
        listener = self._listener if self._server is None else _listener(self.port)
        config = uvicorn.Config(
            make_app(self._toolset, self._settings()),
            log_config=None,
            timeout_graceful_shutdown=1,
            ssl_context_factory=(lambda _config, _default: self._tls) if self._tls else None,  # type: ignore[return-value,arg-type]
        )
        self._server = _TellingServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.up.wait()

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        self._server.force_exit = True
        await self._task

    def _settings(self) -> ServerSettings:
        return ServerSettings(
            name=self.name,
            host="127.0.0.1",
            port=self.port,
            token=TOKEN,
            allowed_hosts=(f"127.0.0.1:{self.port}",),
            cluster="default",
            keys=lambda _: [self.signer.private_key.public_key()],
            grant_store=self._store,
            log_level="INFO",
        )


def _listener(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
