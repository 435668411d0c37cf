"""Counts prove what they can prove and no more, by limits that scipy's own intervals confirm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from sre_agent.signals.counts import (
    LEVEL,
    Tally,
    compared_rates,
    compared_shares,
    dispersion,
    events_to_prove,
    limits,
    provable,
)

seeds = st.integers(0, 2**32 - 1)


def shares(seed: int, rate: float, *, bins: int = 20, requests: int = 30) -> Tally:
    rng = np.random.default_rng(seed)
    whole = rng.poisson(requests, bins).astype(float)
    return Tally(rng.binomial(whole.astype(int), rate).astype(float), whole)


def rates(seed: int, per_second: float, *, bins: int = 20, seconds: float = 2.0) -> Tally:
    rng = np.random.default_rng(seed)
    return Tally(rng.poisson(per_second * seconds, bins).astype(float), np.full(bins, seconds))


def bursts(seed: int, rate: float, *, bins: int = 40, requests: int = 100) -> Tally:
    """The same share on the whole, but in one bin of eight all at once."""
    rng = np.random.default_rng(seed)
    whole = np.full(bins, float(requests))
    hit = rng.random(bins) < 1 / 8
    return Tally(rng.binomial(requests, np.where(hit, 8 * rate, 0.0)).astype(float), whole)


@given(st.integers(1, 5000), st.data())
@settings(max_examples=50, deadline=None)
def test_the_limits_of_a_share_are_those_of_scipys_exact_test(events: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, events))
    kept = binomtest(hits, events).proportion_ci(confidence_level=2 * LEVEL - 1, method="exact")
    assert limits(hits, events) == pytest.approx((kept.low, kept.high), abs=1e-9)


def test_a_share_of_nothing_is_anything() -> None:
    assert limits(0, 0) == (0.0, 1.0)


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_fewer_good_requests_are_never_more_certain(one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert limits(0, few)[1] >= limits(0, many)[1]


@pytest.mark.parametrize(("margin", "events"), [(0.01, 299), (0.05, 59)])
def test_the_rule_of_three_says_how_many_good_requests_prove_a_margin(margin: float, events: int) -> None:
    assert events_to_prove(margin) == pytest.approx(events, abs=1)
    assert limits(0, events)[1] <= margin + 1e-4


def test_five_good_requests_prove_nothing() -> None:
    before, few = Tally(np.zeros(100), np.full(100, 50.0)), Tally(np.zeros(5), np.ones(5))
    compared = compared_shares(before, few, margin=0.05)
    assert not compared.equivalent
    assert not compared.exceeds


def test_no_requests_answer_nothing() -> None:
    fine, silent = shares(1, 0.01), Tally(np.zeros(10), np.zeros(10))
    assert not compared_shares(fine, silent, margin=1.0).enough
    assert not compared_shares(fine, silent, margin=1.0).equivalent


@given(seeds, st.floats(0.0, 0.2))
@settings(max_examples=40, deadline=None)
def test_both_limits_hold_the_difference_that_was_seen_between_them(seed: int, rate: float) -> None:
    compared = compared_shares(shares(seed, rate), shares(seed + 1, rate), margin=0.05)
    seen = compared.after - compared.before
    assert compared.lower <= seen <= compared.upper


@pytest.mark.parametrize("rate", [0.0005, 0.01, 0.05, 0.3])
def test_the_upper_limit_covers_no_difference_at_least_as_often_as_it_says(rate: float) -> None:
    covered = sum(
        compared_shares(shares(seed, rate), shares(seed + 10_000, rate), margin=1.0).upper >= 0.0
        for seed in range(400)
    )
    assert covered / 400 >= LEVEL - 0.03


@pytest.mark.parametrize("margin", [0.01, 0.02, 0.05])
def test_a_share_that_lies_on_the_margin_passes_no_more_often_than_the_level_allows(margin: float) -> None:
    passed = sum(
        compared_shares(
            shares(seed, 0.002), shares(seed + 10_000, 0.002 + margin, requests=40), margin=margin
        ).equivalent
        for seed in range(400)
    )
    assert passed / 400 <= 1 - LEVEL + 0.03


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_bursts_prove_less_than_as_many_requests_that_fail_evenly(seed: int) -> None:
    uneven = bursts(seed, 0.02)
    even = Tally(np.full(uneven.bins, uneven.hits / uneven.bins), uneven.whole)
    assert dispersion(uneven, of_shares=True) >= dispersion(even, of_shares=True) == 1.0
    wide, narrow = (compared_shares(each, each, margin=0.01) for each in (uneven, even))
    assert wide.upper - wide.lower >= narrow.upper - narrow.lower


def test_bursts_too_are_covered_about_as_often_as_said() -> None:
    covered = sum(
        compared_shares(bursts(seed, 0.02), bursts(seed + 10_000, 0.02), margin=1.0).upper >= 0.0
        for seed in range(400)
    )
    assert covered / 400 >= LEVEL - 0.05


def test_a_few_bins_tell_nothing_of_how_counts_scatter() -> None:
    assert dispersion(Tally(np.array([0.0, 90.0]), np.array([100.0, 100.0])), of_shares=True) == 1.0
    assert dispersion(of_shares=False) == 1.0


@given(seeds, st.floats(1.0, 50.0))
@settings(max_examples=40, deadline=None)
def test_the_same_traffic_is_not_missing(seed: int, per_second: float) -> None:
    before, after = rates(seed, per_second, bins=40), rates(seed + 1, per_second)
    compared = compared_rates(before, after, margin=0.5)
    assert compared.lower <= 1 - compared.after / compared.before <= compared.upper
    if min(compared.points) >= 50:
        assert compared.equivalent


@given(seeds, st.floats(3.0, 50.0))
@settings(max_examples=40, deadline=None)
def test_a_quarter_of_the_traffic_is_never_taken_for_all_of_it(seed: int, per_second: float) -> None:
    compared = compared_rates(rates(seed, per_second, bins=40), rates(seed + 1, per_second / 4), margin=0.5)
    assert not compared.equivalent
    assert compared.exceeds or compared.points[1] < 100


def test_without_traffic_before_nothing_can_be_missing() -> None:
    assert not compared_rates(rates(1, 0.0), rates(2, 5.0), margin=0.5).enough


@given(seeds, st.floats(0.0, 0.1), st.floats(20, 5000))
@settings(max_examples=50, deadline=None)
def test_what_is_provable_is_more_than_nothing_and_less_than_all(
    seed: int, share: float, events: float
) -> None:
    assert 0 < provable(shares(seed, share), events) <= 1
    good = Tally(np.zeros(10), np.full(10, 100.0))
    assert provable(good, 2 * events) <= provable(good, events)


@pytest.mark.parametrize("rate", [0.0, 0.002, 0.03])
def test_what_is_provable_is_proved_nine_times_in_ten(rate: float) -> None:
    passed = 0
    for seed in range(300):
        before, after = shares(seed, rate, bins=200), shares(seed + 10_000, rate)
        passed += compared_shares(before, after, margin=provable(before, after.events / 1.1)).equivalent
    assert passed / 300 >= 0.85
