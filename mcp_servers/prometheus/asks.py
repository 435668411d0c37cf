"""What the Prometheus tools take and give. Points are `[Unix seconds, "value"]`, as Prometheus writes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from mcp_servers.kit.contract import Answer, Ask
from mcp_servers.kit.times import When
from mcp_servers.prometheus.golden import Signal

Promql = Annotated[str, Field(min_length=1, max_length=6000, description="a PromQL expression")]
Step = Annotated[float, Field(ge=0, le=86_400, description="seconds between points; 0 chooses one")]
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=200)]
"""Checked, so that no name can end the matcher that it is written into."""
Labels = dict[str, str]
Point = tuple[float, str]
Object = dict[str, JsonValue]


class Query(Ask):
    promql: Promql
    time: When | None = None


class QueryRange(Ask):
    promql: Promql
    start: When
    end: When
    step_seconds: Step = 0


class GoldenSignals(Ask):
    namespace: str = Field(default="", max_length=253)
    service: str = Field(min_length=1, max_length=253)
    start: When
    end: When
    step_seconds: Step = 0


class AlertRule(Ask):
    alertname: str = Field(min_length=1, max_length=500)


class RulesAbout(Ask):
    metric: str = Field(min_length=1, max_length=500)


class NoAsk(Ask):
    """No arguments."""


class AlertStates(Ask):
    alertnames: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="empty: every alert"
    )


class AlertHistory(Ask):
    alertname: str = Field(min_length=1, max_length=500)
    labels: dict[LabelName, str] = Field(default={}, max_length=40)
    start: When
    end: When


class CompareWindow(Ask):
    promql: Promql
    start: When
    end: When
    baseline_start: When
    baseline_end: When
    step_seconds: Step = 0


class Targets(Ask):
    job: str = Field(default="", max_length=500)
    namespace: str = Field(default="", max_length=253)


class FindSeries(Ask):
    matchers: list[Promql] = Field(min_length=1, max_length=20)
    start: When
    end: When
    limit: int = Field(default=200, ge=1, le=5000)


class InstantSeries(Answer):
    metric: Labels
    value: Point


class RangeSeries(Answer):
    metric: Labels
    values: list[Point]


class InstantAnswer(Answer):
    result_type: str
    series: list[InstantSeries]
    truncated: bool = False
    warnings: list[str] = []


class RangeAnswer(Answer):
    series: list[RangeSeries]
    step_seconds: float
    truncated: bool = False
    warnings: list[str] = []


class GoldenSignal(Answer):
    signal: Signal
    what: str
    query: str
    unit: str
    series: list[RangeSeries]


class GoldenAnswer(Answer):
    signals: list[GoldenSignal]
    not_found: list[Signal]
    step_seconds: float
    notes: list[str] = []


class Rule(Answer):
    group: str
    name: str
    expr: str
    for_seconds: float
    labels: Labels
    annotations: Labels
    state: str
    health: str
    last_error: str = ""


class RulesAnswer(Answer):
    rules: list[Rule]


class Alert(Answer):
    labels: Labels
    annotations: Labels
    state: str
    active_at: str
    value: str


class AlertsAnswer(Answer):
    alerts: list[Alert]
    truncated: bool = False


class Firing(Answer):
    start: str
    end: str
    labels: Labels


class HistoryAnswer(Answer):
    firings: list[Firing]
    samples: int
    step_seconds: float
    warnings: list[str] = []


class WindowSummary(Answer):
    n: int
    mean: float
    p50: float
    p95: float
    min: float
    max: float
    last: float


class Comparison(Answer):
    metric: Labels
    now: WindowSummary | None
    baseline: WindowSummary | None
    ratio: float | None


class CompareAnswer(Answer):
    series: list[Comparison]
    step_seconds: float
    truncated: bool = False
    warnings: list[str] = []


class Target(Answer):
    labels: Labels
    health: str
    last_error: str
    last_scrape: str
    scrape_url: str


class TargetsAnswer(Answer):
    targets: list[Target]
    truncated: bool = False


class SeriesAnswer(Answer):
    series: list[Labels]
    truncated: bool = False


class SilencesAnswer(Answer):
    silences: list[Object]
    truncated: bool = False


class AlertState(Answer):
    """How Alertmanager holds one alert. The lists name the silences, the inhibiting alerts and the mute times."""

    fingerprint: str
    labels: Labels
    state: str
    silenced_by: list[str]
    inhibited_by: list[str]
    muted_by: list[str]


class AlertStatesAnswer(Answer):
    alerts: list[AlertState]
    truncated: bool = False
