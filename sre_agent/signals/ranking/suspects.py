"""One series and how much it speaks for its service: by its kind, its strangeness, and its accord with what people complain of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log1p
from typing import Final

import numpy as np

from sre_agent.signals.ranking.kinds import Role, bad_direction, role_of
from sre_agent.signals.ranking.spreading import Graph
from sre_agent.signals.ranking.strangeness import Strange, strangeness
from sre_agent.signals.ranking.table import Floats, Table
from sre_agent.signals.ranking.traffic import unexplained

STRANGE: Final = 1.0
"""Strangeness above which a series is out of what it ever was."""
_HALF: Final = 3.0
"""The strangeness that counts half of the most that any can."""
_FAILING_HALF: Final = 1.0
"""Of failures: how much stranger than ever says little, for that depends on how quiet it was before."""
_SHIFT_HALF: Final = 0.1
_DILUTED: Final = 0.15
"""A delay is the largest share of the time where it arises: callers add time of their own to it."""
_MANY_TIMES, _MOST_SHIFT = 3.0, 200.0
_WRONG_WAY: Final = 0.3
_WEIGHTS: Final = {
    Role.RESOURCE: 1.0,
    Role.NETWORK: 1.0,
    Role.LATENCY: 1.0,
    Role.FAILURE: 1.0,
    Role.HEALTH: 1.0,
    Role.TRAFFIC: 0.25,
    Role.VOLUME: 0.25,
    Role.OTHER: 0.6,
}
FAILING: Final = frozenset({Role.FAILURE, Role.HEALTH})
SYMPTOMS: Final = FAILING | {Role.LATENCY}
_COMPLAINS: Final = 0.8
_OUT_OF_ACCORD: Final = 0.6
_MERELY_SLOW: Final = 0.7
"""What slowness weighs where people complain of failures alone."""


@dataclass(frozen=True, eq=False)
class Suspect:
    """One series and how much it speaks for its service being at fault."""

    service: str
    metric: str
    role: Role
    strange: Strange
    score: float


@dataclass(frozen=True)
class Asked:
    """When it began or was alerted (Unix seconds), who calls whom, and whose users complain of what."""

    at: float
    graph: Graph = ()
    target: str = ""
    target_metric: str = ""


def suspects_in(table: Table, start: float, asked: Asked) -> list[Suspect]:
    """Every series of which enough is known, weighed by its kind and by whether it moves as the complaints do."""
    return _with_target([_suspect(*each) for each in _strange(table, start)], asked)


def _strange(table: Table, start: float) -> list[tuple[str, str, Strange]]:
    """Each series' strangeness; of resources the lesser of what it is and what traffic leaves of it."""
    quiet = (table.times < start).astype(np.float64)
    load = {c.service: c.values for c in table.columns if role_of(c.metric) is Role.TRAFFIC}
    found = []
    for column in table.columns:
        told = _of_column(table, column.values, start)
        if told is not None and column.service in load and role_of(column.metric) is Role.RESOURCE:
            cleared = unexplained(column.values, load[column.service], quiet)
            again = told if cleared is column.values else _of_column(table, cleared, start)
            told = min((told, again or told), key=lambda each: each.score)
        if told is not None:
            found.append((column.service, column.metric, told))
    return found


def _of_column(table: Table, values: Floats, start: float) -> Strange | None:
    return strangeness(table.times, values, start=start)


def _suspect(service: str, metric: str, strange: Strange) -> Suspect:
    role = role_of(metric)
    wanted = bad_direction(role)
    way = 1.0 if wanted in (0, strange.direction) else _WRONG_WAY
    if role is Role.HEALTH or role is Role.FAILURE:
        size = 1.0
    else:
        size = strange.shift / (strange.shift + _SHIFT_HALF)
    if role is Role.LATENCY:
        size += _DILUTED * log1p(max(0.0, min(strange.shift, _MOST_SHIFT) - _MANY_TIMES))
    over = max(0.0, strange.score - 0.5 * STRANGE)
    half = _FAILING_HALF if role in FAILING else _HALF
    return Suspect(service, metric, role, strange, way * size * _WEIGHTS[role] * over / (over + half))


def _with_target(suspects: Sequence[Suspect], asked: Asked) -> list[Suspect]:
    """What moves as the complaints do weighs more than what moves at other moments."""
    complaints = [one for one in suspects if _is_complaint(one, asked)]
    if not complaints:
        return list(suspects)
    failing = not any(one.role is Role.LATENCY for one in complaints)
    return [
        replace(
            one,
            score=one.score
            * _accord(one, complaints)
            * (_MERELY_SLOW if failing and one.role is Role.LATENCY else 1),
        )
        for one in suspects
    ]


def _is_complaint(one: Suspect, asked: Asked) -> bool:
    if one.service != asked.target or not is_bad(one) or one.strange.score < _COMPLAINS:
        return False
    return one.metric == asked.target_metric if asked.target_metric else one.role in SYMPTOMS


def _accord(one: Suspect, complaints: Sequence[Suspect]) -> float:
    best = max(cosine(one.strange.deviations, each.strange.deviations) for each in complaints)
    return 1 - _OUT_OF_ACCORD * (1 - best)


def cosine(left: Floats, right: Floats) -> float:
    """How far two series deviate at the same moments: 0 (never) to 1 (always)."""
    ours, theirs = np.clip(left, 0, None), np.clip(right, 0, None)
    length = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    return float(ours @ theirs) / length if length else 0.0


def is_bad(one: Suspect) -> bool:
    """Whether it moved the way that is bad for its kind."""
    return bad_direction(one.role) in (0, one.strange.direction)
