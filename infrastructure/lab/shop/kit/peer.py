"""Calls to other services over HTTP, with a time limit, one retry where it is safe, and numbers about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from infrastructure.lab.seams import ConnectionRefused, NameNotResolved
from infrastructure.lab.shop.kit.errors import HttpError
from infrastructure.lab.shop.kit.metrics import Counter, Histogram
from infrastructure.lab.shop.kit.process import Dial
from infrastructure.lab.shop.kit.request import Request

_WORTH_ANOTHER_TRY = frozenset({0, 503})


class PeerError(HttpError):
    """A call to another service failed. `code` is its HTTP status, 0 when there was no answer."""

    status = 502

    def __init__(self, message: str, *, code: int = 0, timed_out: bool = False) -> None:
        super().__init__(message)
        self.code = code
        if timed_out:
            self.status = 504


@dataclass(frozen=True)
class Wire:
    """What all calls of one program share."""

    session: aiohttp.ClientSession
    dial: Dial
    requests: Counter
    durations: Histogram
    retries: int = 1
    timeout_seconds: float = 1.0


class Peer:
    """Another service, known by the address in a setting such as `PAYMENTS_URL`."""

    def __init__(self, url: str, wire: Wire) -> None:
        parts = urlsplit(url)
        self.name = (parts.hostname or url).split(".")[0]
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._url = url.rstrip("/")
        self._wire = wire

    async def get(self, path: str, request: Request, *, seconds: float | None = None, **query: str) -> Any:
        """The JSON answer. Raises PeerError."""
        for again in range(self._wire.retries, -1, -1):
            try:
                return await self._call("GET", self._path(path, request, query), request, None, seconds)
            except PeerError as error:
                if error.code not in _WORTH_ANOTHER_TRY or error.status == 504 or not again:
                    raise
        raise AssertionError("the last try either returns or raises")

    async def post(self, path: str, request: Request, body: Any, *, seconds: float | None = None) -> Any:
        """The JSON answer; never tried twice. Raises PeerError."""
        return await self._call("POST", self._path(path, request, {}), request, body, seconds)

    @staticmethod
    def _path(path: str, request: Request, query: Mapping[str, str]) -> str:
        channel = request.query.get("channel", "web")
        return f"{path}?{urlencode({'channel': channel, **query})}"

    async def _call(self, method: str, path: str, request: Request, body: Any, seconds: float | None) -> Any:
        limit = seconds or self._wire.timeout_seconds
        what = f"{method} {self._url}{path.partition('?')[0]}"
        started, code = monotonic(), 0
        try:
            async with asyncio.timeout(limit):
                code, answer = await self._exchange(method, path, request, body)
        except TimeoutError:
            raise PeerError(f"{what}: no answer within {limit:.2f} s", timed_out=True) from None
        except (NameNotResolved, ConnectionRefused, OSError, aiohttp.ClientError) as error:
            raise PeerError(f"{what}: {str(error) or type(error).__name__}") from None
        finally:
            self._wire.requests.add(self.name, method, str(code))
            self._wire.durations.observe(monotonic() - started, self.name)
        if code >= 400:
            raise PeerError(f"{what}: {code} {_said(answer)}", code=code)
        return answer

    async def _exchange(self, method: str, path: str, request: Request, body: Any) -> tuple[int, Any]:
        address, port = self._wire.dial(self._host, self._port)
        headers = {"Host": f"{self._host}:{self._port}", "X-Trace-Id": request.trace_id}
        url = URL(f"http://{address}:{port}{path}", encoded=True)
        async with self._wire.session.request(method, url, headers=headers, json=body) as response:
            raw = await response.read()
            return response.status, _parsed(raw)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _said(answer: Any) -> str:
    return str(answer.get("error", "")) if isinstance(answer, dict) else str(answer)[:200]
