"""What is known for sure: symptoms and the observations behind the leading hypotheses, by layer and turn; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sre_agent.domain.diagnosis import Fact, Layer
from sre_agent.orient.ranking import Candidate
from sre_agent.orient.symptoms import Symptom

LAYER_OF = {
    "node_not_ready": Layer.INFRASTRUCTURE,
    "node_pressure": Layer.INFRASTRUCTURE,
    "no_endpoints": Layer.INTEGRATION,
    "unreachable": Layer.INTEGRATION,
}
"""Layer in which a symptom shows; all others show in the runtime."""
MOST = 24
CANDIDATES = 6


def facts_of(
    symptoms: Sequence[Symptom], candidates: Sequence[Candidate], turns: Mapping[str, int], turn: int
) -> tuple[Fact, ...]:
    """Facts bottom-up, each once, with ids in that order. A fact is as old as the newest evidence it rests on."""
    told = {text: (layer, cited) for layer, text, cited in _told(symptoms, candidates)}
    ordered = sorted(told.items(), key=lambda item: list(Layer).index(item[1][0]))
    return tuple(
        Fact(
            id=f"F{number}",
            layer=layer,
            turn=max((turns.get(one, turn) for one in cited), default=turn),
            text=text[:300],
            citations=cited,
        )
        for number, (text, (layer, cited)) in enumerate(ordered[:MOST], start=1)
    )


def _told(
    symptoms: Sequence[Symptom], candidates: Sequence[Candidate]
) -> Iterator[tuple[Layer, str, tuple[str, ...]]]:
    for symptom in symptoms:
        seen = (symptom.citation.id,) if symptom.citation else ()
        yield LAYER_OF.get(symptom.kind, Layer.RUNTIME), symptom.text, seen
    for one in candidates[:CANDIDATES]:
        cited = tuple(dict.fromkeys(citation.id for citation in one.lead.citations))
        yield one.cause.layer, one.lead.statement, cited
