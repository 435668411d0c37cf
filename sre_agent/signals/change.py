"""When a signal changed: the most likely time of one lasting shift of its level.

The time is where splitting the series into two levels leaves the least unexplained (least squares,
as in binary segmentation, Scott & Knott 1974), with values first winsorized around the median so
that a single spike is no shift. Whether it is a shift at all is asked of noise measured from
differences of neighbours, which a shift of level does not inflate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sre_agent.signals.baseline import MAD_TO_SIGMA
from sre_agent.signals.series import Floats, Samples

LEAST_EACH_SIDE: Final = 3
SCORE: Final = 4.0
"""A shift of so many standard errors is told from noise; below it no shift is reported."""
_SPIKE_SIGMAS: Final = 6.0


@dataclass(frozen=True)
class Onset:
    """`at` is the first sample of the new level (Unix seconds); `score` counts standard errors of the step."""

    at: float
    before: float
    after: float
    score: float

    @property
    def ratio(self) -> float | None:
        return self.after / self.before if self.before else None


def onset(series: Samples, *, least_relative: float = 0.1) -> Onset | None:
    """The one shift of level that explains the series best, or None where it is not told from noise.

    `least_relative`: a step smaller than this share of the larger level is no shift, however sharp.
    """
    values = series.values
    if values.size < 2 * LEAST_EACH_SIDE:
        return None
    at, size = _best_split(_winsorized(values))
    before, after = float(np.median(values[:at])), float(np.median(values[at:]))
    score = size / max(_noise(values), 1e-12 + 1e-6 * float(np.max(np.abs(values))))
    if score < SCORE or abs(after - before) < least_relative * max(abs(before), abs(after)):
        return None
    return Onset(float(series.times[at]), before, after, float(score))


def _best_split(values: Floats) -> tuple[int, float]:
    """Index of the first value of the right side, and the step's size times the root of its effective points."""
    n = values.size
    index = np.arange(LEAST_EACH_SIDE, n - LEAST_EACH_SIDE + 1)
    sums = np.cumsum(values)
    left = sums[index - 1] / index
    right = (sums[-1] - sums[index - 1]) / (n - index)
    weighted = np.abs(right - left) * np.sqrt(index * (n - index) / n)
    best = int(np.argmax(weighted))
    return int(index[best]), float(weighted[best])


def _noise(values: Floats) -> float:
    """Standard deviation of one value around its level, from differences of neighbours."""
    steps = np.abs(np.diff(values))
    robust = float(np.median(steps)) * MAD_TO_SIGMA / math.sqrt(2)
    # where most neighbours are equal the median is zero; the smaller nine tenths still leave the shift out
    trimmed = np.sort(steps)[: max(1, int(steps.size * 0.9))]
    return max(robust, float(np.sqrt(np.mean(trimmed**2) / 2)))


def _winsorized(values: Floats) -> Floats:
    """Spikes cut down to what lies far from both the level before and the level after them."""
    window = np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="edge"), 5)
    local = np.median(window, axis=1)
    spread = _SPIKE_SIGMAS * max(_noise(values), 1e-12)
    clipped: Floats = np.clip(values, local - spread, local + spread)
    return clipped
