"""The golden signals of the affected services: which metrics they have, their past, and how they are now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.act.checks.alerts import rule_of
from sre_agent.act.checks.asking import LEAST_STEP, UNANSWERED, ask, instant, listed, mapped, range_of
from sre_agent.act.checks.findings import Finding, Watch, unanswered
from sre_agent.act.checks.golden_rules import Scene, golden_findings
from sre_agent.act.checks.identity import onset_lag
from sre_agent.act.checks.readings import Readings, Window, healthy_past
from sre_agent.domain.frozen import JsonObject
from sre_agent.errors import ToolFailed
from sre_agent.ports.run import Run
from sre_agent.signals.compare import LEAST_BLOCKS, Stream
from sre_agent.signals.golden import GoldenQueries, golden_queries, heartbeat, rate_window
from sre_agent.signals.objectives import upper_objective
from sre_agent.signals.promql import metric_names
from sre_agent.signals.series import EMPTY, Samples, summed

SERVICES_AT_MOST: Final = 3
_SERVICE_LABELS: Final = ("service", "deployment", "statefulset", "daemonset", "app", "workload")
_SERVING: Final = frozenset({"Service", "Deployment", "StatefulSet", "DaemonSet"})
_COUNTED: Final = timedelta(minutes=1)
_PER_WINDOW: Final = 2
"""Points in each range of a rate."""
_POINTS_OF_PAST: Final = 240


@dataclass(frozen=True)
class Service:
    namespace: str
    name: str


@dataclass(frozen=True, eq=False)
class _Known:
    """What does not change while we watch: the queries of a service, its windows, its past and the incident."""

    queries: GoldenQueries
    window: timedelta
    past: Window
    during: Window
    slowest: float | None
    """Where an alerting rule draws the line for latency, in the histogram's unit; None where none does."""

    @property
    def step(self) -> float:
        return _step(self.window)


def services_of(watch: Watch) -> tuple[Service, ...]:
    """The services that alerts complain about, and the one that was changed; each once, the first few."""
    named: list[Service] = []
    for filed in watch.alerts:
        labels = filed.alert.labels
        name = next((labels[label] for label in _SERVICE_LABELS if labels.get(label)), "")
        if name and labels.get("namespace"):
            named.append(Service(labels["namespace"], name))
    for entity in watch.targets:
        if entity.kind in _SERVING and entity.namespace:
            named.append(Service(entity.namespace, entity.name))
    return tuple(dict.fromkeys(named))[:SERVICES_AT_MOST]


async def golden_checks(run: Run, watch: Watch, service: Service, now: datetime) -> tuple[Finding, ...]:
    """One finding for each golden signal of a service. Never raises for a question that fails."""
    name = f"golden signals of {service.name}"
    try:
        known = await _known(run, watch, service)
        if known is None:
            return (unanswered(name, f"no conventional request metrics exist for {service.name}"),)
        found = await _findings(run, watch, (service, known), (now - _hold(run, known), now))
        if any(each.check.passed is None and each.waiting for each in found):
            found = await _findings(run, watch, (service, known), (watch.since + known.window, now))
        return found
    except UNANSWERED as failure:
        return (unanswered(name, str(failure)),)


def _hold(run: Run, known: _Known) -> timedelta:
    """At least the settle time, and long enough for a comparison."""
    return max(run.limits.settle, known.window * LEAST_BLOCKS)


async def _findings(
    run: Run, watch: Watch, subject: tuple[Service, _Known], window: tuple[datetime, datetime]
) -> tuple[Finding, ...]:
    service, known = subject
    hold = _hold(run, known)
    start, end = max(window[0], watch.since), window[1]
    if start >= end:
        return (
            Finding(unanswered(f"golden signals of {service.name}", "the step is too recent").check, True),
        )
    readings = await _read(run, known.queries, (start, end), known.step)
    scene = Scene(
        service=service.name,
        past=known.past,
        during=known.during,
        now=Window(readings, Stream.NOW, known.step, known.window.total_seconds()),
        hold=hold.total_seconds(),
        settled=end - watch.since >= 2 * hold,
        slowest=known.slowest,
    )
    return await asyncio.to_thread(golden_findings, scene)


async def _known(run: Run, watch: Watch, service: Service) -> _Known | None:
    """Found out once; None where the service exports no signal we know."""
    name = f"golden {service.namespace}/{service.name}"
    if name in watch.memory:
        known = watch.memory[name]
        return known if isinstance(known, _Known) else None
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


async def _learned(run: Run, watch: Watch, queries: GoldenQueries) -> _Known:
    window = await _window(run, watch, queries)
    queries = queries.over(window)
    rules = await asyncio.gather(*(rule_of(run, watch, filed) for filed in watch.alerts))
    quiet_until = watch.first_alert_at - onset_lag(list(rules)) - window
    start = quiet_until - run.limits.baseline
    step = max(_step(window), run.limits.baseline.total_seconds() / _POINTS_OF_PAST)
    past, during = await asyncio.gather(
        _read(run, queries, (start, watch.first_alert_at), step),
        _read(run, queries, (watch.first_alert_at, watch.began), step),
    )
    healthy = healthy_past(past, quiet_until.timestamp())
    if not len(healthy.requests):
        healthy = healthy_past(past, watch.first_alert_at.timestamp())
    overlap = window.total_seconds()
    return _Known(
        queries,
        window,
        Window(healthy, Stream.PAST, step, overlap),
        Window(during, Stream.DURING, step, overlap),
        await _slowest(run, queries.latency),
    )


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


def _step(window: timedelta) -> float:
    return max(LEAST_STEP, window.total_seconds() / _PER_WINDOW)


async def _window(run: Run, watch: Watch, queries: GoldenQueries) -> timedelta:
    """The range of our rates: four scrapes, as counted before the first alert."""
    query = (
        heartbeat(queries.requests or queries.latency, _COUNTED)
        if queries.requests or queries.latency
        else ""
    )
    counted = await instant(run, query, watch.first_alert_at) if query else []
    samples = max((float(each.values[-1]) for each in counted if len(each)), default=0.0)
    return rate_window(samples, _COUNTED, longest=run.limits.rate_window)


async def _read(run: Run, queries: GoldenQueries, window: tuple[datetime, datetime], step: float) -> Readings:
    async def one(query: str) -> Samples:
        return summed(await range_of(run, query, window, step)) if query else EMPTY

    fullest = f"max({queries.saturation})" if queries.saturation else ""
    asked = (queries.requests, queries.failed, queries.latency, fullest)
    requests, failed, latency, saturation = await asyncio.gather(*(one(query) for query in asked))
    return Readings(requests, failed, latency, saturation)
