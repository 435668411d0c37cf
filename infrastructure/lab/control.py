"""The lab's own endpoint, on loopback and with a token: for what no API of the shop can do."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from infrastructure.lab.faults.heal import NotHealed
from infrastructure.lab.faults.kubectl import KubeRefused
from infrastructure.lab.faults.model import FaultWrong
from infrastructure.lab.forge.errors import ForgeError

Answer = dict[str, Any]
_OUR_FAILURES = (KubeRefused, ForgeError, NotHealed, TimeoutError, OSError)


class Director(Protocol):
    """Who carries out what is asked for."""

    async def status(self) -> Answer: ...

    async def break_shop(self, name: str, places: Mapping[str, str]) -> Answer: ...

    async def heal(self) -> Answer: ...


class Control:
    """Serves one director; breaks and heals come one after the other."""

    def __init__(self, director: Director, on_stop: Callable[[], None]) -> None:
        self.token = secrets.token_urlsafe(32)
        self._director = director
        self._on_stop = on_stop
        self._turn = asyncio.Lock()
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1") -> None:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/status", self._status)
        app.router.add_post("/break", self._break)
        app.router.add_post("/heal", self._heal)
        app.router.add_post("/stop", self._stop)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, 0).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        if self._runner is None:
            raise RuntimeError("the control endpoint has not been started")
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        said = request.headers.get("Authorization", "")
        if not hmac.compare_digest(said.encode(), f"Bearer {self.token}".encode()):
            return _refusal(401, "say who you are: Authorization: Bearer <control_token of lab.json>")
        return await handler(request)

    async def _status(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(await self._director.status())

    async def _break(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request)
        places = {name: str(asked[name]) for name in ("service", "node") if asked.get(name)}
        return await self._in_turn(lambda: self._director.break_shop(str(asked.get("name", "")), places))

    async def _heal(self, _: web.Request) -> web.StreamResponse:
        return await self._in_turn(self._director.heal)

    async def _stop(self, _: web.Request) -> web.StreamResponse:
        self._on_stop()
        return web.json_response({"stopping": True})

    async def _in_turn(self, act: Callable[[], Awaitable[Answer]]) -> web.StreamResponse:
        async with self._turn:
            try:
                return web.json_response(await act())
            except FaultWrong as error:
                return _refusal(400, str(error))
            except _OUR_FAILURES as error:
                return _refusal(500, f"{type(error).__name__}: {error}")


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        asked = await request.json()
    except json.JSONDecodeError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)
