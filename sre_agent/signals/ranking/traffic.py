"""A resource held against the traffic its service carries: what load explains is no cause."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from sre_agent.signals.ranking.kinds import Role, role_of
from sre_agent.signals.ranking.table import Floats, Table

_ENOUGH = 20
_LEAST_CORRELATION = 0.5
_LOWEST, _HIGHEST = 0.5, 2.0


def unexplained(values: Floats, load: Floats, before: Floats) -> Floats:
    """The series as it would be at its usual load; itself where the past shows no such bond.

    The bond is a least-squares line of the past. Load far outside of what it was is brought back to half or twice
    the usual, beyond which a line says nothing.
    """
    known = np.isfinite(values) & np.isfinite(load)
    past = known & (before > 0)
    if int(past.sum()) < _ENOUGH:
        return values
    x, y = load[past], values[past]
    if float(np.std(x)) == 0 or float(np.std(y)) == 0 or float(np.corrcoef(x, y)[0, 1]) < _LEAST_CORRELATION:
        return values
    slope = float(np.polyfit(x, y, 1)[0])
    usual = float(np.median(x))
    held = np.clip(load, min(_LOWEST * usual, float(x.min())), max(_HIGHEST * usual, float(x.max())))
    cleared: Floats = np.where(np.isfinite(held), values - slope * (held - usual), values)
    return cleared


def carried_share(table: Table, start: float, services: Set[str]) -> dict[str, float]:
    """For each of these services whose traffic is known: the root of its share of the busiest one's."""
    past = table.times < start
    loads: dict[str, float] = {}
    for column in table.columns:
        if column.service in services and role_of(column.metric) is Role.TRAFFIC:
            known = column.values[past & np.isfinite(column.values)]
            if known.size:
                loads[column.service] = max(loads.get(column.service, 0.0), float(np.mean(np.abs(known))))
    most = max(loads.values(), default=0.0)
    return {service: float(np.sqrt(load / most)) for service, load in loads.items()} if most else {}
