"""From leads to ranked hypotheses: what explains the others comes first, what the alerts are about counts more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sre_agent.catalogue.cause import FAIR, SLIGHT, Cause, Lead
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.evidence import Citation
from sre_agent.orient.reach import focus_names, names_of, reached_by
from sre_agent.picture.world import Picture

DOUBT = 2.0
"""Log odds that a lone observation has to overcome before it is believed."""
IN_FOCUS = 1.5
"""What it adds that the fault would reach what the alerts are about."""
OUT_OF_FOCUS = 3.0
"""What it costs that it would not: noise elsewhere is not the cause."""
CITATIONS = 8


@dataclass(frozen=True)
class Candidate:
    """A lead in its place among the others."""

    lead: Lead
    cause: Cause
    score: float
    own: frozenset[str]
    reached: frozenset[str]
    explained_by: str = ""


def ranked(
    picture: Picture, leads: Iterable[Lead], causes: Mapping[str, Cause], ruled_out: Sequence[str] = ()
) -> list[Candidate]:
    """Best first; those that another one explains come after all that stand on their own."""
    focus = focus_names(picture)
    merged = _merged(lead for lead in leads if refuted(lead) not in ruled_out)
    placed = [_placed(picture, lead, causes[lead.cause], focus) for lead in merged]
    judged = [_explained(candidate, placed) for candidate in placed]
    return sorted(
        judged, key=lambda one: (bool(one.explained_by), -one.score, one.lead.cause, str(one.lead.entity))
    )


def refuted(lead: Lead) -> str:
    """How a cause that a failed remediation has refuted is remembered."""
    return f"{lead.cause} {lead.entity}"


def _merged(leads: Iterable[Lead]) -> list[Lead]:
    """One lead for each cause and entity: the strongest, with the words of all."""
    found: dict[tuple[str, str], Lead] = {}
    for lead in leads:
        key = (lead.cause, str(lead.entity))
        other = found.get(key)
        if other is None:
            found[key] = lead
            continue
        strong, weak = (lead, other) if lead.weight > other.weight else (other, lead)
        citations = tuple(dict.fromkeys([*strong.citations, *weak.citations]))
        found[key] = replace(strong, citations=citations[:CITATIONS])
    return list(found.values())


def _placed(picture: Picture, lead: Lead, cause: Cause, focus: frozenset[str]) -> Candidate:
    own, reached = names_of(lead.entity, picture), reached_by(lead.entity, picture)
    bearing = 0.0
    if focus:
        bearing = IN_FOCUS if focus & reached else -OUT_OF_FOCUS
    return Candidate(lead, cause, lead.weight + bearing, own, reached)


def _explained(candidate: Candidate, others: Sequence[Candidate]) -> Candidate:
    """Mark a candidate that a deeper, sufficiently believed one accounts for."""
    deeper = [other for other in others if other is not candidate and explains(other, candidate)]
    if not deeper:
        return candidate
    best = max(deeper, key=lambda other: other.score)
    return replace(candidate, explained_by=f"{best.lead.cause} of {best.lead.entity}")


def explains(one: Candidate, other: Candidate) -> bool:
    """Whether `other` is what one would see if `one` were so: it lies within reach, and higher in the chain."""
    if one.lead.weight < FAIR or not (one.reached & other.own):
        return False
    if one.cause.depth > other.cause.depth:
        return True
    is_below = not (one.own & other.own) and not (other.reached & one.own)
    return one.cause.depth == other.cause.depth and is_below and one.score >= other.score - SLIGHT


def confidences(candidates: Sequence[Candidate]) -> list[float]:
    """Belief in each: how far it overcomes doubt, shared with the rivals that nothing explains."""
    rivals = [one for one in candidates if not one.explained_by]
    total = sum(math.exp(one.score) for one in rivals) or 1.0
    return [_belief(one, total) for one in candidates]


def _belief(one: Candidate, total: float) -> float:
    alone = 1.0 / (1.0 + math.exp(DOUBT - one.score))
    share = math.exp(one.score) / total if not one.explained_by else 0.3
    return round(min(alone * share, 0.99), 3)


def hypotheses_of(candidates: Sequence[Candidate], limit: int = 6) -> tuple[Hypothesis, ...]:
    """The first few, as they are shown and kept."""
    beliefs = confidences(candidates)
    return tuple(
        Hypothesis(
            rank=place + 1,
            cause=one.lead.cause,
            layer=one.cause.layer,
            entity=one.lead.entity,
            confidence=beliefs[place],
            statement=one.lead.statement,
            evidence=_evidence(one, candidates),
            ruled_out_by=f"explained by {one.explained_by}" if one.explained_by else None,
            discriminating_test=one.cause.neighbours[0].told_apart_by if one.cause.neighbours else "",
            change=one.lead.change,
            hints=dict(one.lead.hints),
        )
        for place, one in enumerate(candidates[:limit])
    )


def _evidence(one: Candidate, candidates: Sequence[Candidate]) -> tuple[Citation, ...]:
    """Its own words, and one word of each thing that it explains."""
    told = f"{one.lead.cause} of {one.lead.entity}"
    consequences = [
        other.lead.citations[0] for other in candidates if other.explained_by == told and other.lead.citations
    ]
    return tuple(dict.fromkeys([*one.lead.citations, *consequences]))[:CITATIONS]
