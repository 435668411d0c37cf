"""When a recording's trouble began, where no alert tells: the moment at which most of its series turned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from sre_agent.picture.series import Floats, Series, middle
from sre_agent.picture.shift import MAD_TO_SIGMA

MOST_SERIES = 600
LEFT, RIGHT = 6, 3
"""Points that must lie before a turn, and from it on."""
MARKED, APART = 8.0, 0.3
"""A turn's size in robust standard deviations of what was before, and beside the larger of both sides."""
TOGETHER_SECONDS = 120.0
"""Series that turn within so much of one another turned for one reason."""


def began(series: Iterable[Series]) -> datetime | None:
    """The first of the turns that lie together, where most do; None where none of the series turned."""
    turns = sorted(_turns(islice(series, MOST_SERIES)))
    if not turns:
        return None
    beside = [sum(0 <= other - turn <= TOGETHER_SECONDS for other in turns) for turn in turns]
    return datetime.fromtimestamp(turns[beside.index(max(beside))], UTC)


def _turns(series: Iterable[Series]) -> Iterator[float]:
    for one in series:
        rate = one.as_rate()
        finite = np.isfinite(rate.values)
        times, values = rate.times[finite], rate.values[finite]
        if values.size >= LEFT + RIGHT and not one.ended:
            at = _turn(values)
            if _is_marked(values[:at], values[at:]):
                yield float(times[at])


def _turn(values: Floats) -> int:
    """Where the means of both sides lie furthest apart for their sizes: the cumulative-sum estimate of a change
    (Page 1954; https://en.wikipedia.org/wiki/CUSUM)."""
    places = np.arange(LEFT, values.size - RIGHT + 1)
    # the place is the same at any scale, and at this one no sum is too large for a number
    sums = np.cumsum(values / (float(np.max(np.abs(values))) or 1.0))
    before = sums[places - 1] / places
    after = (sums[-1] - sums[places - 1]) / (values.size - places)
    weights = np.sqrt(places * (values.size - places))
    return int(places[int(np.argmax(np.abs(before - after) * weights))])


def _is_marked(past: Floats, present: Floats) -> bool:
    before, during = middle(past), middle(present)
    moved = abs(during - before)
    spread = middle(np.abs(past - before)) * MAD_TO_SIGMA
    return moved > MARKED * spread and moved > APART * max(abs(before), abs(during)) and moved > 0
