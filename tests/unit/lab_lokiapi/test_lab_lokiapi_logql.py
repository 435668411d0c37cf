"""LogQL is read as Loki reads it, and evaluated to the same numbers."""

from __future__ import annotations

import pytest

from infrastructure.lab.lokiapi.asking import nanoseconds_of
from infrastructure.lab.lokiapi.evaluate import run_log_query, run_metric_query
from infrastructure.lab.lokiapi.lexer import byte_count, duration_ns
from infrastructure.lab.lokiapi.parser import parse, parse_selector
from infrastructure.lab.lokiapi.store import Bounds, LineRefused, Store
from infrastructure.lab.lokiapi.syntax import (
    Grouping,
    LineFilter,
    LogQuery,
    Matcher,
    QueryWrong,
    RangeAggregation,
    VectorAggregation,
)

SECOND = 10**9
PICKED = [
    ({"app": "a", "pod": "1"}, [(1 * SECOND, "x"), (3 * SECOND, "xx")]),
    ({"app": "a", "pod": "2"}, [(2 * SECOND, "y")]),
    ({"app": "b", "pod": "3"}, [(9 * SECOND, "z")]),
]


def values(text: str, *steps: int) -> dict[str, list[float]]:
    query = parse(text)
    assert isinstance(query, (RangeAggregation, VectorAggregation))
    series = run_metric_query(query, PICKED, [step * SECOND for step in steps])
    return {",".join(value for _, value in key): list(found.values()) for key, found in series.items()}


def test_a_query_is_read_to_its_parts() -> None:
    query = parse('topk(3, sum without (pod) (rate({app=~"a|b", pod!=""} |= `x"y` [1m] offset 5s)))')
    assert isinstance(query, VectorAggregation)
    assert (query.op, query.count) == ("topk", 3)
    inner = query.inner
    assert isinstance(inner, VectorAggregation)
    assert inner.grouping == Grouping(("pod",), without=True)
    assert inner.inner == RangeAggregation(
        "rate",
        LogQuery((Matcher("app", "=~", "a|b"), Matcher("pod", "!=", "")), (LineFilter("|=", ('x"y',)),)),
        60 * SECOND,
        5 * SECOND,
    )


def test_grouping_may_stand_before_or_behind() -> None:
    assert parse('sum by (a) (rate({x="1"}[1m]))') == parse('sum(rate({x="1"}[1m])) by (a)')


def test_the_range_may_stand_behind_the_selector_the_pipeline_or_both_in_parentheses() -> None:
    forms = ('{x="1"}[5m] |= "a"', '{x="1"} |= "a" [5m]', '({x="1"} |= "a")[5m]')
    assert len({parse(f"rate({form})") for form in forms}) == 1


def test_or_binds_weaker_than_and() -> None:
    query = parse('{x="1"} | json | a="1" or b="2" and c="3"')
    assert isinstance(query, LogQuery)
    either = query.stages[1]
    assert type(either).__name__ == "Either"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('count_over_time({app=~".+"}[10s])', {"a,1": [2], "a,2": [1], "b,3": [1]}),
        ('sum(count_over_time({app=~".+"}[10s]))', {"": [4]}),
        ('sum by (app) (count_over_time({app=~".+"}[10s]))', {"a": [3], "b": [1]}),
        ('max by (app) (count_over_time({app=~".+"}[10s]))', {"a": [2], "b": [1]}),
        ('avg without (pod) (count_over_time({app=~".+"}[10s]))', {"a": [1.5], "b": [1]}),
        ('count(count_over_time({app=~".+"}[10s]))', {"": [3]}),
        ('bytes_over_time({app=~".+"}[10s])', {"a,1": [3], "a,2": [1], "b,3": [1]}),
        ('rate({app=~".+"}[4s])', {"b,3": [0.25]}),
        ('bottomk(1, sum by (app) (count_over_time({app=~".+"}[10s])))', {"b": [1]}),
        ('count_over_time({app=~".+"}[2s] offset 6s)', {"a,1": [1]}),
    ],
)
def test_numbers_come_out_as_loki_counts(text: str, expected: dict[str, list[float]]) -> None:
    assert values(text, 10) == expected


def test_a_window_leaves_out_its_beginning_and_takes_in_its_end() -> None:
    assert values('sum(count_over_time({app=~".+"}[2s]))', 1, 3, 5) == {"": [1, 2]}


def test_topk_chooses_anew_at_each_step() -> None:
    found = values('topk(1, sum by (app) (count_over_time({app=~".+"}[3s])))', 3, 9)
    assert found == {"a": [3], "b": [1]}


def test_reading_stops_at_the_limit() -> None:
    query = parse('{app=~".+"}')
    assert isinstance(query, LogQuery)
    found = run_log_query(query, PICKED, limit=2, forward=False)
    assert [line for entries in found.found.values() for _, line in entries] == ["z", "xx"]
    assert found.lines == 2


def test_too_many_series_are_refused_with_what_to_do() -> None:
    picked = [({"app": "a", "pod": str(i)}, [(SECOND, "x")]) for i in range(501)]
    query = parse('count_over_time({app="a"}[5s])')
    assert isinstance(query, RangeAggregation)
    with pytest.raises(QueryWrong, match="maximum number of series"):
        run_metric_query(query, picked, [2 * SECOND])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{app="a"} |= ', "line 1, col 14: syntax error: unexpected $end, expecting STRING"),
        ('{app="a"}\n  | level', "line 2, col 10: syntax error: unexpected $end"),
        ('{app="a} ', "line 1, col 6: literal not terminated"),
        ('{app="a"} extra', "line 1, col 11: syntax error: unexpected IDENTIFIER"),
        ('topk(sum(rate({a="1"}[1m])))', "parameter required for operation topk"),
        ('rate({a="1"}[abc])', 'line 0, col 13: not a valid duration string: "abc"'),
        ('bottomk(1.2, rate({a="1"}[5h]))', "invalid parameter bottomk(1.2,"),
        ('{a="1"} | json | b > "x"', "unexpected STRING"),
        ('unknown({a="1"})', "line 1, col 1: syntax error: unexpected IDENTIFIER"),
        ('{a="1"} | line_format "x"', "unexpected STRING"),
        ('{a="1"} ; ', "unexpected ';'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(QueryWrong) as wrong:
        parse(text)
    assert said in str(wrong.value)


def test_selectors_alone_take_no_pipeline() -> None:
    assert parse_selector("") == LogQuery(())
    with pytest.raises(QueryWrong, match="only label matchers"):
        parse_selector('{a="1"} |= "x"')


@pytest.mark.parametrize(("text", "expected"), [("1h30m", 5400), ("1.5s", 1.5), ("2d", 172800)])
def test_durations_are_read(text: str, expected: float) -> None:
    assert duration_ns(text) == expected * SECOND


def test_what_is_no_duration_or_size_is_none() -> None:
    assert duration_ns("5 minutes") is None
    assert byte_count("big") is None
    assert (byte_count("2KB"), byte_count("2KiB"), byte_count("7")) == (2000, 2048, 7)


@pytest.mark.parametrize(
    "text",
    [
        "1763712000",
        "1763712000000000000",
        "1763712000.0",
        "2025-11-21T08:00:00Z",
        "2025-11-21T09:00:00+01:00",
    ],
)
def test_times_are_read_in_all_their_forms(text: str) -> None:
    assert nanoseconds_of(text) == 1763712000 * SECOND


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(QueryWrong, match="valid timestamp"):
        nanoseconds_of("yesterday")


def test_a_full_store_gives_up_what_came_first() -> None:
    store = Store(Bounds(lines=3), now_ns=lambda: 100 * SECOND)
    for second in range(1, 6):
        store.append({"app": "a" if second < 3 else "b"}, second * SECOND, str(second))
    kept = store.select(lambda _: True, 0, 100 * SECOND)
    assert [(labels["app"], [line for _, line in entries]) for labels, entries in kept] == [
        ("b", ["3", "4", "5"])
    ]
    assert len(store) == 3


def test_lines_out_of_order_are_put_in_order() -> None:
    store = Store(Bounds(), now_ns=lambda: 100 * SECOND)
    for second in (5, 2, 9, 2):
        store.append({"app": "a"}, second * SECOND, "x")
    ((_, entries),) = store.select(lambda _: True, 0, 100 * SECOND)
    assert [at // SECOND for at, _ in entries] == [2, 5, 9]


def test_lines_from_the_far_future_or_past_and_endless_ones_are_refused() -> None:
    store = Store(Bounds(line_bytes=5), now_ns=lambda: 10**6 * SECOND)
    for at, line in ((0, "x"), (2 * 10**6 * SECOND, "x"), (10**6 * SECOND, "x" * 6)):
        with pytest.raises(LineRefused):
            store.append({"app": "a"}, at, line)
