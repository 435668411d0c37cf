"""A level is back when it is proved to be: by enough points, never by too few, never for what got worse."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sre_agent.signals import compare
from sre_agent.signals.compare import (
    LEVEL,
    Comparison,
    Levels,
    Stream,
    block_length,
    is_enough,
)
from tests.effort import tries

seeds = st.integers(0, 2**32 - 1)


def compared_levels(
    before: np.ndarray, after: np.ndarray, *, blocks: tuple[int, int], margin: float
) -> Comparison:
    past, now = Levels(before, blocks[0], Stream.PAST), Levels(after, blocks[1], Stream.NOW)
    return compare.compared_levels(past, now, margin=margin)


def levels(seed: int, mean: float, points: int, spread: float = 0.1) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, spread * mean, points)


@given(seeds)
@settings(max_examples=tries(20, usual=6), deadline=None)
def test_the_same_distribution_is_equivalent_given_enough_points(seed: int) -> None:
    before, after = levels(seed, 0.2, 200), levels(seed + 1, 0.2, 60)
    assert compared_levels(before, after, blocks=(4, 4), margin=0.05).equivalent


@given(seeds)
@settings(max_examples=tries(20, usual=6), deadline=None)
def test_a_doubled_latency_is_never_equivalent(seed: int) -> None:
    before, after = levels(seed, 0.2, 200), levels(seed + 1, 0.4, 60)
    compared = compared_levels(before, after, blocks=(4, 4), margin=0.05)
    assert not compared.equivalent
    assert compared.exceeds


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 20))
def test_a_shorter_window_never_suffices_where_a_longer_one_does_not(
    one: int, other: int, block: int
) -> None:
    short, long = sorted((one, other))
    assert is_enough(long, block) or not is_enough(short, block)


@given(seeds)
@settings(max_examples=tries(5, usual=2), deadline=None)
def test_a_short_window_has_a_wider_interval_on_the_whole(seed: int) -> None:
    before = levels(seed, 1.0, 200)
    widths = []
    for points in (6, 60):
        some = [levels(seed + k, 1.0, points) for k in range(1, 9)]
        compared = [compared_levels(before, each, blocks=(2, 2), margin=1.0) for each in some]
        widths.append(float(np.median([each.upper - each.lower for each in compared])))
    assert widths[0] > widths[1]


@given(seeds)
@settings(max_examples=tries(30, usual=8), deadline=None)
def test_longer_blocks_are_not_more_certain_about_a_series_with_memory(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, 400)
    memory = np.convolve(noise, np.ones(8) / 8, mode="valid")[:360] + 10
    single = compared_levels(memory[:300], memory[300:], blocks=(1, 1), margin=1.0)
    blocked = compared_levels(memory[:300], memory[300:], blocks=(8, 8), margin=1.0)
    assert blocked.upper - blocked.lower > 0.9 * (single.upper - single.lower)


@given(seeds, st.floats(0.5, 20), st.floats(0.001, 5))
@settings(max_examples=tries(30, usual=8), deadline=None)
def test_the_unit_does_not_matter(seed: int, scale: float, mean: float) -> None:
    before, after = levels(seed, mean, 80), levels(seed + 1, mean, 30)
    one = compared_levels(before, after, blocks=(2, 2), margin=0.1 * mean)
    other = compared_levels(before * scale, after * scale, blocks=(2, 2), margin=0.1 * mean * scale)
    assert one.upper * scale == pytest.approx(other.upper, rel=1e-6, abs=1e-9)


def test_the_same_windows_give_the_same_numbers() -> None:
    before, after = levels(1, 1.0, 50), levels(2, 1.0, 20)
    assert compared_levels(before, after, blocks=(2, 2), margin=0.1) == compared_levels(
        before, after, blocks=(2, 2), margin=0.1
    )


def test_two_windows_never_draw_with_the_same_random_numbers() -> None:
    values = levels(1, 1.0, 50)
    draws = [Levels(values, 2, stream).draws for stream in Stream]
    assert not np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[1], draws[2])


@pytest.mark.parametrize("empty", [0, 1])
def test_an_empty_window_answers_nothing(empty: int) -> None:
    windows = [np.ones(10), np.ones(10)]
    windows[empty] = np.empty(0)
    compared = compared_levels(windows[0], windows[1], blocks=(1, 1), margin=1.0)
    assert not compared.enough
    assert not compared.equivalent


def test_a_block_is_never_shorter_than_what_a_rate_looks_back_over() -> None:
    assert block_length(10, step=5, overlap=60) == 12
    assert block_length(1000, step=5, overlap=5) == 10
    assert block_length(1, step=0, overlap=60) == 1


def test_the_bounds_cover_no_difference_about_as_often_as_they_say() -> None:
    inside, worlds = 0, tries(200, usual=60)
    for seed in range(worlds):
        before, after = levels(seed, 1.0, 120), levels(seed + 10_000, 1.0, 24)
        inside += compared_levels(before, after, blocks=(2, 2), margin=1.0).upper >= 0.0
    assert inside / worlds >= LEVEL - 0.05


def test_scipy_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, sre_agent.signals.counts; print(any(name.startswith('scipy') for name in sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
