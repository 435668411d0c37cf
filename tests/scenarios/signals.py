"""What Prometheus would remember of the town: request metrics of every service, and alerts, as functions of time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from pydantic import JsonValue

from sre_agent.domain.frozen import JsonObject
from tests.worlds import stamp

EXPR = (
    'sum by (namespace, service) (rate(http_requests_total{code=~"5.."}[1m])) '
    "/ sum by (namespace, service) (rate(http_requests_total[1m])) > 0.05"
)
URL = f"http://prometheus:9090/graph?g0.expr={quote(EXPR)}"
LAG = timedelta(seconds=3)
"""How long after a cure the last failed requests are gone from the rates."""

COARSE_FROM, COARSE = 60.0, 5.0
"""Seconds: longer windows are told in wider steps where nobody compares signals; it saves half the time of a story."""

At = Callable[[float], float | None]


@dataclass
class Illness:
    """Services that fail from `start` until somebody does the right thing."""

    services: tuple[str, ...]
    start: datetime
    end: datetime | None = None

    def holds(self, at: float) -> bool:
        return self.start.timestamp() <= at and (self.end is None or at < self.end.timestamp())


@dataclass
class Signals:
    services: tuple[str, ...]
    namespace: str = "acme"
    illnesses: list[Illness] = field(default_factory=list)
    firings: list[tuple[datetime, datetime]] = field(default_factory=list)
    """What Prometheus remembers of the alert having fired."""
    states: list[JsonObject] = field(default_factory=list)
    """How Alertmanager holds its alerts."""
    others: dict[str, list[tuple[dict[str, str], At]]] = field(default_factory=dict)
    """Metric name → series besides those of requests."""
    knows_requests: bool = True
    has_golden: bool = False
    """Whether the verifier finds golden signals to compare; that costs time, so most stories leave it out."""

    def errors(self, service: str) -> At:
        ill = [each for each in self.illnesses if service in each.services]
        return lambda at: 0.6 if any(each.holds(at) for each in ill) else 0.0

    def cured(self, now: datetime) -> None:
        for each in self.illnesses:
            each.end = each.end or now + LAG

    def query_range(self, asked: JsonObject) -> JsonObject:
        start, end, step = (_seconds(asked[name]) for name in ("start", "end", "step_seconds"))
        if not self.has_golden and end - start > COARSE_FROM:
            step = max(step, COARSE)
        times = [start + step * number for number in range(int((end - start) / step) + 1)]
        series: list[JsonValue] = []
        for labels, at in self._found(str(asked["promql"])):
            values: list[JsonValue] = [[t, str(value)] for t in times if (value := at(t)) is not None]
            if values:
                series.append({"metric": {**labels}, "values": values})
        return {"series": series, "truncated": False, "warnings": []}

    def query(self, asked: JsonObject) -> JsonObject:
        now = _seconds(asked["time"])
        found = [(labels, at(now)) for labels, at in self._found(str(asked["promql"]))]
        series: list[JsonValue] = [
            {"metric": {**labels}, "value": [now, str(value)]} for labels, value in found if value is not None
        ]
        return {"result_type": "vector", "series": series, "warnings": []}

    def golden_signals(self, asked: JsonObject) -> JsonObject:
        where = f'service="{asked["service"]}"'
        rate = f"sum(rate(http_requests_total{{{where}}}[20s]))"
        failed = f'(sum(rate(http_requests_total{{code=~"5..",{where}}}[20s])) or 0 * {rate})'
        slow = f"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{{where}}}[20s])))"
        told = {"latency": slow, "traffic": rate, "errors": f"{failed} / {rate}"} if self.has_golden else {}
        signals: list[JsonValue] = [
            {"signal": name, "what": f"p95 {name}", "query": query} for name, query in told.items()
        ]
        return {"signals": signals, "not_found": []}

    def alert_rule(self, asked: JsonObject) -> JsonObject:
        rule: JsonObject = {"name": asked["alertname"], "expr": EXPR, "for_seconds": 15, "labels": {}}
        return {"rules": [rule]}

    def rules_about(self, asked: JsonObject) -> JsonObject:
        return {"rules": []}

    def alert_history(self, asked: JsonObject) -> JsonObject:
        told: list[JsonValue] = [{"start": stamp(start), "end": stamp(end)} for start, end in self.firings]
        return {"firings": told, "samples": len(told)}

    def alert_states(self, asked: JsonObject) -> JsonObject:
        return {"alerts": [*self.states], "truncated": False}

    def silences(self, asked: JsonObject) -> JsonObject:
        return {"silences": [], "truncated": False}

    def _found(self, promql: str) -> Iterator[tuple[dict[str, str], At]]:
        for name, series in self.others.items():
            if name in promql:
                yield from series
        if not self.knows_requests or "http_request" not in promql:
            if promql.startswith("up{"):
                yield {"job": "shop"}, lambda at: 1.0
        elif promql.startswith("max(count_over_time"):
            yield {}, lambda at: float(re.findall(r"\[(\d+)ms\]", promql)[0]) / 1000
        elif counted := re.search(r"increase\(.*?\[(\d+)ms\]\) \* ([\d.]+)", promql):
            yield from self._counts(promql, float(counted[1]) * float(counted[2]) / 1000)
        elif promql.startswith("count"):
            yield {"job": "shop"}, lambda at: 10.0
        else:
            yield from self._requests(promql)

    def _requests(self, promql: str) -> Iterator[tuple[dict[str, str], At]]:
        named = re.search(r'service="([\w-]+)"', promql)
        grouped = re.search(r"by \((?P<by>[\w, ]+)\)", promql)
        by = [label.strip() for label in grouped["by"].split(",")] if grouped else []
        for service in [named[1]] if named else self.services:
            whole = {"namespace": self.namespace, "service": service}
            yield {label: whole[label] for label in by if label in whole}, self._signal(promql, service)

    def _counts(self, promql: str, seconds: float) -> Iterator[tuple[dict[str, str], At]]:
        """How much counters grew over so many seconds; of a histogram, that all but one in fifty were quick."""
        if "_bucket" not in promql:
            for labels, rate in self._requests(promql):
                yield labels, _grown(rate, seconds)
            return
        for edge, share in (("0.1", 0.98), ("+Inf", 1.0)):
            yield {"le": edge}, _grown(_alive(20.0 * share), seconds)

    def _signal(self, promql: str, service: str) -> At:
        errors = self.errors(service)
        if "> 0.05" in promql:
            return lambda at: share if (share := errors(at) or 0.0) > 0.05 else None
        if "histogram_quantile" in promql:
            return _alive(0.05)
        if "5.." not in promql:
            return _alive(20.0)
        if ") / sum" in promql or ")/" in promql:
            return errors
        return lambda at: (errors(at) or 0.0) * 20.0


def _grown(rate: At, seconds: float) -> At:
    return lambda at: None if (per_second := rate(at - seconds / 2)) is None else per_second * seconds


def _alive(level: float) -> At:
    """A level that breathes a little, the same way every time."""
    return lambda at: level * (1 + 0.04 * math.sin(at * 1.7) * math.cos(at * 0.37))


def _seconds(value: JsonValue) -> float:
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(str(value))
