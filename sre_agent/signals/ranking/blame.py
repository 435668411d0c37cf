"""From strange series to the service at fault: causes before symptoms, the callee before its callers, the early before the late.

A resource or network series that rose by itself speaks for its own service. Latency and failures travel from a callee to its callers,
so what a callee shows as strongly is taken off its callers. Where complaints come from one service, only what it calls can be to blame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from math import log1p
from typing import Final

import numpy as np

from sre_agent.signals.ranking.beginning import beginning
from sre_agent.signals.ranking.kinds import Role, bad_direction, role_of
from sre_agent.signals.ranking.spreading import Graph, covered_by_callees, own_symptoms, reached_from
from sre_agent.signals.ranking.strangeness import Strange, strangeness
from sre_agent.signals.ranking.table import Floats, Table
from sre_agent.signals.ranking.traffic import carried_share, unexplained

STRANGE: Final = 1.0
"""Strangeness above which a series is out of what it ever was."""
_HALF: Final = 3.0
"""The strangeness that counts half of the most that any can."""
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
_CAUSES: Final = frozenset({Role.RESOURCE, Role.NETWORK, Role.OTHER})
_SLOW: Final = frozenset({Role.LATENCY})
_FAILING: Final = frozenset({Role.FAILURE, Role.HEALTH})
_SYMPTOMS: Final = _SLOW | _FAILING
_FLOWS: Final = frozenset({Role.TRAFFIC, Role.VOLUME})
_EARLY: Final = 0.3
_COMPLAINS: Final = 0.8
_OUT_OF_ACCORD: Final = 0.6
_MERELY_SLOW: Final = 0.7
"""What slowness weighs where people complain of failures alone."""
_COVERS: Final = 1.0
_OF_INTEREST: Final = 0.2
_LIGHT: Final = 0.4
"""How much a service loses that carries next to none of the traffic: few requests make figures that jump."""
_LOUD: Final = 0.75
_UNREACHED: Final = 0.25


@dataclass(frozen=True, eq=False)
class Suspect:
    """One series and how much it speaks for its service being at fault."""

    service: str
    metric: str
    role: Role
    strange: Strange
    score: float


@dataclass(frozen=True)
class Blamed:
    """A service, its score, and the series of it by score."""

    service: str
    score: float


@dataclass(frozen=True, eq=False)
class Blame:
    """Services and series, the most suspicious first."""

    services: tuple[Blamed, ...]
    suspects: tuple[Suspect, ...]
    healthy: bool


@dataclass(frozen=True)
class Asked:
    """When it began or was alerted (Unix seconds), who calls whom, and whose users complain of what."""

    at: float
    graph: Graph = ()
    target: str = ""
    target_metric: str = ""


def blame(table: Table, asked: Asked) -> Blame:
    """Rank every service and series of the table."""
    start = beginning(table, asked.at)
    suspects = _with_target([_suspect(*each) for each in _strange(table, start)], asked)
    services = sorted({column.service for column in table.columns})
    scores = _scores(services, suspects, asked)
    carried = carried_share(table, start, {name for name, score in scores.items() if score > _OF_INTEREST})
    scores = {name: score * (1 - _LIGHT * (1 - carried.get(name, 1.0))) for name, score in scores.items()}
    ranked = sorted(services, key=lambda service: (-scores[service], service))
    by_series = sorted(
        suspects, key=lambda one: (-one.score * (0.2 + scores[one.service]), one.service, one.metric)
    )
    return Blame(
        tuple(Blamed(service, round(scores[service], 6)) for service in ranked),
        tuple(by_series),
        _healthy(suspects, asked) and max(scores.values(), default=0.0) < _LOUD,
    )


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
    return Suspect(service, metric, role, strange, way * size * _WEIGHTS[role] * over / (over + _HALF))


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
    if one.service != asked.target or not _is_bad(one) or one.strange.score < _COMPLAINS:
        return False
    return one.metric == asked.target_metric if asked.target_metric else one.role in _SYMPTOMS


def _accord(one: Suspect, complaints: Sequence[Suspect]) -> float:
    best = max(_cosine(one.strange.deviations, each.strange.deviations) for each in complaints)
    return 1 - _OUT_OF_ACCORD * (1 - best)


def _cosine(left: Floats, right: Floats) -> float:
    ours, theirs = np.clip(left, 0, None), np.clip(right, 0, None)
    length = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    return float(ours @ theirs) / length if length else 0.0


def _scores(services: Sequence[str], suspects: Sequence[Suspect], asked: Asked) -> dict[str, float]:
    causes, slow, failing, traffic = (
        _strongest(suspects, roles) for roles in (_CAUSES, _SLOW, _FAILING, _FLOWS)
    )
    own_slow, own_failing = own_symptoms(slow, asked.graph), own_symptoms(failing, asked.graph)
    covered = covered_by_callees(
        {service: slow[service] + failing[service] for service in services}, asked.graph
    )
    early = _earliness(suspects)
    reached = reached_from(asked.target, asked.graph)
    scores = {}
    for service in services:
        symptom = max(own_slow[service], own_failing[service]) + 0.3 * min(
            own_slow[service], own_failing[service]
        )
        said = 1.1 * causes[service] + symptom + 0.2 * traffic[service]
        said *= (1 + _EARLY * early[service]) * (1 + _COVERS * covered[service])
        scores[service] = said if not reached or service in reached else _UNREACHED * said
    return scores


def _strongest(suspects: Sequence[Suspect], roles: Set[Role]) -> defaultdict[str, float]:
    """For each service: its strongest series of these roles, and a little of the second."""
    every: defaultdict[str, list[float]] = defaultdict(list)
    for one in suspects:
        if one.role in roles:
            every[one.service].append(one.score)
    found: defaultdict[str, float] = defaultdict(float)
    for service, scores in every.items():
        first, second = [*sorted(scores, reverse=True), 0.0][:2]
        found[service] = 0.8 * first + 0.2 * second
    return found


def _earliness(suspects: Sequence[Suspect]) -> defaultdict[str, float]:
    """1 for the service whose series went out of the usual first, 0 for the last and for those that never did."""
    onset: dict[str, float] = {}
    for one in suspects:
        if one.strange.onset is not None and one.strange.score >= STRANGE and one.score > 0.05:
            onset[one.service] = min(onset.get(one.service, one.strange.onset), one.strange.onset)
    early: defaultdict[str, float] = defaultdict(float)
    moments = sorted(set(onset.values()))
    for service, moment in onset.items():
        early[service] = 1 - moments.index(moment) / len(moments)
    return early


def _healthy(suspects: Sequence[Suspect], asked: Asked) -> bool:
    """Nobody's users have reason to complain: the target's symptoms are as ever, and no cause stands out by far."""
    symptoms = [one for one in suspects if one.role in _SYMPTOMS and _is_bad(one)]
    complained = [one for one in symptoms if one.service == asked.target] if asked.target else symptoms
    if asked.target_metric:
        complained = [one for one in complained if one.metric == asked.target_metric] or complained
    causes = [one for one in suspects if one.role in _CAUSES and _is_bad(one)]
    loud = max((one.strange.score for one in complained), default=0.0)
    return loud < STRANGE and not any(one.strange.score > 2.0 * STRANGE for one in causes)


def _is_bad(one: Suspect) -> bool:
    return bad_direction(one.role) in (0, one.strange.direction)
