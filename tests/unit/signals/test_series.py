"""Series are read as they come, and put on one grid without inventing anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sre_agent.signals.series import EMPTY, Samples, aligned, filled_with, read_series, resampled, summed


def samples(*pairs: tuple[float, float]) -> Samples:
    return Samples(np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]))


def test_a_range_answer_becomes_numbers_in_order_of_time() -> None:
    (series,) = read_series([{"metric": {"a": "b"}, "values": [[2, "3"], [1, "2.5"]]}])
    assert series.labels == {"a": "b"}
    assert (series.times.tolist(), series.values.tolist()) == ([1.0, 2.0], [2.5, 3.0])


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "x", None, {}, []])
def test_what_is_no_number_is_left_out(value: object) -> None:
    (series,) = read_series([{"metric": {}, "values": [[1, "2"], [2, value]]}])  # type: ignore[list-item]
    assert series.values.tolist() == [2.0]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_answer_breaks_the_reader(answer: object) -> None:
    read_series(answer if isinstance(answer, list) else [answer])  # type: ignore[list-item]


def test_an_instant_answer_is_a_series_of_one() -> None:
    (series,) = read_series([{"metric": {}, "value": [5, "7"]}])
    assert series.values.tolist() == [7.0]


def test_a_window_has_its_start_and_not_its_end() -> None:
    assert samples((1, 1), (2, 2), (3, 3)).between(1, 3).values.tolist() == [1.0, 2.0]


def test_series_are_summed_at_each_time_any_of_them_has() -> None:
    total = summed([samples((1, 1), (2, 2)), samples((2, 10), (3, 20)), EMPTY])
    assert (total.times.tolist(), total.values.tolist()) == ([1, 2, 3], [1, 12, 20])
    assert len(summed([])) == 0


def test_resampling_means_each_step_and_leaves_holes_open() -> None:
    coarse = resampled(samples((0, 1), (5, 3), (25, 9)), 10, start=0, end=30)
    assert (coarse.times.tolist(), coarse.values.tolist()) == ([0.0, 20.0], [2.0, 9.0])


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)), st.integers(1, 20))
def test_resampling_keeps_within_what_was_measured(values: np.ndarray, step: int) -> None:
    series = Samples(np.arange(values.size, dtype=float), values)
    coarse = resampled(series, step, start=0, end=float(values.size))
    assert coarse.values.min() >= values.min() - 1e-6
    assert coarse.values.max() <= values.max() + 1e-6


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="step"):
        resampled(EMPTY, 0, start=0, end=1)


def test_alignment_keeps_the_times_both_have() -> None:
    left, right = aligned(samples((1, 1), (2, 2)), samples((2, 20), (3, 30)))
    assert (left.values.tolist(), right.values.tolist()) == ([2.0], [20.0])


def test_a_counter_nobody_touched_is_filled_and_not_guessed() -> None:
    filled = filled_with(samples((2, 5)), np.array([1.0, 2.0, 3.0]), 0.0)
    assert filled.values.tolist() == [0.0, 5.0, 0.0]


def test_the_step_of_a_series_is_its_typical_distance() -> None:
    assert samples((0, 1), (10, 1), (20, 1), (90, 1)).step == 10.0
    assert samples((0, 1)).step == 0.0
