"""Where no alert tells when it began, the moment at which most series turned does."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.offline.beginning import began
from sre_agent.picture.series import Series
from sre_agent.picture.source import Source

STEP = 15.0
LENGTH = 120


def series(
    seed: int, level: float, *, turns_at: int = LENGTH, to: float = 1.0, noise: float = 0.05
) -> Series:
    """Samples around a level that is multiplied by `to` from one of them on."""
    dice = np.random.default_rng(seed)
    values = level * (1 + noise * dice.standard_normal(LENGTH))
    values[turns_at:] *= to
    return Series(
        "latency", {"service": str(seed)}, np.arange(LENGTH) * STEP, values, Source("E1", "metrics/m.json")
    )


def quiet(count: int) -> list[Series]:
    return [series(100 + seed, 10.0 * (seed + 1)) for seed in range(count)]


@given(st.integers(10, LENGTH - 5), st.floats(3, 100), st.integers(0, 1000))
def test_the_moment_is_found_to_a_few_samples_wherever_it_lies(turn: int, to: float, seed: int) -> None:
    told = began([*quiet(5), *(series(seed + one, 5.0, turns_at=turn, to=to) for one in range(3))])
    assert told is not None
    assert abs(told.timestamp() - turn * STEP) <= 2 * STEP


def test_what_falls_tells_as_well_as_what_rises() -> None:
    assert began([series(1, 40.0, turns_at=90, to=0.1)]) == datetime.fromtimestamp(90 * STEP, UTC)


def test_where_nothing_turned_nothing_is_said() -> None:
    assert began(quiet(20)) is None
    assert began([]) is None
    assert began([series(1, 0.0)]) is None


def test_the_turn_of_most_counts_and_not_that_of_one_an_hour_before() -> None:
    several = [series(seed, 5.0, turns_at=100 + seed, to=8.0) for seed in range(4)]
    told = began([series(50, 3.0, turns_at=20, to=9.0), *several])
    assert told is not None
    assert abs(told.timestamp() - 100 * STEP) <= 2 * STEP


def test_a_series_too_short_or_without_numbers_is_left_out() -> None:
    short = Series("m", {}, np.arange(5.0), np.array([1.0, 1, 1, 90, 90]), Source("E1", "m.json"))
    empty = Series("m", {}, np.arange(LENGTH) * STEP, np.full(LENGTH, np.nan), Source("E1", "m.json"))
    assert began([short, empty]) is None
