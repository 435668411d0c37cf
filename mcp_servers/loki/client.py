"""The way to Loki: its HTTP API over httpx, bounded in time and in bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from mcp_servers.kit.errors import Code, ToolError, not_configured
from mcp_servers.kit.upstream import Upstream

Json = dict[str, Any]
Params = Mapping[str, str | int | float]

_CONNECT_SECONDS: Final = 3.0
_SECONDS: Final = 25.0
_MOST_BYTES: Final = 32_000_000
_TOO_MUCH: Final = ("max entries limit", "query time range exceeds", "would read too many", "too many series")


@dataclass(frozen=True)
class Address:
    url: str = ""
    token: str = ""
    tenant: str = ""


class LokiApi(Protocol):
    """All that the tools ask of the outside. Both raise ToolError."""

    async def query_range(self, params: Params) -> Json:
        """`data` of the answer: `resultType` and `result`."""

    async def labels(self, name: str, params: Params) -> list[str]:
        """Label names, or the values of one."""


class LokiClient:
    """The real one."""

    def __init__(self, address: Address, *, seconds: float = _SECONDS, most_bytes: int = _MOST_BYTES) -> None:
        self.system = Upstream("Loki", address.url, "LOKI_URL", "LOKI_TOKEN_FILE", address.token)
        self._seconds, self._most_bytes = seconds, most_bytes
        self._http: httpx.AsyncClient | None = None
        self._address = address

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def query_range(self, params: Params) -> Json:
        data = await self._get("/loki/api/v1/query_range", params)
        if not isinstance(data, dict):
            raise self.system.nonsense(str(data))
        return data

    async def labels(self, name: str, params: Params) -> list[str]:
        path = f"/loki/api/v1/label/{name}/values" if name else "/loki/api/v1/labels"
        data = await self._get(path, params)
        if not isinstance(data or [], list):
            raise self.system.nonsense(str(data))
        return [str(one) for one in data or []]

    async def _get(self, path: str, params: Params) -> Any:
        if not self._address.url:
            raise not_configured("LOKI_URL", "Loki")
        try:
            async with asyncio.timeout(self._seconds):
                status, retry_after, body = await self._read(path, params)
        except (TimeoutError, httpx.TimeoutException) as problem:
            raise self.system.too_slow(self._seconds) from problem
        except httpx.HTTPError as problem:
            raise self._failed(problem) from problem
        if status != 200:
            raise self._refused(status, body.decode("utf-8", "replace"), retry_after)
        try:
            return json.loads(body)["data"]
        except (ValueError, KeyError, TypeError) as problem:
            raise self.system.nonsense(body[:300].decode("utf-8", "replace")) from problem

    async def _read(self, path: str, params: Params) -> tuple[int, str, bytes]:
        body = bytearray()
        async with self._client().stream("GET", path, params=dict(params)) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._most_bytes:
                    raise self.system.too_much(self._most_bytes)
            return response.status_code, response.headers.get("Retry-After", ""), bytes(body)

    def _client(self) -> httpx.AsyncClient:
        """Made at the first call: its connections belong to the running loop."""
        if self._http is None:
            headers = {"Authorization": f"Bearer {self._address.token}"} if self._address.token else {}
            if self._address.tenant:
                headers["X-Scope-OrgID"] = self._address.tenant
            self._http = httpx.AsyncClient(
                base_url=self._address.url,
                headers=headers,
                timeout=httpx.Timeout(self._seconds, connect=_CONNECT_SECONDS),
                transport=httpx.AsyncHTTPTransport(retries=1),
            )
        return self._http

    def _failed(self, problem: httpx.HTTPError) -> ToolError:
        told = str(problem) or type(problem).__name__
        if "CERTIFICATE" in told.upper() or "SSL" in told:
            return self.system.untrusted(told)
        return self.system.unreachable(told)

    def _refused(self, status: int, told: str, retry_after: str) -> ToolError:
        if any(sign in told for sign in _TOO_MUCH):
            return ToolError(
                Code.TOO_LARGE,
                f"Loki refused the query as too large: {self.system.excerpt(told)}",
                try_next="Take a shorter window, a narrower selector or a lower limit.",
            )
        if status == 401 and "org id" in told:
            return ToolError(
                Code.UNAUTHORIZED,
                f"Loki answered 401: {self.system.excerpt(told)}",
                try_next="This Loki serves several tenants: set LOKI_TENANT.",
            )
        return self.system.answered(status, told, retry_after=retry_after)
