"""The golden signals of one service as queries whose windows we choose ourselves.

The Prometheus server finds which conventional metrics a service has and answers with its queries. A
verification needs the counts behind them over windows that do not overlap, and levels over ranges of
its own, so the queries are taken apart here and put together again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import promql_parser as promql
from promql_parser import BinaryExpr, Expr, MatrixSelector, ParenExpr
from pydantic import JsonValue

from sre_agent.signals.promql import PromqlError, nodes, one_line, parsed

LOOK_BACK: Final = timedelta(minutes=5)
"""A counter that was not seen for so long is a new one (Prometheus' own look-back)."""
SCRAPES_IN_A_RATE: Final = 4
"""A rate over fewer scrapes shows a hole where one of them failed."""
ENOUGH_SAMPLES: Final = 3


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


def counter_of(text: str) -> str:
    """The selector of the first rate in a query, without its range; empty where there is none. Raises PromqlError."""
    ranges = (node for node in nodes(parsed(text)) if isinstance(node, MatrixSelector)) if text else iter(())
    return next((one_line(node.vector_selector) for node in ranges), "")


@dataclass(frozen=True)
class Bin:
    """Windows that lie side by side: how long each is, and how often the counters are scraped."""

    width: timedelta
    scrape: timedelta


def counted(selector: str, each: Bin, *, by: str = "", newborn: bool = False) -> str:
    """How much counters grew in the `width` before each step, neither overlapping nor leaving a gap.

    `increase` sees growth between the samples inside its range and stretches it to the range's length. A
    range one scrape longer than the bin holds exactly the samples from one end of the bin to the other,
    so that the stretched value, scaled back, is the true count.

    `newborn`: a counter that was not there before the bin counts from nothing. Without it the first
    failure of each kind would go unseen, as `increase` needs two samples; with it a past that begins where
    Prometheus began would count everything since the programs were started.
    """
    if not selector:
        return ""
    span = each.width + each.scrape
    grown = f"increase({selector}[{milliseconds(span)}]) * {each.width / span:.6g}"
    grouped = f"sum by ({by})" if by else "sum"
    if not newborn:
        return f"{grouped} ({grown})"
    known = f"count_over_time({selector}[{milliseconds(LOOK_BACK)}] offset {milliseconds(each.width)})"
    return f"{grouped} (({grown} and {known}) or ({selector} unless {known}))"


def heartbeat(text: str, over: timedelta) -> str:
    """A query for how many samples each series of the first rate holds in this time; empty where it has none."""
    for node in nodes(parsed(text)):
        if isinstance(node, MatrixSelector):
            return f"max(count_over_time({one_line(node.vector_selector)}[{milliseconds(over)}]))"
    return ""


def scrape_interval(samples: Mapping[timedelta, float]) -> timedelta | None:
    """From how many samples were counted over each of some times; the shortest time that holds enough is exact."""
    for over, held in sorted(samples.items()):
        if held >= ENOUGH_SAMPLES or (held > 0 and over == max(samples)):
            return over / held
    return None


def rate_window(scrape: timedelta, *, longest: timedelta) -> timedelta:
    """Four scrapes, and never longer than this installation's own rates."""
    return min(timedelta(seconds=math.ceil(scrape.total_seconds() * SCRAPES_IN_A_RATE)), longest)
