"""The server's queries are asked again over windows of our own, errors as parts and wholes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import JsonValue

from sre_agent.signals.golden import (
    Bin,
    GoldenQueries,
    counted,
    counter_of,
    fraction,
    golden_queries,
    heartbeat,
    rate_window,
    scrape_interval,
    with_range,
)
from sre_agent.signals.promql import parsed

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


def test_samples_are_counted_over_a_time() -> None:
    assert "count_over_time(http_requests_total" in heartbeat(ALL, timedelta(minutes=1))
    assert heartbeat("up", timedelta(minutes=1)) == ""


SHORT, MINUTE, LONG = timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5)


@pytest.mark.parametrize(
    ("held", "scrape"),
    [
        ({SHORT: 15, MINUTE: 40, LONG: 40}, 1),
        ({SHORT: 1, MINUTE: 4, LONG: 20}, 15),
        ({SHORT: 0, MINUTE: 1, LONG: 5}, 60),
        ({SHORT: 0, MINUTE: 0, LONG: 2}, 150),
    ],
)
def test_the_shortest_time_that_holds_enough_samples_tells_how_often_it_is_scraped(
    held: dict[timedelta, float], scrape: float
) -> None:
    assert scrape_interval(held) == timedelta(seconds=scrape)


def test_without_samples_nobody_knows_how_often_it_is_scraped() -> None:
    assert scrape_interval({SHORT: 0, LONG: 0}) is None


def test_the_rate_spans_four_scrapes_and_never_more_than_it_may() -> None:
    longest = timedelta(minutes=2)
    assert rate_window(timedelta(seconds=1), longest=longest) == timedelta(seconds=4)
    assert rate_window(timedelta(seconds=15), longest=longest) == timedelta(seconds=60)
    assert rate_window(timedelta(seconds=60), longest=longest) == longest


def test_a_count_is_asked_of_the_counter_behind_a_rate() -> None:
    counter = counter_of(ALL)
    each = Bin(width=timedelta(seconds=6), scrape=timedelta(seconds=2))
    assert counter == 'http_requests_total{service="cart"}'
    assert counted(counter, each) == f"sum (increase({counter}[8000ms]) * 0.75)"
    assert counter_of("") == counted("", each) == ""


def test_a_counter_that_was_not_there_before_counts_from_nothing() -> None:
    each = Bin(width=timedelta(seconds=6), scrape=timedelta(seconds=2))
    query = counted("h_bucket", each, by="le", newborn=True)
    parsed(query)
    known = "count_over_time(h_bucket[300000ms] offset 6000ms)"
    assert query.startswith("sum by (le) ((increase(h_bucket[8000ms]) * 0.75 and ")
    assert query.endswith(f"and {known}) or (h_bucket unless {known}))")
