"""From strange series to the service at fault: causes before symptoms, the callee before its callers, the early before the late.

A resource or network series that rose by itself speaks for its own service. Latency and failures travel from a callee to its callers,
so what a callee shows as strongly is taken off its callers. Where complaints come from one service, only what it calls can be to blame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

from sre_agent.signals.ranking.beginning import beginning
from sre_agent.signals.ranking.counting import as_rates
from sre_agent.signals.ranking.kinds import Role
from sre_agent.signals.ranking.spreading import Graph, covered_by_callees, own_symptoms, reached_from
from sre_agent.signals.ranking.suspects import (
    FAILING,
    STRANGE,
    SYMPTOMS,
    Asked,
    Suspect,
    cosine,
    is_bad,
    suspects_in,
)
from sre_agent.signals.ranking.table import Table
from sre_agent.signals.ranking.traffic import carried_share

_CAUSES: Final = frozenset({Role.RESOURCE, Role.NETWORK, Role.OTHER})
_SLOW: Final = frozenset({Role.LATENCY})
_FLOWS: Final = frozenset({Role.TRAFFIC, Role.VOLUME})
_EARLY: Final = 0.3
_COVERS: Final = 1.0
_OF_INTEREST: Final = 0.2
_LIGHT: Final = 0.4
"""How much a service loses that carries next to none of the traffic: few requests make figures that jump."""
_LOUD: Final = 0.8
_FAINT: Final = 0.65
_HARDLY: Final = 1.5
"""Complaints this strange mean nothing while no service scores more than faintly: of many series some are strange by chance."""
_UNREACHED: Final = 0.25


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


def blame(table: Table, asked: Asked) -> Blame:
    """Rank every service and series of the table."""
    table = as_rates(table)
    start = beginning(table, asked.at)
    suspects = suspects_in(table, start, asked)
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
        _healthy(suspects, asked, max(scores.values(), default=0.0)),
    )


def _scores(services: Sequence[str], suspects: Sequence[Suspect], asked: Asked) -> dict[str, float]:
    causes, slow, failing, traffic = (
        _strongest(suspects, roles) for roles in (_CAUSES, _SLOW, FAILING, _FLOWS)
    )
    own_slow = own_symptoms(slow, asked.graph)
    own_failing = own_symptoms(failing, asked.graph, _shared_failures(suspects, asked.graph))
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


def _shared_failures(suspects: Sequence[Suspect], graph: Graph) -> dict[tuple[str, str], float]:
    """For each call whose callee fails out of the usual: how far the caller fails at the same moments.

    How much of a callee's failing its callers show depends on what they send it, so sizes do not compare as times do.
    """
    worst: dict[str, Suspect] = {}
    for one in sorted(suspects, key=lambda each: each.score):
        if one.role in FAILING and one.strange.score >= STRANGE:
            worst[one.service] = one
    return {
        (caller, callee): cosine(worst[caller].strange.deviations, worst[callee].strange.deviations)
        for caller, callee in graph
        if caller in worst and callee in worst
    }


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


def _healthy(suspects: Sequence[Suspect], asked: Asked, worst: float) -> bool:
    """Nobody's users have reason to complain: the target's symptoms are as ever, and no cause stands out by far."""
    symptoms = [one for one in suspects if one.role in SYMPTOMS and is_bad(one)]
    complained = [one for one in symptoms if one.service == asked.target] if asked.target else symptoms
    if asked.target_metric:
        complained = [one for one in complained if one.metric == asked.target_metric] or complained
    causes = [one for one in suspects if one.role in _CAUSES and is_bad(one)]
    loud = max((one.strange.score for one in complained), default=0.0)
    if worst >= _LOUD or any(one.strange.score > 2.0 * STRANGE for one in causes):
        return False
    return loud < (_HARDLY if worst < _FAINT else 1.0) * STRANGE
