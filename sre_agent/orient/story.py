"""The diagnosis told: causal chain, state of the four layers, timeline, and the pattern that found it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sre_agent.domain.diagnosis import ChainLink, Layer, LayerState, TimelineEntry
from sre_agent.orient.ranking import Candidate
from sre_agent.picture.world import Picture

LAYER_SOURCES = {
    Layer.INFRASTRUCTURE: ("nodes",),
    Layer.RUNTIME: ("pods",),
    Layer.INTEGRATION: ("services",),
    Layer.BUSINESS_LOGIC: ("logs", "metrics"),
}
"""What must have been looked at before a layer may be called healthy."""
RESOURCE_CAUSES = frozenset({"cpu_throttling", "oom_killed", "db_connection_exhaustion", "traffic_surge"})


def causal_chain(picture: Picture, candidates: Sequence[Candidate]) -> tuple[ChainLink, ...]:
    """Symptom → proximate → root, each with the ids of what shows it."""
    if not candidates:
        return ()
    root = candidates[0]
    told = f"{root.lead.cause} of {root.lead.entity}"
    between = [one for one in candidates[1:] if one.explained_by == told]
    between.sort(key=lambda one: one.cause.depth)
    symptoms = [
        ChainLink(role="symptom", text=alert.annotations.get("summary") or alert.name)
        for alert in picture.frame.alerts[:3]
    ]
    proximate = [_link("proximate", one) for one in between[:3]]
    return (*symptoms, *proximate, _link("root", root))


def _link(role: str, one: Candidate) -> ChainLink:
    return ChainLink(
        role=role, text=one.lead.statement, citations=tuple(dict.fromkeys(c.id for c in one.lead.citations))
    )


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


def pattern_of(candidates: Sequence[Candidate]) -> str:
    """Which of the four strategies led here."""
    if not candidates:
        return "Differential Diagnosis"
    root = candidates[0]
    if root.lead.change is not None or root.lead.cause in ("bad_deployment", "bad_config_change"):
        return "Change Detective"
    if any(one.explained_by and not (one.own & root.own) for one in candidates[1:]):
        return "Dependency Tracer"
    if root.lead.cause in RESOURCE_CAUSES:
        return "Resource Hunter"
    return "Differential Diagnosis"


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
