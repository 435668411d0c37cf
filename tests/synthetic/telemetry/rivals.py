"""Plain methods that a ranking has to beat on the same recordings: correlation, and the largest robust deviation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.synthetic.telemetry.recording import Recording
from tests.synthetic.telemetry.world import Floats

_SYMPTOMS = ("atency", "rror", "duration", "5xx", "vailab")


def by_correlation(made: Recording) -> list[str]:
    """Services, but the entry, by the strongest correlation of any series with the entry's most changed symptom, over the whole time."""
    before = made.times < made.at
    symptom = max(
        (
            values
            for (name, metric), values in made.series.items()
            if name == made.entry and any(s in metric for s in _SYMPTOMS)
        ),
        key=lambda values: _deviation(values, before),
    )
    ranked = _best(made, lambda values: abs(_correlation(values, symptom)))
    return sorted(ranked, key=lambda name: name == made.entry)


def by_deviation(made: Recording) -> list[str]:
    """Services by the largest |robust z| (median, interquartile range) of any of their series after the beginning."""
    before = made.times < made.at
    return _best(made, lambda values: _deviation(values, before))


def _best(made: Recording, score: Callable[[Floats], float]) -> list[str]:
    best = dict.fromkeys(made.services, -1.0)
    for (name, _), values in made.series.items():
        best[name] = max(best[name], score(values))
    return sorted(best, key=lambda name: (-best[name], name))


def _deviation(values: Floats, before: NDArray[np.bool_]) -> float:
    past, now = values[before], values[~before]
    past, now = past[np.isfinite(past)], now[np.isfinite(now)]
    if past.size < 4 or not now.size:
        return 0.0
    low, middle, high = np.percentile(past, (25, 50, 75))
    return float(np.max(np.abs(now - middle)) / (high - low if high > low else 1.0))


def _correlation(left: Floats, right: Floats) -> float:
    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < 4 or np.std(left[both]) == 0 or np.std(right[both]) == 0:
        return 0.0
    return float(np.corrcoef(left[both], right[both])[0, 1])
