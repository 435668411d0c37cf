"""The server's queries are asked again over windows of our own, errors as parts and wholes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import JsonValue

from sre_agent.signals.golden import (
    GoldenQueries,
    fraction,
    golden_queries,
    heartbeat,
    rate_window,
    with_range,
)

ALL = 'sum(rate(http_requests_total{service="cart"}[20s]))'
FAILED = '(sum(rate(http_requests_total{code=~"5..",service="cart"}[20s])) or 0 * ' + ALL + ")"
SIGNALS: list[JsonValue] = [
    {
        "signal": "latency",
        "what": "p50 of h",
        "query": "histogram_quantile(0.5, sum by (le) (rate(h_bucket[20s])))",
    },
    {
        "signal": "latency",
        "what": "p95 of h",
        "query": "histogram_quantile(0.95, sum by (le) (rate(h_bucket[20s])))",
    },
    {"signal": "traffic", "what": "rate of http_requests_total", "query": ALL},
    {"signal": "errors", "what": "share", "query": f"{FAILED} / {ALL}"},
    {"signal": "saturation", "what": "workers", "query": "sum by (pod) (a) / (sum by (pod) (b) > 0)"},
]


def test_errors_are_asked_for_as_failed_and_all_requests() -> None:
    found = golden_queries(SIGNALS)
    assert found.requests == ALL
    assert "5.." in found.failed
    assert "/" not in found.failed


def test_the_slowest_quantile_is_watched() -> None:
    assert golden_queries(SIGNALS).latency_is == "p95 of h"


def test_every_rate_gets_our_window() -> None:
    over = golden_queries(SIGNALS).over(timedelta(seconds=4))
    assert "20s" not in f"{over}"
    assert "[4s]" in over.requests
    assert "[4s]" in over.latency


def test_a_window_keeps_its_milliseconds() -> None:
    assert with_range("rate(a[5m])", timedelta(milliseconds=1500)) == "rate(a[1s500ms])"


@pytest.mark.parametrize(
    "signals", [[], [{"signal": "errors"}], ["x"], [{"signal": "errors", "query": "sum("}]]
)
def test_what_cannot_be_read_is_left_out(signals: list[JsonValue]) -> None:
    assert golden_queries(signals) == GoldenQueries()


def test_a_share_is_parts_of_a_whole_and_nothing_else_is() -> None:
    assert fraction("(a / b)") == ("a", "b")
    assert fraction("a * b") is None


def test_the_rate_spans_four_scrapes_and_never_more_than_it_may() -> None:
    assert "count_over_time(http_requests_total" in heartbeat(ALL, timedelta(minutes=1))
    assert heartbeat("up", timedelta(minutes=1)) == ""
    minute, longest = timedelta(minutes=1), timedelta(minutes=2)
    assert rate_window(60, minute, longest=longest) == timedelta(seconds=4)
    assert rate_window(4, minute, longest=longest) == timedelta(seconds=60)
    assert rate_window(1, minute, longest=longest) == longest
    assert rate_window(0, minute, longest=longest) == longest
