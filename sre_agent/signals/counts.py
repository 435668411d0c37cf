"""Is a share, or a rate, what it was before? Counts of disjoint windows compared, by exact limits.

A count knows more than the points of a rate: three hundred requests without a failure bound the share
of failures by one in a hundred, however few points a chart of them has. So windows are compared as
counts, taken from raw counters over bins that do not overlap:

- *Limits of one share*: exact binomial (Clopper & Pearson 1934), one-sided at `LEVEL`.
- *Difference of two shares*: the limits of both put together by square-and-add (MOVER: Newcombe 1998,
  method 10; Zou & Donner 2008), here with the exact limits, so that a window without one event still
  says how little it proves (the rule of three).
- *Ratio of two rates*: given both counts together, one of them is binomial (Przyborowski & Wilenski
  1940); its exact limits turned into those of the ratio.
- *Counts that come in bursts* prove less than their number. How much less is Pearson's dispersion over
  the bins, both windows together, where it is more than chance explains (chi-square); counts are divided
  by it before any limit is taken (effective sample size: Rao & Scott 1992).

Recovery is equivalence: the bound of the interval lies inside the margin (non-inferiority). Three
answers are told apart: proved inside, proved outside, and too little to tell.

The limits are read from scipy.special's inverse of the incomplete beta function, which takes effective
counts that are no whole numbers; scipy.stats asks the same function and costs 57 MB of memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import numpy as np

from sre_agent.signals.compare import LEVEL, Comparison
from sre_agent.signals.series import Floats

POWER: Final = 0.9
"""How often a true recovery should be proved at one look."""
LEAST_BINS: Final = 3
"""Fewer bins tell nothing of how counts scatter."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of one window, bin by bin: `part` events of `whole` (requests; of a rate, the bin's seconds)."""

    part: Floats
    whole: Floats

    @property
    def bins(self) -> int:
        return int(self.whole.size)

    @property
    def hits(self) -> float:
        return float(self.part.sum())

    @property
    def events(self) -> float:
        return float(self.whole.sum())

    @property
    def value(self) -> float:
        return self.hits / self.events if self.events > 0 else math.nan


def limits(hits: float, events: float) -> tuple[float, float]:
    """Lower and upper limit of a share, each one-sided at LEVEL (Clopper & Pearson 1934)."""
    if events <= 0:
        return 0.0, 1.0
    inverse = import_module("scipy.special").betaincinv
    hits = min(max(hits, 0.0), events)
    lower = float(inverse(hits, events - hits + 1.0, 1.0 - LEVEL)) if hits > 0 else 0.0
    upper = float(inverse(hits + 1.0, events - hits, LEVEL)) if hits < events else 1.0
    return lower, upper


def dispersion(*windows: Tally, of_shares: bool) -> float:
    """How many times more the bins scatter than chance alone would let them: pooled; 1 where chance explains it."""
    told = [_scatter(each, of_shares=of_shares) for each in windows if each.bins >= LEAST_BINS]
    square, freedom = sum(each[0] for each in told), sum(each[1] for each in told)
    by_chance = float(import_module("scipy.special").chdtri(freedom, 1.0 - LEVEL)) if freedom else math.inf
    return max(1.0, square / freedom) if square > by_chance else 1.0


def _scatter(window: Tally, *, of_shares: bool) -> tuple[float, int]:
    """Pearson's sum of squares and its degrees of freedom; none where nothing happened."""
    full = window.whole > 0
    part, whole = window.part[full], window.whole[full]
    spread = window.value * (1.0 - window.value if of_shares else 1.0)
    if whole.size < LEAST_BINS or not spread > 0:
        return 0.0, 0
    square = float(np.sum((part - whole * window.value) ** 2 / (whole * spread)))
    return square, int(whole.size) - 1


def compared_shares(before: Tally, after: Tally, *, margin: float) -> Comparison:
    """The share after minus the share before. Without a past it is held against none at all."""
    points = (round(before.events), round(after.events))
    if after.events <= 0:
        return _nothing("shares", points, margin)
    divided = dispersion(before, after, of_shares=True)
    known = before.events > 0
    was = before.value if known else 0.0
    was_low, was_high = limits(before.hits / divided, before.events / divided) if known else (0.0, 0.0)
    low, high = limits(after.hits / divided, after.events / divided)
    return Comparison(
        "difference of shares: exact limits, square-and-add",
        was,
        after.value,
        after.value - was - math.hypot(after.value - low, was_high - was),
        after.value - was + math.hypot(high - after.value, was - was_low),
        margin,
        points,
        dispersion=divided,
    )


def compared_rates(before: Tally, after: Tally, *, margin: float) -> Comparison:
    """How much of the rate before is missing after, as a share of it: 0 nothing, 1 all; bounds likewise."""
    points = (round(before.hits), round(after.hits))
    if before.hits <= 0 or after.events <= 0:
        return _nothing("rates", points, margin)
    divided = dispersion(before, after, of_shares=False)
    low, high = limits(after.hits / divided, (before.hits + after.hits) / divided)
    exposure = before.events / after.events
    return Comparison(
        "ratio of rates: exact conditional limits",
        before.value,
        after.value,
        1.0 - _odds(high) * exposure,
        1.0 - _odds(low) * exposure,
        margin,
        points,
        dispersion=divided,
    )


def _odds(share: float) -> float:
    return share / (1.0 - share) if share < 1.0 else math.inf


def provable(before: Tally, events: float) -> float:
    """The bound that so many events put on a share that did not change, in `POWER` of all cases."""
    if events <= 0:
        return 1.0
    share = before.value if before.events > 0 else 0.0
    usual = share * events
    hits = math.ceil(float(import_module("scipy.special").pdtrik(POWER, usual))) if usual > 0 else 0
    after = Tally(np.array([min(float(hits), events)]), np.array([events]))
    return compared_shares(before, after, margin=1.0).upper


def events_to_prove(margin: float) -> float:
    """How many events without a hit it takes to prove a margin (the rule of three, exactly)."""
    return math.log(1.0 - LEVEL) / math.log(1.0 - margin)


def _nothing(what: str, points: tuple[int, int], margin: float) -> Comparison:
    nan = math.nan
    return Comparison(
        f"no comparison of {what}: a window is empty", nan, nan, nan, nan, margin, points, enough=False
    )
