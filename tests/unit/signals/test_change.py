"""A lasting shift is found where it is; a spike and noise are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sre_agent.signals.baseline import Band, band_of, robust_z
from sre_agent.signals.change import onset
from sre_agent.signals.series import Samples


def series(values: np.ndarray) -> Samples:
    return Samples(np.arange(values.size, dtype=float) * 10 + 1000, values)


@given(st.integers(0, 2**32 - 1), st.integers(10, 90), st.floats(1.6, 50))
@settings(max_examples=60, deadline=None)
def test_a_shift_is_found_within_two_points_of_where_it_is(seed: int, at: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    values = np.r_[rng.normal(1, 0.08, at), rng.normal(factor, 0.08 * factor, 100 - at)]
    found = onset(series(values))
    assert found is not None
    assert abs(found.at - (1000 + 10 * at)) <= 20
    assert found.before == pytest.approx(1, rel=0.2)
    assert found.after == pytest.approx(factor, rel=0.2)


def test_noise_is_hardly_ever_a_shift() -> None:
    noisy = [
        onset(series(np.random.default_rng(seed).normal(1, 0.1, 100)), least_relative=0)
        for seed in range(200)
    ]
    assert sum(found is not None for found in noisy) <= 2


def test_a_single_spike_is_no_shift() -> None:
    values = np.random.default_rng(1).normal(1, 0.1, 100)
    values[50] = 30
    assert onset(series(values)) is None


def test_a_step_from_nothing_is_a_shift_even_without_noise() -> None:
    found = onset(series(np.r_[np.zeros(60), np.full(40, 0.3)]))
    assert found is not None
    assert (found.at, found.before, found.ratio) == (1600.0, 0.0, None)


@pytest.mark.parametrize("values", [np.ones(100), np.ones(5), np.empty(0)])
def test_what_does_not_move_has_no_onset(values: np.ndarray) -> None:
    assert onset(series(values)) is None


def test_a_small_step_of_a_quiet_series_is_left_alone() -> None:
    assert onset(series(np.r_[np.full(50, 1.0), np.full(50, 1.02)])) is None


def test_a_band_needs_points_and_ignores_outliers() -> None:
    assert band_of(np.array([1.0, 2.0, 3.0])) is None
    band = band_of(np.array([1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 500.0]))
    assert band is not None
    assert band.center == pytest.approx(1.0)
    assert band.around(2)[1] < 1.3


def test_a_series_that_never_moved_has_a_floor_to_reckon_with() -> None:
    still = Band(1.0, 0.0, 10)
    assert robust_z(1.0, still) == 0.0
    assert robust_z(1.1, still) == np.inf
    assert robust_z(1.1, still, floor=0.1) == pytest.approx(1.0)
