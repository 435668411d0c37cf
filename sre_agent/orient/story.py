"""The diagnosis told: causal chain, state of the four layers, and timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sre_agent.domain.diagnosis import ChainLink, Fact, Layer, LayerState, TimelineEntry
from sre_agent.orient.ranking import Candidate
from sre_agent.picture.world import Picture

LAYER_SOURCES = {
    Layer.INFRASTRUCTURE: ("nodes",),
    Layer.RUNTIME: ("pods",),
    Layer.INTEGRATION: ("services",),
    Layer.BUSINESS_LOGIC: ("logs", "metrics"),
}
"""What must have been looked at before a layer may be called healthy."""


def causal_chain(
    picture: Picture, candidates: Sequence[Candidate], facts: Sequence[Fact] = ()
) -> tuple[ChainLink, ...]:
    """Symptom → proximate → root, each with the ids of the evidence and the facts that show it."""
    if not candidates:
        return ()
    root = candidates[0]
    told = f"{root.lead.cause} of {root.lead.entity}"
    between = [one for one in candidates[1:] if one.explained_by == told]
    between.sort(key=lambda one: one.cause.depth)
    own = {one.lead.statement[:300] for one in candidates}
    seen = [fact for fact in facts if fact.text not in own]
    symptoms = [
        ChainLink(role="symptom", text=alert.annotations.get("summary") or alert.name)
        for alert in picture.frame.alerts[:3]
    ] or [
        ChainLink(role="symptom", text=one.text, citations=one.citations, facts=(one.id,)) for one in seen[:3]
    ]
    ids = {fact.text: fact.id for fact in facts}
    proximate = [_link("proximate", one, ids) for one in between[:3]]
    return (*symptoms, *proximate, _link("root", root, ids))


def _link(role: str, one: Candidate, ids: Mapping[str, str]) -> ChainLink:
    text = one.lead.statement
    cited = tuple(dict.fromkeys(citation.id for citation in one.lead.citations))
    known = ids.get(text[:300])
    return ChainLink(role=role, text=text, citations=cited, facts=(known,) if known else ())


def layer_states(picture: Picture, candidates: Sequence[Candidate]) -> dict[Layer, LayerState]:
    """The root's layer is faulty, layers of other candidates are suspect, looked-at layers are healthy."""
    states = {
        layer: LayerState.HEALTHY if picture.looked_at(*sources) else LayerState.UNKNOWN
        for layer, sources in LAYER_SOURCES.items()
    }
    for one in reversed(candidates[:4]):
        states[one.cause.layer] = LayerState.SUSPECT
    if candidates:
        states[candidates[0].cause.layer] = LayerState.FAULTY
    return states


def timeline(picture: Picture, limit: int = 40) -> tuple[TimelineEntry, ...]:
    """Changes, warnings and alerts in order; the newest where there are too many."""
    entries = sorted(_moments(picture), key=lambda entry: entry.at)
    return tuple(entries[-limit:])


def _moments(picture: Picture) -> Iterator[TimelineEntry]:
    for seen in picture.changes:
        yield TimelineEntry(
            at=seen.change.at, kind=seen.change.kind, text=seen.change.title, source=seen.source.id
        )
    for alert in picture.frame.alerts:
        yield TimelineEntry(
            at=alert.starts_at, kind="alert", text=alert.annotations.get("summary") or alert.name
        )
    for event in picture.events:
        if event.is_warning and (at := event.last_at):
            about = "/".join(part for part in event.about[1:] if part)
            yield TimelineEntry(
                at=at, kind="event", text=f"{about}: {event.message}"[:200], source=event.obj.source.id
            )
    for replica_set in picture.inventory.of("ReplicaSet"):
        if (at := replica_set.created_at) and replica_set.owner:
            text = f"roll-out of {replica_set.owner[1]} ({replica_set.name})"
            yield TimelineEntry(at=at, kind="rollout", text=text, source=replica_set.source.id)
