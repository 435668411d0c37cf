"""The Prometheus hand: what the tools are, and how each answers. It reads only; nothing here can change anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.limits import Limits, first
from mcp_servers.kit.settings import ServerSettings, file_text, http_url
from mcp_servers.kit.times import check_window
from mcp_servers.kit.toolset import Toolset
from mcp_servers.kit.upstream import Upstream, understood
from mcp_servers.prometheus import asks, golden, promql, shape
from mcp_servers.prometheus.client import Addresses, PrometheusApi, PrometheusClient, Result

_INSTRUCTIONS = (
    "Metrics from Prometheus. Every query is parsed before it is sent. Times are RFC 3339 or Unix seconds; "
    "points are [Unix seconds, value as text]. golden_signals shows the queries that it ran."
)
_MOST_SERIES_OF_A_SIGNAL = 40


def build(_: ServerSettings, env: Mapping[str, str]) -> Toolset:
    """The toolset from this process's environment. Raises SettingProblem."""
    addresses = Addresses(
        prometheus=http_url(env, "PROMETHEUS_URL"),
        alertmanager=http_url(env, "ALERTMANAGER_URL"),
        token=file_text(env, "PROMETHEUS_TOKEN_FILE"),
    )
    client = PrometheusClient(addresses)
    tools = toolset(client, client.system)
    tools.on_stop(client.close)
    return tools


def toolset(api: PrometheusApi, system: Upstream) -> Toolset:
    tools = Toolset(instructions=_INSTRUCTIONS, limits=Limits(series=shape.MOST_SERIES))
    hand = Prometheus(api)
    for tool in (
        hand.query,
        hand.query_range,
        hand.golden_signals,
        hand.alert_rule,
        hand.rules_about,
        hand.active_alerts,
        hand.alert_history,
        hand.compare_window,
        hand.targets,
        hand.find_series,
        hand.silences,
        hand.alert_states,
    ):
        tools.read(understood(tool, system))
    return tools


class Prometheus:
    """The tools themselves, over whatever answers as Prometheus does."""

    def __init__(self, api: PrometheusApi) -> None:
        self._api = api

    async def query(self, ask: asks.Query) -> asks.InstantAnswer:
        """Evaluate a PromQL expression at one time (now, where none is given): one value a series."""
        promql.instant(ask.promql)
        found = await self._api.query(ask.promql, ask.time)
        return shape.instant(found.data, found.warnings)

    async def query_range(self, ask: asks.QueryRange) -> asks.RangeAnswer:
        """Evaluate a PromQL expression over a window. step_seconds 0 chooses a step and says which."""
        promql.instant(ask.promql)
        step = shape.step_for(_window(ask.start, ask.end), ask.step_seconds)
        found = await self._api.query_range(ask.promql, ask.start, ask.end, step)
        series, notes = shape.ranged(found.data)
        return asks.RangeAnswer(
            series=series, step_seconds=step, truncated=bool(notes), warnings=[*found.warnings, *notes]
        )

    async def golden_signals(self, ask: asks.GoldenSignals) -> asks.GoldenAnswer:
        """Latency, traffic, errors and saturation of a service, found by conventional metric and label names.

        Each signal shows its query. `not_found` names the signals for which no known metric exists.
        """
        step = shape.step_for(_window(ask.start, ask.end), ask.step_seconds)
        there, notes = await self._metrics_of(ask)
        questions = golden.questions(
            there, golden.rate_seconds(await self._scrape_seconds(there, ask.end), step)
        )
        answers = await asyncio.gather(
            *(self._api.query_range(question.query, ask.start, ask.end, step) for question in questions)
        )
        signals = [_signal(question, answer) for question, answer in zip(questions, answers, strict=True)]
        told = {signal.signal for signal in signals if signal.series}
        notes += [
            f"{one.signal}: {one.what} has no sample in this window." for one in signals if not one.series
        ]
        return asks.GoldenAnswer(
            signals=signals,
            not_found=[signal for signal in golden.SIGNALS if signal not in told],
            step_seconds=step,
            notes=notes,
        )

    async def alert_rule(self, ask: asks.AlertRule) -> asks.RulesAnswer:
        """The rule (or rules) behind an alert's name: its expression, how long it waits, its labels and state."""
        found = shape.rules(await self._api.rule_groups(), lambda rule: rule.get("name") == ask.alertname)
        if not found:
            raise ToolError(
                Code.NOT_FOUND,
                f"Prometheus has no alerting rule named {ask.alertname!r}.",
                try_next="Another Prometheus or a ruler may evaluate it; the alert's generatorURL says which.",
            )
        return asks.RulesAnswer(rules=found)

    async def rules_about(self, ask: asks.RulesAbout) -> asks.RulesAnswer:
        """Alerting rules whose expression reads this metric: what people have said is too much of it."""
        groups = await self._api.rule_groups()
        found = shape.rules(
            groups, lambda rule: ask.metric in promql.metric_names(str(rule.get("query", "")))
        )
        return asks.RulesAnswer(rules=first(found, shape.MOST_RULES)[0])

    async def active_alerts(self, _: asks.NoAsk) -> asks.AlertsAnswer:
        """The alerts that Prometheus holds as pending or firing now."""
        return shape.alerts(await self._api.alerts())

    async def alert_history(self, ask: asks.AlertHistory) -> asks.HistoryAnswer:
        """When an alert fired in a window, from the ALERTS series: stretches with their labels."""
        step = shape.step_for(_window(ask.start, ask.end), 0)
        wanted = {"alertname": ask.alertname, "alertstate": "firing", **ask.labels}
        query = promql.selector(
            "ALERTS", [f"{name}={promql.quoted(value)}" for name, value in wanted.items()]
        )
        promql.instant(query)
        found = await self._api.query_range(query, ask.start, ask.end, step)
        stretches, samples = shape.firings(found.data, step)
        kept, cut = first(stretches, shape.MOST_SERIES)
        notes = [f"{len(kept)} of {len(stretches)} firings are given."] if cut else []
        return asks.HistoryAnswer(
            firings=kept, samples=samples, step_seconds=step, warnings=[*found.warnings, *notes]
        )

    async def compare_window(self, ask: asks.CompareWindow) -> asks.CompareAnswer:
        """Hold a window against a baseline, series by series: count, mean, percentiles and the ratio of means."""
        promql.instant(ask.promql)
        length = _window(ask.start, ask.end)
        before = _window(ask.baseline_start, ask.baseline_end, "baseline_start, baseline_end")
        step = shape.step_for(max(length, before), ask.step_seconds)
        now, baseline = await asyncio.gather(
            self._api.query_range(ask.promql, ask.start, ask.end, step),
            self._api.query_range(ask.promql, ask.baseline_start, ask.baseline_end, step),
        )
        series, cut = first(shape.comparisons(now.data, baseline.data), shape.MOST_SERIES)
        warnings = list(dict.fromkeys([*now.warnings, *baseline.warnings]))
        return asks.CompareAnswer(series=series, step_seconds=step, truncated=cut, warnings=warnings)

    async def targets(self, ask: asks.Targets) -> asks.TargetsAnswer:
        """What Prometheus scrapes, whether it can, and the last error where it cannot; the ill ones first."""
        return shape.targets(await self._api.targets(), job=ask.job, namespace=ask.namespace)

    async def find_series(self, ask: asks.FindSeries) -> asks.SeriesAnswer:
        """Label sets of the series that match any of the selectors within a window."""
        for matcher in ask.matchers:
            promql.instant(matcher)
        _window(ask.start, ask.end)
        found = await self._api.series(ask.matchers, ask.start, ask.end, ask.limit + 1)
        series, cut = first(found, ask.limit)
        return asks.SeriesAnswer(series=series, truncated=cut)

    async def silences(self, _: asks.NoAsk) -> asks.SilencesAnswer:
        """Silences that Alertmanager holds, active ones first."""
        found = await self._api.silences()
        found.sort(key=lambda one: (one.get("status") or {}).get("state") != "active")
        kept, cut = first(found, shape.MOST_SERIES)
        return asks.SilencesAnswer(silences=kept, truncated=cut)

    async def alert_states(self, ask: asks.AlertStates) -> asks.AlertStatesAnswer:
        """How Alertmanager holds its alerts: active, or held back by a silence, another alert or a mute time."""
        return shape.alert_states(await self._api.alert_states(), frozenset(ask.alertnames))

    async def _metrics_of(self, ask: asks.GoldenSignals) -> tuple[dict[str, golden.Found], list[str]]:
        """Which known metrics exist for the service: in its namespace, else (and said so) anywhere."""
        for namespace in dict.fromkeys((ask.namespace, "")):
            ways = golden.conventions(namespace, ask.service)
            series = await self._api.series(golden.discovery(ways), ask.start, ask.end, 20_000)
            there = golden.found(series, ways)
            if there:
                elsewhere = namespace != ask.namespace
                note = f"No series carries namespace {ask.namespace!r}; these match the service's name alone."
                return there, [note] if elsewhere else []
        return {}, [f"No known metric names the service {ask.service!r} in this window."]

    async def _scrape_seconds(self, there: Mapping[str, golden.Found], at: float) -> float:
        heartbeat = golden.heartbeat(there)
        if not heartbeat:
            return golden.USUAL_SCRAPE_SECONDS
        found = (await self._api.query(heartbeat, at)).data
        samples = float(found[0]["value"][1]) if found else 0.0
        return 300.0 / samples if samples else golden.USUAL_SCRAPE_SECONDS


def _window(start: float, end: float, names: str = "start, end") -> float:
    return check_window(start, end, longest_seconds=shape.LONGEST_WINDOW_SECONDS, names=names)


def _signal(question: golden.Question, answer: Result) -> asks.GoldenSignal:
    series, _ = shape.ranged(answer.data, most_series=_MOST_SERIES_OF_A_SIGNAL)
    return asks.GoldenSignal(
        signal=question.signal, what=question.what, query=question.query, unit=question.unit, series=series
    )
