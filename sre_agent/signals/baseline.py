"""What is normal: the band a signal keeps in its healthy past, by median and median absolute deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sre_agent.signals.series import Floats

MAD_TO_SIGMA: Final = 1.4826
"""Scale of the median absolute deviation to a normal standard deviation (Rousseeuw & Croux 1993)."""
ENOUGH: Final = 4
"""Fewer points describe no band."""


@dataclass(frozen=True)
class Band:
    """Median, robust standard deviation, and how many points they come from."""

    center: float
    sigma: float
    points: int

    def around(self, sigmas: float, *, least: float = 0.0) -> tuple[float, float]:
        """Low and high end: so many sigmas each way, but at least `least`."""
        half = max(sigmas * self.sigma, least)
        return self.center - half, self.center + half


def band_of(values: Floats) -> Band | None:
    """None where there are too few points to tell what is normal."""
    if values.size < ENOUGH:
        return None
    center = float(np.median(values))
    sigma = float(np.median(np.abs(values - center))) * MAD_TO_SIGMA
    return Band(center, sigma, int(values.size))


def robust_z(value: float, band: Band, *, floor: float = 0.0) -> float:
    """How many robust sigmas a value lies from the band's centre.

    `floor` is the least sigma to reckon with: a series that never moved has none of its own. With
    neither, a value off the centre is infinitely far away.
    """
    distance, sigma = value - band.center, max(band.sigma, floor)
    if sigma > 0:
        return distance / sigma
    return 0.0 if distance == 0 else float(np.copysign(np.inf, distance))
