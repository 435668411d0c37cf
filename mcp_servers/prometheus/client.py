"""The way to Prometheus and Alertmanager: prometheus-api-client, which is synchronous, in threads of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

from prometheus_api_client import PrometheusConnect

from mcp_servers.kit.errors import not_configured
from mcp_servers.kit.upstream import Upstream
from mcp_servers.prometheus.session import Bearer, BoundedSession

T = TypeVar("T")
Json = dict[str, Any]

_THREADS: Final = 8
_MOST_BYTES: Final = 32_000_000
_SECONDS: Final = 25.0


@dataclass(frozen=True)
class Addresses:
    """Where the two systems are; empty where one is not set up."""

    prometheus: str = ""
    alertmanager: str = ""
    token: str = ""


@dataclass(frozen=True)
class Result:
    """What a query gave, in Prometheus' own shape, with its warnings."""

    data: list[Any]
    warnings: tuple[str, ...] = ()


class PrometheusApi(Protocol):
    """All that the tools ask of the outside. Times are Unix seconds. Every method raises ToolError."""

    async def query(self, promql: str, at: float | None) -> Result: ...

    async def query_range(self, promql: str, start: float, end: float, step: float) -> Result: ...

    async def series(
        self, matchers: Sequence[str], start: float, end: float, limit: int
    ) -> list[dict[str, str]]: ...

    async def rule_groups(self) -> list[Json]: ...

    async def alerts(self) -> list[Json]: ...

    async def targets(self) -> list[Json]: ...

    async def silences(self) -> list[Json]: ...

    async def alert_states(self) -> list[Json]: ...


class PrometheusClient:
    """The real one. What the package lacks (rules, alerts, silences) goes over the same kind of session."""

    def __init__(
        self, addresses: Addresses, *, seconds: float = _SECONDS, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._addresses = addresses
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="prometheus")
        self._auth = Bearer(addresses.token)
        self.system = Upstream(
            "Prometheus", addresses.prometheus, "PROMETHEUS_URL", "PROMETHEUS_TOKEN_FILE", addresses.token
        )
        self._alertmanager = Upstream(
            "Alertmanager",
            addresses.alertmanager,
            "ALERTMANAGER_URL",
            "PROMETHEUS_TOKEN_FILE",
            addresses.token,
        )
        self._session = BoundedSession(self.system, seconds=seconds, most_bytes=most_bytes)
        self._other = BoundedSession(self._alertmanager, seconds=seconds, most_bytes=most_bytes)
        self._vendor = PrometheusConnect(url=addresses.prometheus, session=self._session, auth=self._auth)
        self._session.bind(addresses.prometheus)

    async def close(self) -> None:
        self._session.close()
        self._other.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def query(self, promql: str, at: float | None) -> Result:
        params = {} if at is None else {"time": at}
        return await self._ask(lambda vendor: vendor.custom_query(promql, params=params))

    async def query_range(self, promql: str, start: float, end: float, step: float) -> Result:
        begin, finish = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
        return await self._ask(lambda vendor: vendor.custom_query_range(promql, begin, finish, f"{step:g}"))

    async def series(
        self, matchers: Sequence[str], start: float, end: float, limit: int
    ) -> list[dict[str, str]]:
        """By POST: the package sends the matchers in the address, where many do not fit."""
        form = {"match[]": list(matchers), "start": start, "end": end, "limit": limit}
        url = f"{self._addresses.prometheus}/api/v1/series"
        return (
            await self._ask(lambda _: self._session.post(url, data=form, auth=self._auth).json()["data"])
        ).data

    async def targets(self) -> list[Json]:
        return (await self._ask(lambda vendor: vendor.get_targets(state="active")["activeTargets"])).data

    async def rule_groups(self) -> list[Json]:
        return (await self._ask(lambda _: self._fetch("/api/v1/rules", {"type": "alert"})["groups"])).data

    async def alerts(self) -> list[Json]:
        return (await self._ask(lambda _: self._fetch("/api/v1/alerts", {})["alerts"])).data

    async def silences(self) -> list[Json]:
        return await self._of_alertmanager("silences", {})

    async def alert_states(self) -> list[Json]:
        """Also what is held back: without these parameters a proxy's defaults would decide."""
        everything = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}
        return await self._of_alertmanager("alerts", everything)

    async def _of_alertmanager(self, what: str, params: dict[str, str]) -> list[Json]:
        if not self._addresses.alertmanager:
            raise not_configured("ALERTMANAGER_URL", "Alertmanager")
        url = f"{self._addresses.alertmanager}/api/v2/{what}"

        def ask() -> list[Json]:
            found = self._other.get(url, params=params, auth=self._auth).json()
            if not isinstance(found, list):
                raise TypeError(f"a list was expected, not {str(found)[:200]}")
            return found

        return await self._in_thread(ask, self._alertmanager)

    def _fetch(self, path: str, params: dict[str, str]) -> Any:
        url = f"{self._addresses.prometheus}{path}"
        return self._session.get(url, params=params, auth=self._auth).json()["data"]

    async def _ask(self, work: Callable[[PrometheusConnect], Any]) -> Result:
        if not self._addresses.prometheus:
            raise not_configured("PROMETHEUS_URL", "Prometheus")

        def ask() -> Result:
            data = work(self._vendor)
            if not isinstance(data, list):
                raise TypeError(f"a list was expected, not {str(data)[:200]}")
            return Result(data=data, warnings=self._session.warnings)

        return await self._in_thread(ask, self.system)

    async def _in_thread(self, work: Callable[[], T], system: Upstream) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except (ValueError, KeyError, TypeError) as problem:
            raise system.nonsense(f"{type(problem).__name__}: {problem}") from problem
