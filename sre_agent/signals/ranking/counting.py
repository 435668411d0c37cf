"""Counters told from gauges by how they behave, and read as what was counted in a second."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from sre_agent.signals.ranking.table import Floats, Table

_RISES: Final = 5
"""So often a counter has gone up in its first half: what rises only once trouble began is a gauge that rose."""
_RESETS: Final = 0.01
_ANEW: Final = 0.5
"""A counter that fell has begun anew: it is less than half of what it was."""


def as_rates(table: Table) -> Table:
    """The table with every counter as a rate for a second; gauges as they are."""
    return Table(
        table.times,
        tuple(replace(column, values=_rate(table.times, column.values)) for column in table.columns),
    )


def _rate(times: Floats, values: Floats) -> Floats:
    """The values themselves where they are no counter's; a counter stands still between two scrapes."""
    known = np.flatnonzero(np.isfinite(values))
    if not _counts(values[known]):
        return values
    moved = known[np.flatnonzero(np.diff(values[known], prepend=np.nan) != 0)]
    rates = np.diff(values[moved]) / np.diff(times[moved])
    rates[rates < 0] = np.nan
    of_row = np.searchsorted(moved, np.arange(values.size), side="left") - 1
    found = np.full(values.size, np.nan)
    within = (of_row >= 0) & (of_row < rates.size)
    found[within] = rates[of_row[within]]
    found[moved[-1] + 1 :] = 0.0 if values.size - moved[-1] > 2 * float(np.median(np.diff(moved))) else np.nan
    return np.where(np.isfinite(values), found, np.nan)


def _counts(known: Floats) -> bool:
    steps = np.diff(known)
    falls = np.flatnonzero(steps < 0)
    if int((steps[: steps.size // 2] > 0).sum()) < _RISES or falls.size > max(1, _RESETS * steps.size):
        return False
    return bool(np.all(known[falls + 1] < _ANEW * known[falls])) and float(known[0]) >= 0
