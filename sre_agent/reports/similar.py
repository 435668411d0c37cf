"""Past incidents that resemble one: the same cause, object, alerts or place, with a score that says why; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sre_agent.domain.frozen import Frozen
from sre_agent.domain.incident import Incident, Outcome

OF_CAUSE: Final = 0.35
OF_ENTITY: Final = 0.30
OF_ALERTS: Final = 0.25
OF_NAMESPACE: Final = 0.10
"""What each likeness counts; they sum to 1. What is not known of one of the two counts as unlike."""
LEAST: Final = 0.25
MOST: Final = 5


@dataclass(frozen=True)
class Remembered:
    """An incident with the names of its alerts, and the statements of steps that were done."""

    incident: Incident
    alert_names: frozenset[str] = frozenset()
    done: tuple[str, ...] = ()


class Likeness(Frozen):
    """How alike two incidents are, 0 to 1, and in what."""

    score: float
    because: tuple[str, ...]


class SimilarIncident(Frozen):
    """A past incident beside the one that is looked at; `helped`: steps that were done before it recovered."""

    incident: Incident
    score: float
    because: tuple[str, ...]
    helped: tuple[str, ...] = ()


def likeness_of(one: Remembered, other: Remembered) -> Likeness:
    """The sum of what is alike; alerts count by the share of names that both have (Jaccard 1901)."""
    parts = list(_parts(one, other))
    return Likeness(
        score=round(sum(points for points, _ in parts), 2), because=tuple(words for _, words in parts)
    )


def similar_to(one: Remembered, past: Iterable[Remembered]) -> tuple[SimilarIncident, ...]:
    """The most alike, best first, the newest first among equals; those of little likeness are left out."""
    judged = [(likeness_of(one, each), each) for each in past if each.incident.id != one.incident.id]
    near = [pair for pair in judged if pair[0].score >= LEAST]
    near.sort(key=lambda pair: (-pair[0].score, -pair[1].incident.opened_at.timestamp()))
    return tuple(_told(likeness, each) for likeness, each in near[:MOST])


def _told(likeness: Likeness, each: Remembered) -> SimilarIncident:
    helped = each.done if each.incident.outcome is Outcome.RECOVERED else ()
    return SimilarIncident(
        incident=each.incident, score=likeness.score, because=likeness.because, helped=helped
    )


def _parts(one: Remembered, other: Remembered) -> Iterator[tuple[float, str]]:
    mine, theirs = one.incident, other.incident
    if mine.cause and mine.cause == theirs.cause:
        yield OF_CAUSE, f"the same cause, {mine.cause}"
    if (entity := mine.cause_entity or mine.entity) and entity == (theirs.cause_entity or theirs.entity):
        yield OF_ENTITY, f"the same object, {entity}"
    if both := one.alert_names & other.alert_names:
        share = len(both) / len(one.alert_names | other.alert_names)
        yield OF_ALERTS * share, f"the same alerts, {', '.join(sorted(both))}"
    if mine.namespace and (mine.cluster, mine.namespace) == (theirs.cluster, theirs.namespace):
        yield OF_NAMESPACE, f"the same namespace, {mine.namespace}"
