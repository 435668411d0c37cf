"""Counters by status and sums of durations, as servers and proxies export them, tell traffic, errors and latency."""

from __future__ import annotations

import numpy as np
import pytest

from sre_agent.picture.golden import golden_signals
from sre_agent.picture.series import Series
from sre_agent.picture.source import Source

TIMES = np.arange(0.0, 600.0, 15.0)


def counter(name: str, rate: float, **labels: str) -> Series:
    return Series(
        name, {"__name__": name, **labels}, TIMES, 100.0 + rate * TIMES, Source("E1", f"metrics/{name}.json")
    )


def told(*series: Series) -> dict[str, tuple[str, float]]:
    """Name → (whose, last value)."""
    return {
        one.name: (one.label("service", "pod"), round(float(one.values[-1]), 4))
        for one in golden_signals(series)
    }


@pytest.mark.parametrize(
    ("name", "good", "bad", "who"),
    [
        ("istio_requests_total", {"response_code": "200"}, {"response_code": "503"}, {"destination_workload": "till", "reporter": "destination"}),
        ("http_server_requests_seconds_count", {"status": "200"}, {"status": "500"}, {"application": "till", "job": "spring"}),
        ("http_server_request_duration_seconds_count", {"http_response_status_code": "204"}, {"http_response_status_code": "502"}, {"service_name": "till"}),
        ("http_server_duration_milliseconds_count", {"http_status_code": "200"}, {"http_status_code": "500"}, {"job": "shop/till"}),
        ("http_requests_total", {"code": "200"}, {"code": "500"}, {"service": "till"}),
        ("http_requests_total", {"status": "2xx"}, {"status": "5xx"}, {"job": "till"}),
        ("envoy_cluster_upstream_rq_xx", {"envoy_response_code_class": "2"}, {"envoy_response_code_class": "5"}, {"envoy_cluster_name": "outbound|80||till.shop.svc.cluster.local"}),
        ("traefik_service_requests_total", {"code": "200"}, {"code": "503"}, {"service": "shop-till-80@kubernetes"}),
        ("nginx_ingress_controller_requests", {"status": "200"}, {"status": "504"}, {"exported_service": "till", "exported_namespace": "shop"}),
        ("grpc_server_handled_total", {"grpc_code": "OK"}, {"grpc_code": "Unavailable"}, {"service": "till"}),
        ("response_total", {"classification": "success"}, {"classification": "failure"}, {"deployment": "till", "direction": "inbound"}),
        ("traces_spanmetrics_calls_total", {"status_code": "STATUS_CODE_OK"}, {"status_code": "STATUS_CODE_ERROR"}, {"service_name": "till", "span_kind": "SPAN_KIND_SERVER"}),
    ],
)  # fmt: skip
def test_requests_by_status_tell_traffic_and_the_share_that_fails(
    name: str, good: dict[str, str], bad: dict[str, str], who: dict[str, str]
) -> None:
    found = told(counter(name, 9.0, **who, **good), counter(name, 1.0, **who, **bad))
    assert found == {"traffic": ("till", 10.0), "errors": ("till", 0.1)}


@pytest.mark.parametrize(
    ("base", "spent"),
    [("http_request_duration_seconds", 2.5), ("istio_request_duration_milliseconds", 2500.0)],
)
def test_sums_and_counts_of_durations_tell_the_mean_in_seconds(base: str, spent: float) -> None:
    found = told(
        counter(f"{base}_sum", spent, service="till"), counter(f"{base}_count", 10.0, service="till")
    )
    assert found == {"latency": ("till", 0.25)}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        (
            "http_client_request_duration_seconds_count",
            {"http_response_status_code": "500", "service_name": "till"},
        ),
        (
            "istio_requests_total",
            {"response_code": "503", "reporter": "source", "destination_workload": "till"},
        ),
        ("apiserver_request_total", {"code": "500", "job": "apiserver"}),
        ("promhttp_metric_handler_requests_total", {"code": "500", "job": "till"}),
        ("kafka_requests_total", {"status": "500", "job": "x"}),
        ("http_requests_total", {"service": "till"}),
    ],
)
def test_what_others_count_and_what_tells_no_status_is_nobodys_signal(
    name: str, labels: dict[str, str]
) -> None:
    assert told(counter(name, 1.0, **labels)) == {}


def test_a_capture_that_has_golden_signals_is_left_as_it_is() -> None:
    own = Series("errors", {"service": "till"}, TIMES, TIMES * 0, Source("E1", "metrics/errors.json"))
    assert told(own, counter("http_requests_total", 1.0, code="500", service="till")) == {}
