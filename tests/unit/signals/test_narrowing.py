"""A label is pushed to a selector only where the result's label is the selector's own; elsewhere never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.signals.narrowing import narrowed
from sre_agent.signals.promql import PromqlError, one_line, parsed

LABELS = {"namespace": "shop", "service": "cart"}
BOTH = 'namespace="shop",service="cart"'


@pytest.mark.parametrize(
    ("expr", "result"),
    [
        ("up", f"up{{{BOTH}}}"),
        ('up{job="a"} == 0', f'up{{job="a",{BOTH}}} == 0'),
        ('{__name__="up"}', f'{{__name__="up",{BOTH}}}'),
        ("rate(a[5m]) > 1", f"rate(a{{{BOTH}}}[5m]) > 1"),
        ("rate(a[5m] offset 1h) > 1", f"rate(a{{{BOTH}}}[5m] offset 1h) > 1"),
        ("a offset -5m @ 100 > 1", f"a{{{BOTH}}} @ 100.000 offset -5m > 1"),
        ("max_over_time(rate(a[1m])[5m:30s])", f"max_over_time(rate(a{{{BOTH}}}[1m])[5m:30s])"),
        ("sum by (service) (a)", 'sum by (service) (a{service="cart"})'),
        ("sum by (namespace, service) (a)", f"sum by (namespace, service) (a{{{BOTH}}})"),
        ("sum without (service) (a)", 'sum without (service) (a{namespace="shop"})'),
        ("sum(a)", "sum(a)"),
        ("topk(3, a)", "topk(3, a)"),
        ("topk by (namespace) (3, a)", 'topk by (namespace) (3, a{namespace="shop"})'),
        ('count_values by (service) ("service", a)', 'count_values by (service) ("service", a)'),
        ("a / b", f"a{{{BOTH}}} / b{{{BOTH}}}"),
        ("a / on (service) b", 'a{service="cart"} / on (service) b{service="cart"}'),
        ("a / ignoring (service) b", 'a{namespace="shop"} / ignoring (service) b{namespace="shop"}'),
        (
            "a * on (namespace) group_left (team) b",
            f'a{{{BOTH}}} * on (namespace) group_left (team) b{{namespace="shop"}}',
        ),
        (
            "a * on (pod) group_left (service) b",
            'a{namespace="shop"} * on (pod) group_left (service) b{service="cart"}',
        ),
        ("a * on (pod) group_right () b", f"a * on (pod) group_right () b{{{BOTH}}}"),
        ("a > 1 and on (namespace) b", f'a{{{BOTH}}} > 1 and on (namespace) b{{namespace="shop"}}'),
        ("a > 1 unless on () b", f"a{{{BOTH}}} > 1 unless on () b"),
        ("a or b", f"a{{{BOTH}}} or b{{{BOTH}}}"),
        ("a or on (service) b", 'a{service="cart"} or on (service) b{service="cart"}'),
        ('absent(up{job="a"})', 'absent(up{job="a"})'),
        ("clamp_max(a, scalar(b))", f"clamp_max(a{{{BOTH}}}, scalar(b))"),
        (
            'label_replace(a, "service", "$1", "pod", "(.*)-.*")',
            'label_replace(a{namespace="shop"}, "service", "$1", "pod", "(.*)-.*")',
        ),
        ("time() - a > 60", f"time() - a{{{BOTH}}} > 60"),
        ('a{x="1" or y="2"} > 1', 'a{x="1" or y="2"} > 1'),
    ],
)
def test_labels_go_where_they_pass_through_unchanged(expr: str, result: str) -> None:
    assert narrowed(expr, LABELS) == one_line(parsed(result))


def test_a_matcher_that_is_there_already_is_not_written_twice() -> None:
    assert narrowed('up{service="cart"}', {"service": "cart"}) == 'up{service="cart"}'


def test_no_label_changes_nothing() -> None:
    assert narrowed("sum by (a) (rate(b[5m])) > 0.5", {}) == "sum by (a) (rate(b[5m])) > 0.5"


def test_what_is_no_promql_is_refused() -> None:
    with pytest.raises(PromqlError):
        narrowed("sum(", LABELS)


@given(st.text(max_size=30))
def test_a_labels_value_can_never_end_its_quotes(value: str) -> None:
    expr = parsed(narrowed("up", {"a": value}))
    (matcher,) = expr.matchers.matchers
    assert (matcher.name, matcher.value) == ("a", value)


@given(
    st.lists(st.sampled_from(["a", "b", "sum by (service) (a)", "rate(a[1m])", "b"]), min_size=1, max_size=4)
)
def test_narrowing_twice_is_narrowing_once(parts: list[str]) -> None:
    once = narrowed(" + ".join(parts), LABELS)
    assert narrowed(once, LABELS) == once
