"""Prometheus' answers as ours: bounded, and saying so where something was left out. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.limits import first
from mcp_servers.kit.times import rfc3339
from mcp_servers.prometheus import asks
from mcp_servers.prometheus.compare import identity, intervals, ratio, summary

MOST_POINTS: Final = 11_000
"""Of one series: Prometheus itself refuses more."""
MOST_POINTS_IN_ALL: Final = 120_000
MOST_SERIES: Final = 1_000
MOST_RULES: Final = 100
LONGEST_WINDOW_SECONDS: Final = 32 * 86_400.0
_CHOSEN_POINTS: Final = 240
_NICE_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)

Json = Mapping[str, Any]


def step_for(length: float, asked: float) -> float:
    """The step to use: the asked one, or one that gives a few hundred points. Raises ToolError (too_large)."""
    if asked <= 0:
        wanted = length / _CHOSEN_POINTS
        return float(next((step for step in _NICE_STEPS if step >= wanted), _NICE_STEPS[-1]))
    if length / asked + 1 > MOST_POINTS:
        raise ToolError(
            Code.TOO_LARGE,
            f"step_seconds: {asked:g} s over {length:,.0f} s are {length / asked:,.0f} points a series; "
            f"at most {MOST_POINTS:,} are given.",
            try_next=f"Use step_seconds of {math.ceil(length / (MOST_POINTS - 1))} or more, or a shorter window.",
        )
    return asked


def instant(data: Sequence[Any], warnings: Sequence[str]) -> asks.InstantAnswer:
    """A vector's samples, or a scalar's or string's one."""
    if len(data) == 2 and not isinstance(data[0], dict):
        one = asks.InstantSeries(metric={}, value=(data[0], str(data[1])))
        return asks.InstantAnswer(result_type="scalar", series=[one], warnings=list(warnings))
    kept, cut = first(data, MOST_SERIES)
    series = [asks.InstantSeries(metric=one["metric"], value=one["value"]) for one in kept if "value" in one]
    return asks.InstantAnswer(
        result_type="vector",
        series=series,
        truncated=cut,
        warnings=[*warnings, *_left_out(len(data), len(kept))],
    )


def ranged(
    data: Sequence[Json], *, most_series: int = MOST_SERIES
) -> tuple[list[asks.RangeSeries], list[str]]:
    """As many whole series as the limits allow, and a sentence where some were left out."""
    series: list[asks.RangeSeries] = []
    points = 0
    for one in data[:most_series]:
        points += len(one["values"])
        if series and points > MOST_POINTS_IN_ALL:
            break
        series.append(asks.RangeSeries(metric=one["metric"], values=one["values"]))
    return series, _left_out(len(data), len(series))


def _left_out(found: int, kept: int) -> list[str]:
    if found == kept:
        return []
    return [
        f"{kept} of {found} series are given; aggregate (sum by …), narrow the selector or lengthen the step."
    ]


def rules(groups: Sequence[Json], wanted: Callable[[Json], bool]) -> list[asks.Rule]:
    """The alerting rules that are wanted."""
    return [
        asks.Rule(
            group=str(group.get("name", "")),
            name=rule["name"],
            expr=rule.get("query", ""),
            for_seconds=rule.get("duration", 0),
            labels=rule.get("labels") or {},
            annotations=rule.get("annotations") or {},
            state=rule.get("state", ""),
            health=rule.get("health", ""),
            last_error=rule.get("lastError") or "",
        )
        for group in groups
        for rule in group.get("rules", ())
        if rule.get("type", "alerting") == "alerting" and rule.get("name") and wanted(rule)
    ]


def alerts(found: Sequence[Json]) -> asks.AlertsAnswer:
    kept, cut = first(found, MOST_SERIES)
    shaped = [
        asks.Alert(
            labels=one.get("labels") or {},
            annotations=one.get("annotations") or {},
            state=one.get("state", ""),
            active_at=one.get("activeAt") or "",
            value=str(one.get("value", "")),
        )
        for one in kept
    ]
    return asks.AlertsAnswer(alerts=shaped, truncated=cut)


def targets(found: Sequence[Json], *, job: str, namespace: str) -> asks.TargetsAnswer:
    """Those whose labels, or whose discovery's labels, name the job and namespace; the ill ones first."""
    wanted = [
        one
        for one in found
        if (not job or one.get("labels", {}).get("job") == job or one.get("scrapePool") == job)
        and (not namespace or _namespace(one) == namespace)
    ]
    kept, cut = first(sorted(wanted, key=lambda one: one.get("health") == "up"), MOST_SERIES)
    shaped = [
        asks.Target(
            labels=one.get("labels") or {},
            health=one.get("health", "unknown"),
            last_error=one.get("lastError") or "",
            last_scrape=one.get("lastScrape") or "",
            scrape_url=one.get("scrapeUrl") or "",
        )
        for one in kept
    ]
    return asks.TargetsAnswer(targets=shaped, truncated=cut)


def _namespace(target: Json) -> str:
    labels, discovered = target.get("labels") or {}, target.get("discoveredLabels") or {}
    return str(labels.get("namespace") or discovered.get("__meta_kubernetes_namespace") or "")


def firings(data: Sequence[Json], step: float) -> tuple[list[asks.Firing], int]:
    """From the samples of ALERTS: each stretch in which an alert with these labels fired."""
    spans = [
        (
            begin,
            end,
            {name: value for name, value in one["metric"].items() if name not in ("__name__", "alertstate")},
        )
        for one in data
        for begin, end in intervals([float(moment) for moment, _ in one["values"]], step=step)
    ]
    spans.sort(key=lambda span: span[:2])
    shaped = [
        asks.Firing(start=rfc3339(begin), end=rfc3339(end), labels=labels) for begin, end, labels in spans
    ]
    return shaped, sum(len(one["values"]) for one in data)


def alert_states(found: Sequence[Json], names: frozenset[str]) -> asks.AlertStatesAnswer:
    """Alerts of these names (all, where none is given) as Alertmanager holds them, those held back first."""
    wanted = [one for one in found if not names or (one.get("labels") or {}).get("alertname") in names]
    shaped = sorted(map(_alert_state, wanted), key=lambda one: one.state != "suppressed")
    kept, cut = first(shaped, MOST_SERIES)
    return asks.AlertStatesAnswer(alerts=kept, truncated=cut)


def _alert_state(one: Json) -> asks.AlertState:
    status = one.get("status") or {}
    return asks.AlertState(
        fingerprint=str(one.get("fingerprint") or ""),
        labels=one.get("labels") or {},
        state=str(status.get("state") or "unknown"),
        silenced_by=status.get("silencedBy") or [],
        inhibited_by=status.get("inhibitedBy") or [],
        muted_by=status.get("mutedBy") or [],
    )


def comparisons(now: Sequence[Json], baseline: Sequence[Json]) -> list[asks.Comparison]:
    """Each series of either window, the largest change first; what only one window has comes before all."""
    here = {identity(one["metric"]): summary(one["values"]) for one in now}
    there = {identity(one["metric"]): summary(one["values"]) for one in baseline}
    shaped = [
        asks.Comparison(
            metric=dict(key),
            now=_summary(here.get(key)),
            baseline=_summary(there.get(key)),
            ratio=ratio(here.get(key), there.get(key)),
        )
        for key in dict.fromkeys([*here, *there])
    ]
    return sorted(shaped, key=_change, reverse=True)


def _summary(found: Any) -> asks.WindowSummary | None:
    return asks.WindowSummary(**asdict(found)) if found else None


def _change(one: asks.Comparison) -> float:
    if one.ratio is None or one.ratio <= 0:
        return math.inf
    return abs(math.log(one.ratio))
