"""The tools' answers: bounded, honest about what was left out, and typed even where Prometheus lies."""

from __future__ import annotations

import pytest
from fake_prometheus import SYSTEM, FakePrometheus

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.times import unix_seconds
from mcp_servers.prometheus import asks, shape
from mcp_servers.prometheus.client import Result
from mcp_servers.prometheus.compare import intervals, summary
from mcp_servers.prometheus.server import Prometheus, toolset


@pytest.fixture
def api() -> FakePrometheus:
    return FakePrometheus()


@pytest.fixture
def hand(api: FakePrometheus) -> Prometheus:
    return Prometheus(api)


async def test_a_range_of_too_many_points_is_refused_with_the_step_that_works(hand: Prometheus) -> None:
    with pytest.raises(ToolError) as caught:
        await hand.query_range(asks.QueryRange(promql="up", start=0, end=864_000, step_seconds=1))
    assert caught.value.code is Code.TOO_LARGE
    assert "step_seconds of 79" in caught.value.try_next
    await hand.query_range(asks.QueryRange(promql="up", start=0, end=864_000, step_seconds=79))


async def test_no_step_means_a_few_hundred_points_and_the_answer_says_which(
    hand: Prometheus, api: FakePrometheus
) -> None:
    answer = await hand.query_range(asks.QueryRange(promql="up", start=0, end=3600))
    assert answer.step_seconds == 15
    assert api.asked[-1][1][3] == 15


async def test_more_points_than_fit_are_cut_by_whole_series_and_counted(
    hand: Prometheus, api: FakePrometheus
) -> None:
    values = [[float(i), "1"] for i in range(10_000)]
    api.ranges["up"] = Result([{"metric": {"i": str(i)}, "values": values} for i in range(40)], ("careful",))
    answer = await hand.query_range(asks.QueryRange(promql="up", start=0, end=10_000, step_seconds=1))
    assert len(answer.series) == 12
    assert answer.truncated
    assert answer.warnings[0] == "careful"
    assert "12 of 40 series" in answer.warnings[1]


@pytest.mark.parametrize(
    ("start", "end", "code"), [(10, 10, "invalid_argument"), (0, 40 * 86_400, "too_large")]
)
async def test_a_window_that_is_empty_or_too_long_is_refused(
    hand: Prometheus, start: float, end: float, code: str
) -> None:
    with pytest.raises(ToolError) as caught:
        await hand.query_range(asks.QueryRange(promql="up", start=start, end=end))
    assert caught.value.code == code


async def test_a_scalar_is_given_as_one_unnamed_series(hand: Prometheus, api: FakePrometheus) -> None:
    api.instant["scalar(up)"] = Result([1.5, "3"])
    answer = await hand.query(asks.Query(promql="scalar(up)"))
    assert answer.result_type == "scalar"
    assert answer.series[0].value == (1.5, "3")


async def test_the_rule_behind_an_alert_is_found_by_its_name_alone(
    hand: Prometheus, api: FakePrometheus
) -> None:
    rule = {
        "name": "High",
        "query": "up == 0",
        "duration": 60,
        "type": "alerting",
        "state": "firing",
        "health": "ok",
    }
    api.groups = [{"name": "g", "rules": [rule, rule | {"name": "Low"}, rule | {"type": "recording"}]}]
    answer = await hand.alert_rule(asks.AlertRule(alertname="High"))
    assert [(one.group, one.expr, one.for_seconds) for one in answer.rules] == [("g", "up == 0", 60)]


async def test_a_rule_that_is_not_there_is_an_error_that_says_where_to_look(hand: Prometheus) -> None:
    with pytest.raises(ToolError, match="no alerting rule named 'Gone'") as caught:
        await hand.alert_rule(asks.AlertRule(alertname="Gone"))
    assert "generatorURL" in caught.value.try_next


async def test_the_history_of_an_alert_is_its_stretches_of_firing(
    hand: Prometheus, api: FakePrometheus
) -> None:
    times = [0, 15, 30, 300, 315]
    api.ranges['ALERTS{alertname="High",alertstate="firing",service="a"}'] = Result(
        [
            {
                "metric": {"__name__": "ALERTS", "alertstate": "firing", "service": "a"},
                "values": [[t, "1"] for t in times],
            }
        ]
    )
    answer = await hand.alert_history(
        asks.AlertHistory(alertname="High", labels={"service": "a"}, start=0, end=3600)
    )
    assert [(unix_seconds(one.start), unix_seconds(one.end)) for one in answer.firings] == [
        (0, 30),
        (300, 315),
    ]
    assert answer.firings[0].labels == {"service": "a"}
    assert answer.samples == 5


async def test_a_hostile_label_cannot_widen_the_history_query(hand: Prometheus, api: FakePrometheus) -> None:
    await hand.alert_history(
        asks.AlertHistory(alertname='x"} or up{a="', labels={"ok": 'v"'}, start=0, end=60)
    )
    assert api.asked[-1][1][0].startswith('ALERTS{alertname="x\\"} or up{a=\\"",')


def test_a_label_name_that_would_widen_the_query_is_refused() -> None:
    with pytest.raises(ValueError, match="pattern"):
        asks.AlertHistory(alertname="x", labels={'a="b"} or up{c': "d"}, start=0, end=60)


async def test_two_windows_are_compared_series_by_series_the_largest_change_first(
    hand: Prometheus, api: FakePrometheus
) -> None:
    def window(factor: float) -> Result:
        return Result(
            [
                {"metric": {"s": name}, "values": [[0, str(1.0)], [1, str(value)]]}
                for name, value in (("same", 1.0), ("grew", factor))
            ]
        )

    answers = [window(19.0), window(1.0)]

    async def one_after_the_other(promql: str, start: float, end: float, step: float) -> Result:
        return answers.pop(0)

    api.query_range = one_after_the_other  # type: ignore[method-assign]
    answer = await hand.compare_window(
        asks.CompareWindow(promql="up", start=60, end=120, baseline_start=0, baseline_end=60)
    )
    assert answer.series[0].metric == {"s": "grew"}
    assert answer.series[0].ratio == 10.0
    assert answer.series[1].ratio == 1.0


def test_values_that_are_no_numbers_are_left_out_of_a_summary() -> None:
    told = summary([(0, "NaN"), (1, "2"), (2, "+Inf"), (3, "4")])
    assert told is not None
    assert (told.n, told.mean, told.p50, told.last) == (2, 3.0, 3.0, 4.0)
    assert summary([(0, "NaN")]) is None


def test_one_missing_sample_does_not_part_a_stretch() -> None:
    assert intervals([0, 10, 30, 60, 70], step=10) == [(0, 30), (60, 70)]


async def test_targets_are_chosen_by_job_and_discovered_namespace_the_ill_first(
    hand: Prometheus, api: FakePrometheus
) -> None:
    found = {"__meta_kubernetes_namespace": "shop"}
    api.targets_given = [
        {"labels": {"job": "a"}, "discoveredLabels": found, "health": "up"},
        {"labels": {"job": "a"}, "discoveredLabels": found, "health": "down", "lastError": "refused"},
        {"labels": {"job": "a", "namespace": "other"}, "health": "down"},
        {"labels": {"job": "b"}, "discoveredLabels": found, "health": "up"},
    ]
    answer = await hand.targets(asks.Targets(job="a", namespace="shop"))
    assert [(one.health, one.last_error) for one in answer.targets] == [("down", "refused"), ("up", "")]


async def test_more_series_than_asked_for_are_cut_and_said(hand: Prometheus, api: FakePrometheus) -> None:
    api.series_given = [{"i": str(i)} for i in range(10)]
    answer = await hand.find_series(asks.FindSeries(matchers=["up"], start=0, end=60, limit=3))
    assert len(answer.series) == 3
    assert answer.truncated


async def test_an_answer_of_the_wrong_shape_is_told_as_such_and_not_as_our_defect(
    api: FakePrometheus,
) -> None:
    tools = toolset(api, SYSTEM)
    api.groups = [{"name": "g", "rules": [{"type": "alerting", "name": "x", "labels": 7}]}]
    with pytest.raises(ToolError) as caught:
        await tools.tools["alert_rule"].run(asks.AlertRule(alertname="x"))
    assert caught.value.code is Code.UPSTREAM_ERROR
    assert "PROMETHEUS_URL" in caught.value.try_next
    api.instant["up"] = Result([{"metric": {}, "value": "soon"}])
    with pytest.raises(ToolError, match="not its API"):
        await tools.tools["query"].run(asks.Query(promql="up"))


def test_times_are_taken_as_text_or_seconds_and_refused_without_a_zone() -> None:
    ask = asks.QueryRange.model_validate(
        {"promql": "up", "start": "2026-01-31T08:00:00.123456789Z", "end": "1769846400"}
    )
    assert round(ask.start, 3) == 1769846400.123
    for wrong in ("2026-01-31T08:00:00", "yesterday", 1769846400000.0, True, "nan"):
        with pytest.raises(ValueError, match="time"):
            asks.Query.model_validate({"promql": "up", "time": wrong})


def test_the_chosen_step_is_a_round_number() -> None:
    assert [shape.step_for(length, 0) for length in (60, 3600, 86_400, 30 * 86_400)] == [1, 15, 600, 14_400]


async def test_rules_about_a_metric_are_those_whose_expression_reads_it(
    hand: Prometheus, api: FakePrometheus
) -> None:
    rule = {"name": "Slow", "query": "histogram_quantile(0.9, rate(a_bucket[1m])) > 1", "type": "alerting"}
    api.groups = [
        {"name": "g", "rules": [rule, rule | {"name": "Other", "query": "b > 1"}, rule | {"query": "("}]}
    ]
    answer = await hand.rules_about(asks.RulesAbout(metric="a_bucket"))
    assert [one.name for one in answer.rules] == ["Slow"]


async def test_alerts_that_alertmanager_holds_back_come_first_with_who_holds_them(
    api: FakePrometheus, hand: Prometheus
) -> None:
    held = {"state": "suppressed", "silencedBy": ["s1"], "inhibitedBy": [], "mutedBy": ["nights"]}
    api.states_given = [
        {"fingerprint": "a", "labels": {"alertname": "Slow"}, "status": {"state": "active"}},
        {"fingerprint": "b", "labels": {"alertname": "Slow", "service": "cart"}, "status": held},
        {"fingerprint": "c", "labels": {"alertname": "Other"}, "status": {"state": "active"}},
    ]
    first, second = (await hand.alert_states(asks.AlertStates(alertnames=["Slow"]))).alerts
    assert (first.fingerprint, first.silenced_by, first.muted_by) == ("b", ["s1"], ["nights"])
    assert (second.fingerprint, second.state, second.silenced_by) == ("a", "active", [])
