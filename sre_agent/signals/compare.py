"""Is a level as it was before? Equivalence of two windows of a gauge, by the block bootstrap.

Finding no difference proves nothing, so recovery is asked the other way round: the upper bound of a
confidence interval of (after - before) has to lie inside a margin (non-inferiority, one-sided at
`LEVEL`). A level has memory, and neighbouring points of a rate overlap, so points are not drawn one by
one but in blocks that wrap around (circular block bootstrap, Politis & Romano 1992) at least as long
as the rate's range; a window of fewer than three blocks gives no answer, only "wait". scipy's bootstrap
draws points one by one, which would make ten points of one minute look like ten minutes.

What can be counted (requests, failures, slow requests) is compared in `counts`, which proves far more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from importlib import import_module
from typing import Any, Final

import numpy as np

from sre_agent.signals.series import Floats

LEVEL: Final = 0.95
RESAMPLES: Final = 2000
LEAST_BLOCKS: Final = 3
LEAST_POINTS: Final = 5
SEED: Final = 20_160_901
"""The same windows give the same answer, today and when the journal is read again."""


@dataclass(frozen=True)
class Comparison:
    """Before and after one change. `upper` and `lower` bound the true difference, each one-sided at `level`."""

    method: str
    before: float
    after: float
    lower: float
    upper: float
    margin: float
    points: tuple[int, int]
    level: float = LEVEL
    enough: bool = True
    """False: too few points or events to tell; more time may help."""
    dispersion: float = 1.0
    """How many times more the counts scatter than chance alone would let them."""

    @property
    def equivalent(self) -> bool:
        """Not higher than before by more than the margin, with confidence."""
        return self.enough and self.upper <= self.margin

    @property
    def exceeds(self) -> bool:
        """Higher than before by more than the margin, with confidence."""
        return self.enough and self.lower > self.margin

    @property
    def fell(self) -> bool:
        """Lower than before by more than the margin, with confidence."""
        return self.enough and self.upper < -self.margin


def block_length(points: int, *, step: float, overlap: float) -> int:
    """Points in a block: at least the cube root of the window's, and never shorter than a rate's range."""
    spanned = math.ceil(overlap / step) if step > 0 else 1
    return max(1, spanned, round(math.cbrt(points)))


def is_enough(points: int, block: int) -> bool:
    return points >= max(LEAST_POINTS, LEAST_BLOCKS * block)


class Stream(IntEnum):
    """Which random numbers a window draws with; two windows that are compared need different ones."""

    PAST = 0
    DURING = 1
    NOW = 2


@dataclass(frozen=True, eq=False)
class Levels:
    """A window of a signal's values, and how its median scatters; drawn once, however often it is compared."""

    values: Floats
    block: int
    stream: Stream

    @property
    def points(self) -> int:
        return int(self.values.size)

    @cached_property
    def median(self) -> float:
        return float(np.median(self.values)) if self.points else math.nan

    @cached_property
    def draws(self) -> Floats:
        medians: Floats = np.median(self.values[_blocks(self.stream, self.points, self.block)], axis=1)
        return medians


def compared_levels(before: Levels, after: Levels, *, margin: float) -> Comparison:
    """The median after against the median before, in the signal's own unit."""
    points = (before.points, after.points)
    if not all(points):
        return _nothing("medians", points, margin)
    lower, upper = _bounds(before, after, after.median - before.median)
    return Comparison(
        "circular block bootstrap of the difference of medians",
        before.median,
        after.median,
        lower,
        upper,
        margin,
        points,
        enough=_is_enough(before, after),
    )


def _is_enough(before: Levels, after: Levels) -> bool:
    return is_enough(before.points, before.block) and is_enough(after.points, after.block)


def _blocks(stream: Stream, points: int, block: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Indices of RESAMPLES windows of this many points, put together from blocks that wrap around."""
    rng = np.random.default_rng([SEED, stream])
    length = min(block, points)
    starts = rng.integers(0, points, size=(RESAMPLES, math.ceil(points / length)))
    spread = (starts[:, :, None] + np.arange(length)) % points
    indices: np.ndarray[tuple[int, int], np.dtype[np.int64]] = spread.reshape(RESAMPLES, -1)[:, :points]
    return indices


def _bounds(before: Levels, after: Levels, observed: float) -> tuple[float, float]:
    """Percentile bounds, widened for how few blocks they rest on.

    A handful of blocks understates its own spread: the distance to each bound grows by Student's
    quantile over the normal one and by the root of n / (n - 1), n being the blocks of the smaller window.
    """
    quantiles = np.quantile(after.draws - before.draws, [1.0 - LEVEL, LEVEL])
    lower, upper = (float(bound) for bound in quantiles)
    counts = [each.points / min(each.block, each.points) for each in (before, after)]
    wider = _small_sample(min(counts))
    return observed - (observed - lower) * wider, observed + (upper - observed) * wider


def _small_sample(blocks: float) -> float:
    freedom = max(blocks - 1.0, 1.0)
    special = _special()
    student, normal = special.stdtrit(freedom, LEVEL), special.ndtri(LEVEL)
    return float(student / normal * math.sqrt(max(blocks, 2.0) / (max(blocks, 2.0) - 1.0)))


def _special() -> Any:
    """scipy's special functions, loaded when first needed: no other room wants their memory."""
    return import_module("scipy.special")


def _nothing(what: str, points: tuple[int, int], margin: float) -> Comparison:
    nan = float("nan")
    return Comparison(
        f"no comparison of {what}: a window is empty", nan, nan, nan, nan, margin, points, enough=False
    )
