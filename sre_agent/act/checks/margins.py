"""How far from before still counts as back, and for how long it has to be seen; pure.

A margin is fixed by the healthy past alone, before anything after the step is looked at.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from sre_agent.signals.baseline import Band
from sre_agent.signals.counts import Tally, events_to_prove, provable

ERRORS_FINEST: Final = 0.01
ERRORS_COARSEST: Final = 0.05
"""The margin for failed requests lies between these: as fine as the service's usual traffic can prove."""
ERRORS_RELATIVE: Final = 0.5
"""So a doubled share of errors is never called recovered."""
SLOW_FINEST: Final = 0.05
SLOW_COARSEST: Final = 0.10
"""Of the requests, so many more may be slower than the usual tail."""
LATENCY_RELATIVE: Final = 0.25
LATENCY_LEAST: Final = 0.005
LATENCY_SIGMAS: Final = 2.0
OBJECTIVE_SHARE: Final = 0.5
TRAFFIC_MISSING: Final = 0.5
"""Traffic moves with the hour of the day; half of what it was is traffic, nothing is not."""
SATURATION_LEAST: Final = 0.15
SATURATION_SAFE: Final = 0.7
"""Below this level there is room, whatever it was before."""
_HOLDS: Final = 2
"""Settle times for which a finer margin is worth waiting."""
_SLACK: Final = 1.25
"""Traffic varies: a margin has to be provable also with a fifth less of it."""


def hold_for(per_second: float, settle: timedelta, longest: timedelta) -> timedelta:
    """How long the window has to be in which recovery is proved.

    The settle time; longer, up to twice, where that proves the finest margin for errors; and longer still,
    up to `longest`, where the traffic is so little that otherwise not even the coarsest could be proved.
    """
    if per_second <= 0:
        return settle
    finest = timedelta(seconds=_SLACK * events_to_prove(ERRORS_FINEST) / per_second)
    coarsest = timedelta(seconds=_SLACK * events_to_prove(ERRORS_COARSEST) / per_second)
    wanted = max(settle, min(finest, _HOLDS * settle), min(coarsest, longest))
    return timedelta(seconds=math.ceil(wanted.total_seconds()))


def errors_margin(past: Tally, expected: float) -> float:
    """By how much the share of failed requests may be higher than before.

    Half of what it was, so that a doubled share never passes; but no finer than the `expected` requests
    of a hold can prove nine times in ten, also when somewhat fewer come.
    """
    least = min(max(provable(past, expected / _SLACK), ERRORS_FINEST), ERRORS_COARSEST)
    return max(least, ERRORS_RELATIVE * past.value) if past.events > 0 else least


def slow_margin(past: Tally, expected: float) -> float:
    """By how much the share of requests slower than the usual tail may be higher than before."""
    return min(max(provable(past, expected / _SLACK), SLOW_FINEST), SLOW_COARSEST)


def latency_margin(band: Band, slowest: float | None) -> float:
    """By how much a level of latency may be higher than before, where there is no histogram.

    A quarter of what it was, or its usual spread; or, where people have drawn a line for it, half the way
    from what it was to that line: well inside the objective is recovered, though not to the last millisecond.
    """
    room = OBJECTIVE_SHARE * (slowest - band.center) if slowest is not None else 0.0
    return max(LATENCY_RELATIVE * band.center, LATENCY_SIGMAS * band.sigma, LATENCY_LEAST, room)


def saturation_margin(before: float) -> float:
    return max(SATURATION_LEAST, SATURATION_SAFE - before)
