"""Golden signals come from the metric families that exist for the service, whichever way they name it."""

from __future__ import annotations

import pytest
from fake_prometheus import SYSTEM, FakePrometheus

from mcp_servers.prometheus import asks, golden, promql
from mcp_servers.prometheus.client import Result
from mcp_servers.prometheus.server import Prometheus, toolset

NS, SVC = "shop", "cart"
POD = "cart-7d9f8c6b5-x2x4z"


def asked_for(*series: dict[str, str], rate: int = 60) -> list[golden.Question]:
    return golden.questions(golden.found(series, golden.conventions(NS, SVC)), rate)


def by_signal(questions: list[golden.Question]) -> dict[str, list[golden.Question]]:
    told: dict[str, list[golden.Question]] = {}
    for question in questions:
        told.setdefault(question.signal, []).append(question)
    return told


def test_red_metrics_with_a_service_label_tell_traffic_errors_and_latency() -> None:
    told = by_signal(
        asked_for(
            {"__name__": "http_requests_total", "namespace": NS, "service": SVC, "code": "200"},
            {
                "__name__": "http_request_duration_seconds_bucket",
                "namespace": NS,
                "service": SVC,
                "le": "+Inf",
            },
        )
    )
    assert told["traffic"][0].query == 'sum(rate(http_requests_total{namespace="shop",service="cart"}[60s]))'
    assert 'code=~"5.."' in told["errors"][0].query
    assert [question.query.split(",")[0] for question in told["latency"]] == [
        "histogram_quantile(0.5",
        "histogram_quantile(0.95",
    ]


def test_a_service_without_any_failure_has_an_error_share_of_zero_not_none() -> None:
    told = by_signal(
        asked_for({"__name__": "http_requests_total", "namespace": NS, "app": SVC, "status": "200"})
    )
    assert " or 0 * sum(" in told["errors"][0].query
    assert 'status=~"5.."' in told["errors"][0].query


def test_a_counter_without_an_outcome_label_tells_no_errors() -> None:
    told = by_signal(asked_for({"__name__": "http_requests_total", "namespace": NS, "app": SVC}))
    assert "errors" not in told
    assert "traffic" in told


def test_a_summary_without_buckets_tells_the_mean() -> None:
    told = by_signal(
        asked_for({"__name__": "http_request_duration_seconds_count", "namespace": NS, "job": SVC})
    )
    assert told["latency"][0].what.startswith("mean of")
    assert "http_request_duration_seconds_sum" in told["latency"][0].query


def test_grpc_counts_only_the_servers_own_failures() -> None:
    told = by_signal(
        asked_for(
            {"__name__": "grpc_server_handled_total", "namespace": NS, "service": SVC, "grpc_code": "OK"}
        )
    )
    query = told["errors"][0].query
    assert "Unavailable" in query
    assert "NotFound" not in query


def test_a_mesh_is_used_where_the_program_tells_nothing() -> None:
    mesh = {
        "__name__": "istio_requests_total",
        "destination_workload": SVC,
        "destination_workload_namespace": NS,
        "reporter": "destination",
        "response_code": "200",
    }
    told = by_signal(asked_for(mesh))
    assert 'reporter="destination"' in told["traffic"][0].query
    assert 'response_code=~"5.."' in told["errors"][0].query


@pytest.mark.parametrize(
    "pod", ["cart-worker-x2x4z", "cart-worker-7d9f8c6b5-x2x4z", "mycart-7d9f8c6b5-x2x4z"]
)
def test_pods_of_a_workload_whose_name_begins_alike_are_not_taken(pod: str) -> None:
    assert not asked_for(
        {"__name__": "container_cpu_usage_seconds_total", "namespace": NS, "pod": pod, "container": "app"},
        {"__name__": "kube_pod_container_resource_limits", "namespace": NS, "pod": pod, "resource": "cpu"},
    )


@pytest.mark.parametrize("pod", [POD, "cart-0", "cart-12", "cart-x2x4z"])
def test_pods_of_deployments_stateful_sets_and_daemon_sets_tell_saturation(pod: str) -> None:
    told = by_signal(
        asked_for(
            {
                "__name__": "container_memory_working_set_bytes",
                "namespace": NS,
                "pod": pod,
                "container": "app",
            },
            {
                "__name__": "kube_pod_container_resource_limits",
                "namespace": NS,
                "pod": pod,
                "resource": "memory",
            },
        )
    )
    assert told["saturation"][0].what == "memory (working set) of its limit"
    assert told["saturation"][0].unit == "ratio"


def test_a_use_without_its_bound_is_no_ratio_and_is_not_asked() -> None:
    assert not asked_for({"__name__": "http_server_active_requests", "namespace": NS, "service": SVC})


def test_every_query_that_can_be_made_parses() -> None:
    names = {"namespace": NS, "service": SVC, "pod": POD, "instance": "a:1", "code": "200", "queue": "q"}
    everything = [
        {"__name__": metric, **names}
        for family in golden.FILLS
        for metric in (family.used, family.most)
        if metric
    ]
    everything += [{"__name__": f"{family.metric}_bucket", **names} for family in golden.DURATIONS]
    for family in golden.REQUESTS:
        for question in asked_for({"__name__": family.metric, **names}, *everything):
            promql.instant(question.query)
    for matcher in golden.discovery(golden.conventions('we"ird', "a.b*c")):
        promql.instant(matcher)


def test_a_rate_spans_four_scrapes_and_no_less_than_a_step() -> None:
    assert golden.rate_seconds(30, 15) == 120
    assert golden.rate_seconds(1, 300) == 300
    assert golden.rate_seconds(1, 1) == 20


async def test_the_answer_shows_its_queries_and_names_what_was_not_found() -> None:
    api = FakePrometheus()
    api.series_given = [{"__name__": "http_requests_total", "namespace": NS, "service": SVC, "code": "200"}]
    traffic = 'sum(rate(http_requests_total{namespace="shop",service="cart"}[60s]))'
    api.ranges[traffic] = Result([{"metric": {}, "values": [[1.0, "5"]]}])
    answer = await Prometheus(api).golden_signals(
        asks.GoldenSignals(namespace=NS, service=SVC, start=0, end=600, step_seconds=60)
    )
    assert {one.signal: one.query for one in answer.signals}["traffic"] == traffic
    assert answer.not_found == ["latency", "errors", "saturation"]
    assert any(note.startswith("errors:") for note in answer.notes)


async def test_series_without_the_namespace_are_used_and_it_is_said() -> None:
    api = FakePrometheus()
    api.series_by_call = [[], [{"__name__": "http_requests_total", "job": SVC, "code": "200"}]]
    answer = await Prometheus(api).golden_signals(
        asks.GoldenSignals(namespace=NS, service=SVC, start=0, end=60)
    )
    assert "No series carries namespace 'shop'" in answer.notes[0]
    assert 'job=~"(?:.+/)?cart"' in answer.signals[0].query


async def test_an_unknown_service_finds_nothing_and_says_so() -> None:
    answer = await Prometheus(FakePrometheus()).golden_signals(
        asks.GoldenSignals(namespace=NS, service="nobody", start=0, end=60)
    )
    assert answer.signals == []
    assert len(answer.not_found) == 4
    assert "nobody" in answer.notes[0]


def test_every_tool_of_the_server_only_reads() -> None:
    tools = toolset(FakePrometheus(), SYSTEM)
    tools.check()
    assert not tools.write_names
    assert set(tools.tools) == {
        "query",
        "query_range",
        "golden_signals",
        "alert_rule",
        "rules_about",
        "active_alerts",
        "alert_history",
        "compare_window",
        "targets",
        "find_series",
        "silences",
        "alert_states",
    }
