"""How strange a series is in the window in question, in units of the strangest it used to be.

A deviation is a robust z (median; the larger of MAD and IQR as the spread). What counts is the k-th largest deviation of
the window, so that one spike is none, held against the same figure of all windows of that length in the past: a
series that always swings is no stranger for swinging.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sre_agent.signals.baseline import MAD_TO_SIGMA
from sre_agent.signals.ranking.table import Floats

ENOUGH: Final = 8
_IQR_TO_SIGMA: Final = 1.349
_LEAST_SHARE: Final = 0.005
"""A spread below this share of the level is not believed: clocks and counters have no noise of their own."""
_USUAL: Final = 3.0
_LASTING: Final = 0.1
_HALF_KNOWN: Final = 30
_HOLE: Final = 3
_NEAR: Final = 7
_EARLIER: Final = (0.2, 0.1)
"""Shares of the past, counted back from the window: what is off here as well has been off for long."""


@dataclass(frozen=True, eq=False)
class Strange:
    """`score`: 1 is as strange as it ever was; `signed` deviations of the window; `shift` relative to the level."""

    score: float
    direction: int
    z: float
    shift: float
    onset: float | None
    deviations: Floats
    """Of each row of the window, towards the direction; 0 where there is no value."""


def strangeness(times: Floats, values: Floats, *, start: float) -> Strange | None:
    """Of the window from `start` on, against what was before; None where too little is known."""
    before, within = times < start, times >= start
    past = values[before & np.isfinite(values)]
    now = values[within]
    if past.size < ENOUGH or int(np.isfinite(now).sum()) < 2:
        return None
    level = float(np.median(past))
    spread = _spread(past, level)
    told = (now - level) / spread
    there = _there_already(times, (values - level) / spread, start)
    rising, falling = told - max(0.0, there), -told + min(0.0, there)
    rise, fall = _lasting(rising[np.isfinite(rising)]), _lasting(falling[np.isfinite(falling)])
    direction, z, way = (1, rise, rising) if rise >= fall else (-1, fall, falling)
    usual = max(_USUAL, _usual_peak((past - level) / spread * direction, now.size))
    known = past.size / (past.size + _HALF_KNOWN)
    onset = _onset(times[within], way, max(_USUAL, min(usual, z / 2)))
    shift = max(0.0, z) * spread / max(abs(level), spread)
    return Strange(known * max(0.0, z) / usual, direction, z, shift, onset, np.nan_to_num(way, nan=0.0))


def _there_already(times: Floats, deviations: Floats, start: float) -> float:
    """How far it was off just before: drift, and no sign of what begins in the window.

    What began shortly before is no drift: an alert comes late. Where a hole in the table lies before the window, its
    first point is all that is known of that.
    """
    step = float(np.median(np.diff(times)))
    first = int(np.searchsorted(times, start))
    holed = 0 < first < times.size and times[first] - times[first - 1] > _HOLE * step
    if holed:
        return _middle(deviations[first : first + 1])
    far, late = (int(first * (1 - share)) for share in _EARLIER)
    near, earlier = _middle(deviations[max(0, first - _NEAR) : first]), _middle(deviations[far:late])
    return min(near, earlier, key=abs) if near * earlier > 0 else 0.0


def _middle(deviations: Floats) -> float:
    known = deviations[np.isfinite(deviations)]
    return float(np.median(known)) if known.size else 0.0


def _spread(past: Floats, level: float) -> float:
    mad = float(np.median(np.abs(past - level))) * MAD_TO_SIGMA
    low, high = np.percentile(past, (25, 75))
    spread = max(mad, float(high - low) / _IQR_TO_SIGMA, _LEAST_SHARE * abs(level))
    if spread > 0:
        return spread
    # it was zero most of the time: what it is when it is not zero is its own measure
    busy = np.abs(past[past != level])
    return float(np.median(busy)) / _USUAL if busy.size else max(1e-3, float(np.ptp(past)))


def _lasting(deviations: Floats) -> float:
    """The k-th largest; at least the second, so that a single point says nothing."""
    k = max(2, round(_LASTING * deviations.size))
    return float(np.partition(deviations, -k)[-k])


def _usual_peak(deviations: Floats, window: int) -> float:
    """What the same figure rarely exceeds in windows of the past (their 97th percentile)."""
    stride = max(1, window // 2)
    starts = range(0, max(1, deviations.size - window + 1), stride)
    peaks = [
        _lasting(deviations[at : at + window]) for at in starts if deviations[at : at + window].size >= 2
    ]
    return float(np.percentile(peaks, 97)) if peaks else 0.0


def _onset(times: Floats, deviations: Floats, above: float) -> float | None:
    """The first of two neighbouring points that are both out of the usual."""
    out = deviations > above
    both = out[:-1] & out[1:]
    return float(times[:-1][both][0]) if both.any() else None
