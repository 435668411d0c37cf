"""How a signal scattered before, during and after: quantiles of what was measured, for a person to see; pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import JsonValue

from sre_agent.domain.frozen import JsonObject
from sre_agent.signals.compare import Levels
from sre_agent.signals.counts import Tally

QUANTILES: Final = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

Measured = Tally | Levels


def spreads(*, past: Measured, during: Measured, now: Measured) -> JsonObject:
    """`spread_before`, `spread_during`, `spread_after`: the values at QUANTILES; absent where nothing was measured.

    Of counts each bin is one value (its share, or its rate), of levels each sample; they show, and decide nothing.
    """
    told = {"spread_before": past, "spread_during": during, "spread_after": now}
    return {name: found for name, window in told.items() if (found := _spread(window))}


def _spread(window: Measured) -> list[JsonValue]:
    if isinstance(window, Levels):
        values = window.values
    else:
        full = window.whole > 0
        values = window.part[full] / window.whole[full]
    if not values.size:
        return []
    return [round(float(each), 6) for each in np.quantile(values, QUANTILES)]
