"""What is asked of Prometheus about one service: which metrics it has, its healthy past, the incident, and now."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.act.checks.alerts import rule_of
from sre_agent.act.checks.asking import LEAST_STEP, UNANSWERED, ask, instant, listed, mapped, range_of
from sre_agent.act.checks.findings import Watch
from sre_agent.act.checks.identity import onset_lag
from sre_agent.act.checks.margins import hold_for
from sre_agent.act.checks.readings import Readings, Window, healthy_past
from sre_agent.domain.frozen import JsonObject
from sre_agent.errors import ToolFailed
from sre_agent.ports.run import Run
from sre_agent.signals.buckets import NO_BUCKETS, Buckets, buckets_of
from sre_agent.signals.compare import Stream
from sre_agent.signals.golden import (
    Bin,
    GoldenQueries,
    counted,
    counter_of,
    golden_queries,
    heartbeat,
    rate_window,
    scrape_interval,
)
from sre_agent.signals.objectives import upper_objective
from sre_agent.signals.promql import metric_names
from sre_agent.signals.series import EMPTY, Samples, summed

_COUNTED: Final = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
"""Times over which samples are counted to learn how often a service is scraped."""
_SCRAPES_IN_A_BIN: Final = 2
_BINS_OF_PAST: Final = 240
_USUAL_SCRAPE: Final = timedelta(seconds=15)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Service:
    namespace: str
    name: str


@dataclass(frozen=True, eq=False)
class Known:
    """What does not change while we watch: the queries of a service, its bins, its past and the incident."""

    queries: GoldenQueries
    """Levels over ranges of our own."""
    bin: Bin
    past: Window
    during: Window
    hold: timedelta
    """How long the window has to be in which recovery is proved."""
    slowest: float | None
    """Where an alerting rule draws the line for latency, in the histogram's unit; None where none does."""


async def known_of(run: Run, watch: Watch, service: Service) -> Known | None:
    """Found out once; None where the service exports no signal we know. Raises Retryable or Permanent."""
    name = f"golden {service.namespace}/{service.name}"
    if name in watch.memory:
        known = watch.memory[name]
        return known if isinstance(known, Known) else None
    queries = await _queries(run, watch, service)
    known = await _learned(run, watch, queries) if queries != GoldenQueries() else None
    watch.memory[name] = known
    return known


async def _queries(run: Run, watch: Watch, service: Service) -> GoldenQueries:
    arguments: JsonObject = {
        "namespace": service.namespace,
        "service": service.name,
        "start": (watch.first_alert_at - run.limits.baseline).timestamp(),
        "end": watch.since.timestamp(),
        "step_seconds": run.limits.baseline.total_seconds(),
    }
    try:
        content = await ask(run, "prometheus", "golden_signals", arguments)
    except ToolFailed as failure:
        if failure.code == "not_found":
            return GoldenQueries()
        raise
    return golden_queries(listed(content, "signals"))


async def _learned(run: Run, watch: Watch, queries: GoldenQueries) -> Known:
    scrape = await _scrape(run, watch, queries)
    width = max(scrape * _SCRAPES_IN_A_BIN, timedelta(seconds=LEAST_STEP))
    each = Bin(width, scrape)
    queries = queries.over(rate_window(scrape, longest=run.limits.rate_window))
    past, during = await asyncio.gather(_past(run, watch, queries, each), _during(run, watch, queries, each))
    rate = past.traffic.value if past.traffic.bins else 0.0
    hold = hold_for(rate, run.limits.settle, run.limits.verify_time / 2)
    return Known(queries, each, past, during, hold, await _slowest(run, queries.latency))


async def _scrape(run: Run, watch: Watch, queries: GoldenQueries) -> timedelta:
    """How often the service is scraped, as counted before the first alert; the usual, where nobody can tell."""
    counter = queries.requests or queries.latency or queries.saturation
    held: dict[timedelta, float] = {}
    for over in _COUNTED if counter else ():
        query = heartbeat(counter, over)
        found = await instant(run, query, watch.first_alert_at) if query else []
        held[over] = max((float(each.values[-1]) for each in found if len(each)), default=0.0)
    return scrape_interval(held) or _USUAL_SCRAPE


async def _past(run: Run, watch: Watch, queries: GoldenQueries, each: Bin) -> Window:
    """The healthy past: before the fault can have begun, as the alerts' own rules look back and wait."""
    rules = await asyncio.gather(*(rule_of(run, watch, filed) for filed in watch.alerts))
    quiet_until = watch.first_alert_at - onset_lag(list(rules)) - each.scrape
    wide = Bin(max(each.width, run.limits.baseline / _BINS_OF_PAST), each.scrape)
    start = quiet_until - run.limits.baseline
    told = (await readings_of(run, queries, (start, watch.first_alert_at), wide)).after_the_first_bin()
    healthy = healthy_past(told, quiet_until.timestamp())
    if not len(healthy.requests):
        healthy = healthy_past(told, watch.first_alert_at.timestamp())
    return window_of(healthy, Stream.PAST, wide, queries)


async def _during(run: Run, watch: Watch, queries: GoldenQueries, each: Bin) -> Window:
    """The incident itself, until the first step."""
    start = min(watch.first_alert_at, watch.began - 2 * each.width)
    readings = await readings_of(run, queries, (start, watch.began), each, newborn=True)
    return window_of(readings, Stream.DURING, each, queries)


def window_of(readings: Readings, stream: Stream, each: Bin, queries: GoldenQueries) -> Window:
    ranged = bool(counter_of(queries.saturation))
    looks_back = rate_window(each.scrape, longest=each.width * 2) if ranged else each.scrape
    step = max(each.scrape.total_seconds(), LEAST_STEP)
    return Window(readings, stream, each.width.total_seconds(), step, looks_back.total_seconds())


async def readings_of(
    run: Run, queries: GoldenQueries, span: Span, each: Bin, *, newborn: bool = False
) -> Readings:
    """All signals over a time: counts in bins that end with it, levels scrape by scrape."""
    requests, failed, buckets, latency, saturation = await asyncio.gather(
        _counts(run, counted(counter_of(queries.requests), each, newborn=newborn), span, each),
        _counts(run, counted(counter_of(queries.failed), each, newborn=newborn), span, each),
        _buckets(run, queries, (span, each), newborn=newborn),
        _levels(run, "" if _has_buckets(queries) else queries.latency, span, each),
        _levels(run, f"max({queries.saturation})" if queries.saturation else "", span, each),
    )
    return Readings(summed(requests), summed(failed), buckets, latency, saturation)


async def _counts(run: Run, query: str, span: Span, each: Bin) -> list[Samples]:
    bins = math.floor((span[1] - span[0]) / each.width)
    if not query or bins < 1:
        return []
    ends = (span[1] - (bins - 1) * each.width, span[1])
    return await range_of(run, query, ends, each.width.total_seconds())


async def _buckets(run: Run, queries: GoldenQueries, when: tuple[Span, Bin], *, newborn: bool) -> Buckets:
    if not _has_buckets(queries):
        return NO_BUCKETS
    span, each = when
    query = counted(counter_of(queries.latency), each, by="le", newborn=newborn)
    return buckets_of(await _counts(run, query, span, each))


def _has_buckets(queries: GoldenQueries) -> bool:
    return queries.latency.startswith("histogram_quantile")


async def _levels(run: Run, query: str, span: Span, each: Bin) -> Samples:
    if not query:
        return EMPTY
    step = max(each.scrape.total_seconds(), (span[1] - span[0]).total_seconds() / (4 * _BINS_OF_PAST))
    return summed(await range_of(run, query, span, step))


async def _slowest(run: Run, latency: str) -> float | None:
    """The objective for latency that people's own rules state."""
    metric = next(iter(metric_names(latency)), "") if latency else ""
    if not metric:
        return None
    try:
        content = await ask(run, "prometheus", "rules_about", {"metric": metric})
    except UNANSWERED:
        return None
    return upper_objective(latency, (str(mapped(rule).get("expr", "")) for rule in listed(content, "rules")))
