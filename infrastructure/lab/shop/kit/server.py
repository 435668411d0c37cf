"""The HTTP side of a service: every request through its workers, measured, with its failures written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from time import monotonic
from typing import Any

from aiohttp import web

from infrastructure.lab.shop.kit.app import App, Route
from infrastructure.lab.shop.kit.errors import HttpError, NotFound, Overloaded
from infrastructure.lab.shop.kit.metrics import page
from infrastructure.lab.shop.kit.output import error_text, stack_text
from infrastructure.lab.shop.kit.pool import DatabaseError
from infrastructure.lab.shop.kit.request import Request

_LOG_EVERY = 8
"""One good request in so many leaves a line; every bad one does."""


class Server:
    """Serves one App. `sources` are the program's texts, for stacks; scrapes wait while `metrics_open` is not set."""

    def __init__(self, app: App, sources: Mapping[str, str], metrics_open: asyncio.Event) -> None:
        self._app = app
        self._sources = sources
        self._served = 0
        self._metrics_open = metrics_open

    async def __call__(self, raw: web.BaseRequest) -> web.StreamResponse:
        if raw.path in ("/healthz", "/readyz"):
            return web.Response(text="ok")
        if raw.path == "/metrics":
            await self._metrics_open.wait()
            return web.Response(text=page(self._app.metrics()), content_type="text/plain")
        return await self._answer(raw)

    async def _answer(self, raw: web.BaseRequest) -> web.Response:
        started = monotonic()
        trace_id = raw.headers.get("X-Trace-Id") or f"{self._app.process.random.getrandbits(64):016x}"
        route, params = self._find(raw.method, raw.path)
        status, body = 200, None
        try:
            if route is None:
                raise NotFound(f"no route {raw.method} {raw.path}")
            request = Request(raw.method, raw.path, raw.query, params, await _read_body(raw), trace_id)
            body = await self._work(route, request)
        except Exception as error:  # noqa: BLE001 - bulkhead: a request that fails must not end the service
            status, body = self._failed(error, raw, trace_id)
        pattern = route.pattern if route else "unmatched"
        seconds = monotonic() - started
        self._app.requests.add(raw.method, pattern, str(status))
        self._app.durations.observe(seconds, pattern, raw.method)
        self._note(raw, status, seconds, trace_id)
        return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")

    def _find(self, method: str, path: str) -> tuple[Route | None, Mapping[str, str]]:
        for route in self._app.routes:
            found = route.match.match(path)
            if found and route.method == method:
                return route, found.groupdict()
        return None, {}

    async def _work(self, route: Route, request: Request) -> Any:
        process, workers = self._app.process, self._app.workers
        await workers.enter()
        process.memory.active_requests += 1
        try:
            await process.cpu.spend(route.cpu_seconds)
            if route.disk_seconds:
                await asyncio.sleep(route.disk_seconds * process.random.uniform(0.85, 1.15))
            return await route.handler(request)
        finally:
            process.memory.active_requests -= 1
            workers.leave()

    def _failed(self, error: Exception, raw: web.BaseRequest, trace_id: str) -> tuple[int, dict[str, str]]:
        status = error.status if isinstance(error, HttpError) else 500
        if isinstance(error, Overloaded):
            self._app.rejected.add()
        if status < 500:
            return status, {"error": str(error)}
        fields: dict[str, Any] = {"trace_id": trace_id, "method": raw.method, "path": raw.path}
        fields |= {"status": status, "error": error_text(error)}
        if not isinstance(error, HttpError | DatabaseError):
            fields["stack"] = stack_text(error, self._sources)
        self._app.output.error("request failed", **fields)
        return status, {"error": str(error) if status != 500 else "internal error"}

    def _note(self, raw: web.BaseRequest, status: int, seconds: float, trace_id: str) -> None:
        self._served += 1
        if status < 500 and self._served % _LOG_EVERY == 1:
            self._app.output.info(
                "request",
                trace_id=trace_id,
                method=raw.method,
                path=raw.path,
                status=status,
                duration_ms=round(seconds * 1000, 1),
            )


async def _read_body(raw: web.BaseRequest) -> Any:
    if not raw.can_read_body:
        return None
    try:
        return await raw.json()
    except ValueError:
        return None
