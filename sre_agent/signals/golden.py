"""The golden signals of one service as queries whose windows we choose ourselves.

The Prometheus server finds which conventional metrics a service has and answers with its queries. A
verification needs the same questions over shorter windows, and errors as parts and wholes, so the
queries are taken apart here and put together again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import promql_parser as promql
from promql_parser import BinaryExpr, Expr, MatrixSelector, ParenExpr
from pydantic import JsonValue

from sre_agent.signals.promql import PromqlError, nodes, one_line, parsed

SCRAPES_IN_A_RATE: Final = 4
"""A rate over fewer scrapes shows a hole where one of them failed."""


@dataclass(frozen=True)
class GoldenQueries:
    """One service's signals; a signal nobody exports is empty. `failed` and `requests` are rates per second."""

    requests: str = ""
    failed: str = ""
    latency: str = ""
    latency_is: str = ""
    saturation: str = ""
    saturation_is: str = ""

    def over(self, window: timedelta) -> GoldenQueries:
        """The same queries with this range in every rate."""
        changed = {
            name: with_range(getattr(self, name), window)
            for name in ("requests", "failed", "latency", "saturation")
        }
        return GoldenQueries(**changed, latency_is=self.latency_is, saturation_is=self.saturation_is)


def golden_queries(signals: Sequence[JsonValue]) -> GoldenQueries:
    """From the `signals` of a `golden_signals` answer; what cannot be read is left out."""
    told = [each for each in signals if isinstance(each, dict)]
    traffic, errors = _query(told, "traffic"), _query(told, "errors")
    latency = _slowest([each for each in told if each.get("signal") == "latency"])
    saturation = next((each for each in told if each.get("signal") == "saturation"), {})
    parts = fraction(errors) if errors else None
    return GoldenQueries(
        requests=parts[1] if parts else traffic,
        failed=parts[0] if parts else "",
        latency=_readable(latency),
        latency_is=str(latency.get("what", "")),
        saturation=_readable(saturation),
        saturation_is=str(saturation.get("what", "")),
    )


def _query(told: Sequence[dict[str, JsonValue]], signal: str) -> str:
    return next((text for each in told if each.get("signal") == signal and (text := _readable(each))), "")


def _readable(told: dict[str, JsonValue]) -> str:
    text = told.get("query")
    if not isinstance(text, str):
        return ""
    try:
        return one_line(parsed(text))
    except PromqlError:
        return ""


def _slowest(latencies: Sequence[dict[str, JsonValue]]) -> dict[str, JsonValue]:
    """The highest quantile that is offered; the tail is where users suffer."""
    return max(latencies, key=lambda each: str(each.get("what", "")), default={})


def fraction(text: str) -> tuple[str, str] | None:
    """Numerator and denominator of a division. Raises PromqlError."""
    expr = parsed(text)
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    if isinstance(expr, BinaryExpr) and str(expr.op) == "/":
        return one_line(expr.lhs), one_line(expr.rhs)
    return None


def with_range(text: str, window: timedelta) -> str:
    """The expression with this range in every matrix selector. Raises PromqlError."""
    if not text:
        return ""
    written = f"[{milliseconds(window)}]"

    def replace(node: Expr) -> Expr | None:
        if not isinstance(node, MatrixSelector):
            return None
        # a matrix selector has no parser of its own, so it is read as the argument of a function
        call = parsed(f"rate({one_line(node.vector_selector)}{written})")
        return call.args[0] if isinstance(call, promql.Call) else None

    return one_line(promql.transform(parsed(text), None, replace))


def milliseconds(window: timedelta) -> str:
    """A duration as PromQL writes it, to the millisecond."""
    return f"{max(1, round(window.total_seconds() * 1000))}ms"


def heartbeat(text: str, over: timedelta) -> str:
    """A query for how many samples each series of the first rate holds in this time; empty where it has none."""
    for node in nodes(parsed(text)):
        if isinstance(node, MatrixSelector):
            return f"max(count_over_time({one_line(node.vector_selector)}[{milliseconds(over)}]))"
    return ""


def rate_window(samples: float, over: timedelta, *, longest: timedelta) -> timedelta:
    """Four scrapes, as counted over some time, and never longer than this installation's own rates."""
    if samples <= 0:
        return longest
    scrape = over.total_seconds() / samples
    return min(timedelta(seconds=math.ceil(scrape * SCRAPES_IN_A_RATE)), longest)
