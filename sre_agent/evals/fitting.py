"""Whether a fitted scale would make confidence truer: Platt's two parameters, with each cause left out in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sre_agent.evals.cases import Mark
from sre_agent.evals.figures import brier

Scale = Callable[[float], float]
RIDGE = 0.5
"""How strongly the fit is held at `as it is`; a handful of causes must not bend it."""
STEPS = 400
PACE = 0.2


def fitted(marks: Sequence[Mark]) -> Scale:
    """Platt scaling (1999) of the log odds, drawn towards the identity."""
    rated = [mark for mark in marks if mark.answered]
    odds = np.array([_odds(mark.confidence) for mark in rated])
    truth = np.array([float(mark.both_right) for mark in rated])

    slope, shift = 1.0, 0.0
    for _ in range(STEPS if rated else 0):
        wrong = 1 / (1 + np.exp(-(slope * odds + shift))) - truth
        slope -= PACE * float(np.mean(wrong * odds) + RIDGE * (slope - 1) / len(rated))
        shift -= PACE * float(np.mean(wrong) + RIDGE * shift / len(rated))
    return lambda sure: float(1 / (1 + np.exp(-(slope * _odds(sure) + shift))))


def _odds(sure: float) -> float:
    bounded = min(max(sure, 0.01), 0.99)
    return float(np.log(bounded / (1 - bounded)))


def leave_one_cause_out(marks: Sequence[Mark]) -> tuple[float | None, float | None]:
    """(Brier score as it is, Brier score of a scale fitted without the cause that it is tried on)."""
    rated = [mark for mark in marks if mark.answered]
    scaled: list[tuple[float, bool]] = []
    for cause in sorted({mark.cause for mark in rated}):
        scale = fitted([mark for mark in rated if mark.cause != cause])
        scaled += [(scale(mark.confidence), mark.both_right) for mark in rated if mark.cause == cause]
    return brier([(mark.confidence, mark.both_right) for mark in rated]), brier(scaled)
