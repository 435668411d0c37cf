"""The outermost skin of an ASGI app: limits on what comes in, headers on what goes out, and one place for breakdowns."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_agent.api.problems import Refusal, of_breakdown, of_refusal
from sre_agent.ports.clock import Clock
from sre_agent.telemetry import Telemetry, seconds

_log = structlog.get_logger(__name__)

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every answer that does not set its own. There is no CORS: no other site may read anything here."""
OVER_TLS: Final[Mapping[str, str]] = {"strict-transport-security": "max-age=31536000"}
"""And where the connection is TLS, as RFC 6797 wants it: not over plain HTTP, and nothing about hosts below ours."""

_ONCE: Final = (
    "authorization",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "last-event-id",
    "origin",
    "sec-fetch-site",
    "x-csrf-token",
)
"""Whatever we decide by. Sent twice, a proxy in front of us could have read the other one (RFC 9110, 5.3)."""
_LINGER_SECONDS: Final = 2
_LINGER_BODIES: Final = 16
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class Shield:
    """`media_type`: what a body must be; everything else is refused before a byte of it is read."""

    def __init__(
        self, app: ASGIApp, *, limit: int, media_type: str, clock: Clock, telemetry: Telemetry | None = None
    ) -> None:
        self._app = app
        self._limit = limit
        self._media_type = media_type
        self._clock = clock
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {**HEADERS, **OVER_TLS} if scope.get("scheme") == "https" else HEADERS
        exchange = _Exchange(receive, send, self._limit, headers)
        began = self._clock.elapsed()
        if self._telemetry:
            self._telemetry.http_active.inc()
        try:
            await self._answer(scope, exchange)
        finally:
            if self._telemetry:
                self._telemetry.http_active.dec()
                self._count(self._telemetry, scope, exchange, self._clock.elapsed() - began)

    async def _answer(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            _check_announced(scope, self._limit, self._media_type)
            await self._app(scope, exchange.receive, exchange.send)
        except Refusal as refusal:
            if exchange.status:
                raise
            response = of_refusal(refusal, scope["path"])
            await response(scope, exchange.receive, exchange.lingering if _unread(refusal) else exchange.send)
        except Exception:
            # Bulkhead: one broken request must not take a connection, or a word of the inside, with it.
            _log.exception("request broke down", method=scope["method"], path=scope["path"])
            if exchange.status and not exchange.over:
                raise
            if not exchange.status:
                await of_breakdown(scope["path"])(scope, exchange.receive, exchange.send)

    def _count(self, telemetry: Telemetry, scope: Scope, exchange: _Exchange, took: timedelta) -> None:
        operation = getattr(scope.get("route"), "operation_id", None) or "none"
        telemetry.http_requests.labels(operation, scope["method"], exchange.status or 499).inc()
        if not exchange.streams:
            telemetry.http_duration.labels(operation).observe(seconds(took))


class _Exchange:
    """One request and its answer, as they pass through."""

    def __init__(self, receive: Receive, send: Send, limit: int, headers: Mapping[str, str]) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._headers = headers
        self._taken = 0
        self.status = 0
        self.over = False
        self.streams = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self._taken > self._limit:
                raise _too_large(self._limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            self.status = message["status"]
            self.streams = headers.get("content-type", "").startswith("text/event-stream")
        await self._send(message)
        self.over = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def lingering(self, message: Message) -> None:
        """Send the whole answer at once, then let some of the unwanted body fall before the connection closes.

        A client that is still sending when the connection goes away never gets to read why.
        """
        if message["type"] == "http.response.body":
            await self.send({**message, "more_body": True})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_SECONDS):
                    await self._let_fall(_LINGER_BODIES * self._limit)
            message = {"type": "http.response.body"}
        await self.send(message)

    async def _let_fall(self, most: int) -> None:
        fallen = 0
        while fallen < most:
            message = await self._receive()
            fallen += len(message.get("body", b""))
            if not message.get("more_body"):
                return


def _unread(refusal: Refusal) -> bool:
    return refusal.kind == "too-large"


def _too_large(limit: int) -> Refusal:
    # What was not read stands in the way of the next request on this connection.
    return Refusal("too-large", f"a body may have {limit} bytes at most", headers={"Connection": "close"})


def _check_announced(scope: Scope, limit: int, media_type: str) -> None:
    """What the headers say already. A body of unknown length is counted as it comes."""
    headers = Headers(scope=scope)
    _refuse_doubles(headers)
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    if scope["method"] not in _WITH_BODY or (length in {"", "0"} and "transfer-encoding" not in headers):
        return
    said, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if said.strip().lower() != media_type or charset not in {"", "utf-8", "utf8"}:
        raise Refusal(
            "unsupported-media-type", f"send {media_type} in UTF-8, not {said.strip() or 'nothing'}"
        )
    if headers.get("content-encoding", "identity") != "identity":
        raise Refusal("unsupported-media-type", "send the body as it is, not compressed")


def _refuse_doubles(headers: Headers) -> None:
    names = [name for name, _ in headers.raw]
    for name in _ONCE:
        if names.count(name.encode()) > 1:
            raise Refusal("unreadable", f"the header {name} was sent more than once; send it once")
