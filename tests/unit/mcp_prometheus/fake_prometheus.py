"""A Prometheus that answers what it was told to, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp_servers.kit.upstream import Upstream
from mcp_servers.prometheus.client import Result

SYSTEM = Upstream("Prometheus", "http://prometheus:9090", "PROMETHEUS_URL", "PROMETHEUS_TOKEN_FILE")


class FakePrometheus:
    """`series_given` is filtered as the series API would: by nothing, since the tools ask for what they know."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.instant: dict[str, Result] = {}
        self.ranges: dict[str, Result] = {}
        self.series_given: list[dict[str, str]] = []
        self.series_by_call: list[list[dict[str, str]]] = []
        self.groups: list[dict[str, Any]] = []
        self.alerts_given: list[dict[str, Any]] = []
        self.targets_given: list[dict[str, Any]] = []
        self.silences_given: list[dict[str, Any]] = []
        self.states_given: list[dict[str, Any]] = []

    async def query(self, promql: str, at: float | None) -> Result:
        self.asked.append(("query", promql))
        return self.instant.get(promql, Result([]))

    async def query_range(self, promql: str, start: float, end: float, step: float) -> Result:
        self.asked.append(("query_range", (promql, start, end, step)))
        return self.ranges.get(promql, Result([]))

    async def series(
        self, matchers: Sequence[str], start: float, end: float, limit: int
    ) -> list[dict[str, str]]:
        self.asked.append(("series", list(matchers)))
        if self.series_by_call:
            return self.series_by_call.pop(0)
        return self.series_given[:limit]

    async def rule_groups(self) -> list[dict[str, Any]]:
        return self.groups

    async def alerts(self) -> list[dict[str, Any]]:
        return self.alerts_given

    async def targets(self) -> list[dict[str, Any]]:
        return self.targets_given

    async def silences(self) -> list[dict[str, Any]]:
        return self.silences_given

    async def alert_states(self) -> list[dict[str, Any]]:
        return self.states_given
