"""Alert expressions are taken apart by a parser, and what they measure is what Prometheus compares."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.signals.promql import (
    Measured,
    PromqlError,
    expression_in,
    longest_range,
    measured,
    metric_names,
)

RATIO = 'sum by (service) (rate(errors_total{code=~"5.."}[5m])) / sum by (service) (rate(all_total[5m]))'


@pytest.mark.parametrize(
    ("expr", "value", "op", "threshold"),
    [
        (f"{RATIO} > 0.05", RATIO, ">", 0.05),
        (f"({RATIO} > 0.05)", RATIO, ">", 0.05),
        ("0.05 < up", "up", ">", 0.05),
        ("up == 0", "up", "==", 0.0),
        ("free < -3", "free", "<", -3.0),
        ("free < (10)", "free", "<", 10.0),
        ("rate(e[1m]) > 5 and on (pod) up == 1", "rate(e[1m])", ">", 5.0),
        ("(a > 1) unless b", "a", ">", 1.0),
        ("desired != available", "desired != available", "", None),
        ('absent(up{job="a"})', 'absent(up{job="a"})', "", None),
        ("a > 1 or b > 2", "a > 1 or b > 2", "", None),
        ("5 > bool 3", "5 > bool 3", "", None),
    ],
)
def test_the_value_is_what_stands_beside_the_line(
    expr: str, value: str, op: str, threshold: float | None
) -> None:
    assert measured(expr) == Measured(value, op, threshold)


@pytest.mark.parametrize("text", ["sum(", "up{", "up down", "", "rate(up)x", "foo{a=~`x\\.y`}"])
def test_what_the_parser_does_not_understand_is_said_and_not_guessed(text: str) -> None:
    with pytest.raises(PromqlError):
        measured(text)


@given(st.text(max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(PromqlError):
        measured(text)


@pytest.mark.parametrize(
    ("url", "expr"),
    [
        ("http://p:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1", "up == 0"),
        ("http://p:9090/graph?g0.expr=a%7Bb%3D%22c%26d%22%7D+%3E+1", 'a{b="c&d"} > 1'),
        ("http://p:9090/graph", ""),
        ("", ""),
        ("http://[broken", ""),
    ],
)
def test_the_firing_expression_is_read_from_the_generator_url(url: str, expr: str) -> None:
    assert expression_in(url) == expr


@pytest.mark.parametrize(
    ("expr", "range_"),
    [
        ("up == 0", timedelta()),
        ("rate(a[5m]) / rate(b[10m])", timedelta(minutes=10)),
        ("max_over_time(rate(a[1m])[5m:30s])", timedelta(minutes=6)),
        ("rate(a[1500ms])", timedelta(milliseconds=1500)),
    ],
)
def test_the_longest_look_back_is_found(expr: str, range_: timedelta) -> None:
    assert longest_range(expr) == range_


def test_the_metrics_of_an_expression_are_named_once_each() -> None:
    assert metric_names('rate(a[1m]) / a + {__name__="b"} > scalar(c) and {x="y"}') == ("a", "b", "c")
