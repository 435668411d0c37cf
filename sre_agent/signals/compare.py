"""Is it as it was before? Equivalence of two windows, by the block bootstrap.

Finding no difference proves nothing, so recovery is asked the other way round: the upper bound of a
confidence interval of (after - before) has to lie inside a margin (non-inferiority, one-sided at
`LEVEL`). Neighbouring points of a rate overlap and latency has memory, so points are not drawn one by
one but in blocks that wrap around (circular block bootstrap, Politis & Romano 1992) at least as long
as the rate's range; a window of fewer than three blocks gives no answer, only "wait".

For shares such as errors of requests the numbers of events bound what can be known at all: the upper
bound is never below the exact binomial one (Clopper & Pearson 1934), without which a window of five
good requests would be certain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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

    @property
    def difference(self) -> float:
        return self.after - self.before

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


def compared_levels(before: Floats, after: Floats, *, blocks: tuple[int, int], margin: float) -> Comparison:
    """The median after against the median before, in the signal's own unit."""
    points = (int(before.size), int(after.size))
    if not points[0] or not points[1]:
        return _nothing("medians", points, margin)
    rng = np.random.default_rng(SEED)
    draws = [
        np.median(values[_blocks(rng, values.size, block)], axis=1)
        for values, block in zip((before, after), blocks, strict=True)
    ]
    levels = float(np.median(before)), float(np.median(after))
    lower, upper = _bounds(draws[1] - draws[0], levels[1] - levels[0], points=points, blocks=blocks)
    return Comparison(
        "circular block bootstrap of the difference of medians",
        *levels,
        lower,
        upper,
        margin,
        points,
        enough=all(is_enough(n, block) for n, block in zip(points, blocks, strict=True)),
    )


@dataclass(frozen=True)
class Share:
    """Parts and wholes of one window, point by point: failed and all requests in each step."""

    part: Floats
    whole: Floats

    @property
    def events(self) -> float:
        return float(self.whole.sum())

    @property
    def value(self) -> float:
        return min(1.0, float(self.part.sum()) / self.events) if self.events > 0 else 0.0


def compared_shares(before: Share, after: Share, *, blocks: tuple[int, int], margin: float) -> Comparison:
    """The share after against the share before (errors of requests): 0.0 to 1.0."""
    points = (int(before.whole.size), int(after.whole.size))
    if before.events <= 0 or after.events <= 0:
        return _nothing("shares", points, margin)
    rng = np.random.default_rng(SEED)
    draws = [_share_draws(rng, share, block) for share, block in zip((before, after), blocks, strict=True)]
    observed = after.value - before.value
    lower, upper = _bounds(draws[1] - draws[0], observed, points=points, blocks=blocks)
    exact = upper_share(after) - before.value
    return Comparison(
        "circular block bootstrap of the difference of shares, not below the exact binomial bound",
        before.value,
        after.value,
        lower,
        max(upper, exact),
        margin,
        points,
        enough=all(is_enough(n, block) for n, block in zip(points, blocks, strict=True))
        and _can_tell(after, before, margin),
    )


def upper_share(share: Share) -> float:
    """The exact binomial upper bound of a share, one-sided at LEVEL (Clopper & Pearson 1934)."""
    whole = share.events
    part = min(float(share.part.sum()), whole)
    if whole <= 0 or part >= whole:
        return 1.0
    if part <= 0:
        return float(1.0 - (1.0 - LEVEL) ** (1.0 / whole))
    return float(_special().betaincinv(part + 1.0, whole - part, LEVEL))


def _can_tell(after: Share, before: Share, margin: float) -> bool:
    """Whether so many events could prove equivalence at all, were the share just what it was before."""
    unchanged = Share(np.array([before.value * after.events]), np.array([after.events]))
    return upper_share(unchanged) - before.value <= margin or after.value > before.value + margin


def _share_draws(rng: np.random.Generator, share: Share, block: int) -> Floats:
    drawn = _blocks(rng, share.whole.size, block)
    parts, wholes = share.part[drawn].sum(axis=1), share.whole[drawn].sum(axis=1)
    shares: Floats = np.divide(parts, wholes, out=np.zeros(wholes.shape), where=wholes > 0)
    return shares


def _blocks(
    rng: np.random.Generator, points: int, block: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Indices of RESAMPLES windows of this many points, put together from blocks that wrap around."""
    length = min(block, points)
    starts = rng.integers(0, points, size=(RESAMPLES, math.ceil(points / length)))
    spread = (starts[:, :, None] + np.arange(length)) % points
    indices: np.ndarray[tuple[int, int], np.dtype[np.int64]] = spread.reshape(RESAMPLES, -1)[:, :points]
    return indices


def _bounds(
    draws: Floats, observed: float, *, points: tuple[int, int], blocks: tuple[int, int]
) -> tuple[float, float]:
    """Percentile bounds, widened for how few blocks they rest on.

    A handful of blocks understates its own spread: the distance to each bound grows by Student's
    quantile over the normal one and by the root of n / (n - 1), n being the blocks of the smaller window.
    """
    lower, upper = (float(bound) for bound in np.quantile(draws, [1.0 - LEVEL, LEVEL]))
    counts = [n / min(block, n) for n, block in zip(points, blocks, strict=True)]
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
