"""How a series moved between its healthy past and the incident."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sre_agent.picture.series import Floats, Series, middle
from sre_agent.picture.world import Picture

MAD_TO_SIGMA = 1.4826
"""Scale of the median absolute deviation to a normal standard deviation (Rousseeuw & Croux 1993)."""
ENOUGH = 4
PRESENT_SHARE, PRESENT_SECONDS = 0.25, 90.0


@dataclass(frozen=True)
class Shift:
    """Medians before and during, and the robust z of the change. `ratio` is None for a zero past."""

    before: float
    during: float
    z: float
    ratio: float | None
    points: tuple[int, int]

    @property
    def is_marked(self) -> bool:
        """A change that is neither noise nor too few points to tell."""
        return min(self.points) >= ENOUGH and abs(self.z) >= 4.0


def _parted(series: Series) -> tuple[Floats, Floats]:
    """Past and present where nobody says when it began: what a recording ends with, against its first three quarters."""
    if not series.times.size:
        return series.values, series.values
    start, end = float(series.times[0]), float(series.times[-1])
    border = end - max(PRESENT_SHARE * (end - start), PRESENT_SECONDS)
    return series.between(start, border), series.between(end - PRESENT_SECONDS, end + 1)


def shift_of(series: Series, picture: Picture) -> Shift | None:
    """The shift of one series at the incident's onset; None where either side has no points.

    The guard before the onset belongs to neither side: alerts fire later than faults begin.
    """
    series, onset = series.as_rate(), picture.onset.timestamp()
    past = series.between(onset - picture.frame.baseline_seconds, onset - picture.frame.guard_seconds)
    present = series.between(onset, picture.frame.now.timestamp() + 1)
    if present.size < ENOUGH and not picture.frame.alerts:
        past, present = _parted(series)
    if not past.size or not present.size:
        return None
    before, during = middle(past), middle(present)
    spread = middle(np.abs(past - before)) * MAD_TO_SIGMA
    floor = max(abs(before) * 0.05, 1e-9)
    ratio = during / before if before else None
    return Shift(before, during, (during - before) / max(spread, floor), ratio, (past.size, present.size))
