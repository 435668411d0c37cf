"""Slow is where the healthy past's tail ended, or half the way from there to what people allow."""

from __future__ import annotations

import numpy as np
import pytest

from sre_agent.signals.buckets import NO_BUCKETS, Buckets, buckets_of
from sre_agent.signals.series import Samples

TIMES = np.array([10.0, 20.0])


def told(**counts: tuple[float, float]) -> Buckets:
    """`le_0_1=(90, 92)`: the bucket up to 0.1 in two bins."""
    names = {name: name.removeprefix("le_").replace("_", ".").replace("Inf", "+Inf") for name in counts}
    return buckets_of(
        Samples(TIMES, np.array(values), {"le": names[name]}) for name, values in counts.items()
    )


USUAL = told(le_0_1=(40, 40), le_0_25=(96, 97), le_0_5=(99, 99), le_1=(100, 100), le_Inf=(100, 100))


def test_slow_begins_at_the_edge_below_which_nineteen_of_twenty_requests_kept() -> None:
    assert USUAL.slow_from() == 0.25
    assert USUAL.slower_than(0.25).hits == 7.0
    assert USUAL.slower_than(0.25).events == USUAL.requests == 200.0


@pytest.mark.parametrize(("objective", "edge"), [(0.1, 0.25), (0.7, 0.25), (0.75, 0.5), (5.0, 1.0)])
def test_an_objective_moves_it_half_the_way_and_never_below_the_usual(objective: float, edge: float) -> None:
    assert USUAL.slow_from(objective) == edge


def test_without_a_past_only_an_objective_says_what_is_slow() -> None:
    silent = told(le_0_1=(0, 0), le_0_5=(0, 0), le_Inf=(0, 0))
    assert silent.slow_from() is None
    assert silent.slow_from(0.7) == 0.5
    assert silent.slow_from(0.01) == 0.1


def test_where_the_tail_lies_beyond_all_edges_the_last_one_counts() -> None:
    assert told(le_0_1=(10, 10), le_Inf=(100, 100)).slow_from() == 0.1


@pytest.mark.parametrize(
    "series",
    [
        [],
        [Samples(TIMES, np.ones(2), {"le": "0.1"})],
        [Samples(TIMES, np.ones(2), {"le": "many"}), Samples(TIMES, np.ones(2))],
    ],
)
def test_what_is_no_histogram_has_no_buckets(series: list[Samples]) -> None:
    assert buckets_of(series).slow_from(1.0) is None
    assert buckets_of(series).slower_than(0.1).events == 0
    assert NO_BUCKETS.requests == 0


def test_a_bin_that_a_bucket_does_not_tell_counts_nothing_in_it_and_never_less_than_nothing_is_slow() -> None:
    gap = buckets_of(
        [
            Samples(TIMES[:1], np.array([50.0]), {"le": "0.1"}),
            Samples(TIMES, np.array([48.0, 60.0]), {"le": "+Inf"}),
        ]
    )
    assert list(gap.slower_than(0.1).part) == [0.0, 60.0]


def test_windows_are_cut_by_the_ends_of_their_bins() -> None:
    assert USUAL.between(0, 20).requests == 100.0
