"""From leads to ranked hypotheses: what explains the others comes first, what the alerts are about counts more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sre_agent.catalogue.cause import FAIR, SLIGHT, Cause, Depth, Lead
from sre_agent.domain.diagnosis import Hypothesis, Layer
from sre_agent.domain.evidence import Citation
from sre_agent.orient.bearing import Bearing, bearing_of, scene_of
from sre_agent.orient.reach import EVERYWHERE
from sre_agent.picture.world import Picture

DOUBT = 2.0
"""Log odds that a lone observation has to overcome before it is believed."""
TRUST = {Depth.SYMPTOM: 0.55, Depth.PROXIMATE: 0.9, Depth.ROOT: 1.0}
"""How often what was named is what a person would change, by how deep causes of its kind lie."""
HEARSAY = 0.75
"""How often what only others say of something that is down is also why it is down; and what is so as far as an absent source tells."""
CITATIONS = 8
TELLING = 20
"""An excerpt shorter than this says little by itself; longer ones are shown first."""
FAR_BEHIND = 3.5
"""A deeper cause that is believed so much less does not explain a mechanism away."""


@dataclass(frozen=True)
class Candidate:
    """A lead in its place among the others."""

    lead: Lead
    cause: Cause
    score: float
    own: frozenset[str]
    reached: frozenset[str]
    covered: float = 0.0
    over: bool = False
    hearsay: bool = False
    explained_by: str = ""


def ranked(
    picture: Picture, leads: Iterable[Lead], causes: Mapping[str, Cause], ruled_out: Sequence[str] = ()
) -> list[Candidate]:
    """Best first; those that another one explains come after all that stand on their own."""
    scene = scene_of(picture)
    merged = _merged(lead for lead in leads if refuted(lead) not in ruled_out)
    placed = [_placed(lead, causes[lead.cause], bearing_of(lead, scene)) for lead in merged]
    judged = [_explained(candidate, placed) for candidate in placed]
    return sorted(judged, key=_place)


def _place(one: Candidate) -> tuple[bool, float, int, str, str]:
    """Explained ones last; then by belief; at equal belief the lower layer, then names, so that order never wavers."""
    layer = list(Layer).index(one.cause.layer)
    return bool(one.explained_by), -round(one.score, 6), layer, one.lead.cause, str(one.lead.entity)


def _placed(lead: Lead, cause: Cause, bearing: Bearing) -> Candidate:
    return Candidate(
        lead=lead,
        cause=cause,
        score=lead.weight + bearing.worth,
        own=bearing.own,
        reached=bearing.reached,
        covered=bearing.covered,
        over=bearing.over,
        hearsay=bearing.hearsay,
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


def _explained(candidate: Candidate, others: Sequence[Candidate]) -> Candidate:
    """Mark a candidate that a deeper, sufficiently believed one accounts for."""
    deeper = [other for other in others if other is not candidate and explains(other, candidate)]
    if not deeper:
        return candidate
    best = max(deeper, key=lambda other: other.score)
    return replace(candidate, explained_by=f"{best.lead.cause} of {best.lead.entity}")


def explains(one: Candidate, other: Candidate) -> bool:
    """Whether `other` is what one would see if `one` were so: it lies within reach, and higher in the chain."""
    if one.lead.weight < FAIR or one.over or not (one.reached & other.own):
        return False
    if one.cause.depth > other.cause.depth:
        is_symptom = other.cause.depth is Depth.SYMPTOM
        return is_symptom or one.score >= other.score - FAR_BEHIND
    if one.cause.depth < other.cause.depth:
        return False
    lower = list(Layer).index(one.cause.layer) < list(Layer).index(other.cause.layer)
    if lower and is_seen(one.lead) and not is_seen(other.lead):
        return one.score >= other.score - FAR_BEHIND
    if lower and one.own & other.own and _same_series(one.lead, other.lead):
        return one.score >= other.score - SLIGHT
    if is_seen(other.lead) and not is_seen(one.lead):
        return False  # what an object is said to be is no effect of what series only suggest elsewhere
    is_below = not (one.own & other.own) and not (other.reached & one.own)
    return is_below and one.score >= other.score - SLIGHT


def _same_series(one: Lead, other: Lead) -> bool:
    """Whether both explain the same measurement: then the mechanism in the lower layer says more exactly why."""
    measured = {citation.source for citation in one.citations if citation.source.startswith("metrics/")}
    return any(citation.source in measured for citation in other.citations)


def is_seen(lead: Lead) -> bool:
    """Whether it rests on the state of objects, not only on what programs say and series show of their effect."""
    return any(citation.source.startswith("kubernetes/") for citation in lead.citations)


def confidences(candidates: Sequence[Candidate]) -> list[float]:
    """Belief in each: how far it overcomes doubt, shared with the rivals that nothing explains and that are not over."""
    rivals = [one for one in candidates if not one.explained_by and not one.over]
    total = sum(math.exp(one.score) for one in rivals)
    return [
        _belief(one, total + (math.exp(one.score) if one.over else 0.0) or 1.0, rivals) for one in candidates
    ]


def _belief(one: Candidate, total: float, rivals: Sequence[Candidate]) -> float:
    alone = 1.0 / (1.0 + math.exp(DOUBT - one.score))
    share = _with_its_like(one, rivals) / total if not one.explained_by else 0.3
    heard_only = (one.hearsay or one.lead.unseen) and one.cause.depth is not Depth.SYMPTOM
    trust = TRUST[one.cause.depth] * (HEARSAY if heard_only else 1.0)
    return round(min(alone * share * trust, 0.99), 3)


def _with_its_like(one: Candidate, rivals: Sequence[Candidate]) -> float:
    """What it weighs among its rivals; a part of the control plane that is down on several machines is one fault."""
    if one.lead.cause not in EVERYWHERE:
        return math.exp(one.score)
    return sum(math.exp(other.score) for other in rivals if other.lead.cause == one.lead.cause)


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
            discriminating_test=test_between(one, candidates),
            change=one.lead.change,
            hints=dict(one.lead.hints),
        )
        for place, one in enumerate(candidates[:limit])
    )


def test_between(one: Candidate, candidates: Sequence[Candidate]) -> str:
    """The observation that tells it from its nearest rival; where none is near, from its first neighbour."""
    rivals = [other for other in candidates if other is not one and other.own & one.own]
    for rival in rivals:
        for mine, theirs in ((one, rival), (rival, one)):
            for neighbour in mine.cause.neighbours:
                if neighbour.code == theirs.lead.cause:
                    return f"{neighbour.code}, if {neighbour.told_apart_by}"
    near = one.cause.neighbours
    return f"{near[0].code}, if {near[0].told_apart_by}" if near else ""


def _evidence(one: Candidate, candidates: Sequence[Candidate]) -> tuple[Citation, ...]:
    """Its own words, and one word of each thing that it explains."""
    told = f"{one.lead.cause} of {one.lead.entity}"
    consequences = [
        other.lead.citations[0] for other in candidates if other.explained_by == told and other.lead.citations
    ]
    words = dict.fromkeys([*one.lead.citations, *consequences])
    return tuple(sorted(words, key=lambda citation: len(citation.excerpt) < TELLING))[:CITATIONS]
