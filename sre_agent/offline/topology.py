"""The map of an incident: what was seen, how it is, who needs whom, and the way from what fails to what is blamed; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sre_agent.domain.alert import Alert
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen
from sre_agent.offline.topology_ties import Tie, entity_of, id_of, path_between, ties_of, workloads_of
from sre_agent.orient.symptoms import symptoms_of
from sre_agent.picture.world import Picture

MOST_SPOTS: Final = 120
"""More than a person can look at; the ill and their neighbours come first."""
_OF_SERVICE: Final = frozenset({"no_endpoints", "unreachable"})
_OF_NODE: Final = frozenset({"node_not_ready", "node_pressure"})


class Condition(StrEnum):
    """How an object is, as far as was seen."""

    WELL = "well"
    ILL = "ill"
    BLAMED = "blamed"
    UNKNOWN = "unknown"
    """Named by another, and not seen itself."""


class Spot(Frozen):
    """One object on the map. `says`: what is wrong with it, in words."""

    id: str
    entity: EntityRef
    condition: Condition
    says: tuple[str, ...] = ()
    alerted: bool = False
    on_path: bool = False


class Topology(Frozen):
    """Spots, ties, and the path of blame: ids from what fails to what is blamed; empty where nothing ties them."""

    spots: tuple[Spot, ...] = ()
    ties: tuple[Tie, ...] = ()
    path: tuple[str, ...] = ()
    left_out: int = 0


def topology_of(picture: Picture, blamed: EntityRef | None) -> Topology:
    """The map of one picture. `blamed` is the root cause's entity, None where no cause stands."""
    objects = _objects(picture)
    guilty = _spot_of(blamed, picture) if blamed else None
    if guilty is not None:
        objects.setdefault(id_of(guilty), guilty)
    ties = list(ties_of(picture, objects, guilty))
    for tie in ties:
        for end in (tie.source, tie.target):
            objects.setdefault(end, entity_of(end))
    says, alerted = _says(picture, objects)
    start = [spot for spot in objects if spot in alerted]
    path = path_between(start, id_of(guilty), ties) if guilty else ()
    return _drawn(picture, objects, ties, _Marks(says, alerted, path, id_of(guilty) if guilty else ""))


@dataclass(frozen=True)
class _Marks:
    says: Mapping[str, tuple[str, ...]]
    alerted: frozenset[str]
    path: tuple[str, ...]
    guilty: str


def _drawn(
    picture: Picture, objects: Mapping[str, EntityRef], ties: Sequence[Tie], marks: _Marks
) -> Topology:
    kept = set(_first(objects, ties, marks))
    steps = set(zip(marks.path, marks.path[1:], strict=False))
    return Topology(
        spots=tuple(
            Spot(
                id=spot,
                entity=entity,
                condition=_condition(spot, entity, picture, marks),
                says=marks.says.get(spot, ()),
                alerted=spot in marks.alerted,
                on_path=spot in marks.path,
            )
            for spot, entity in objects.items()
            if spot in kept
        ),
        ties=tuple(
            tie.model_copy(update={"on_path": (tie.source, tie.target) in steps})
            for tie in ties
            if tie.source in kept and tie.target in kept
        ),
        path=marks.path,
        left_out=len(objects) - len(kept),
    )


def _condition(spot: str, entity: EntityRef, picture: Picture, marks: _Marks) -> Condition:
    if spot == marks.guilty:
        return Condition.BLAMED
    if spot in marks.says:
        return Condition.ILL
    seen = picture.inventory.get(entity.kind, entity.name, entity.namespace)
    return Condition.WELL if seen is not None else Condition.UNKNOWN


def _first(objects: Mapping[str, EntityRef], ties: Sequence[Tie], marks: _Marks) -> list[str]:
    """The ids that are drawn: path, ill and alerted first, then their neighbours, then the rest, each in order."""
    loud = [spot for spot in objects if spot in marks.path or spot in marks.says or spot in marks.alerted]
    beside = [end for tie in ties if {tie.source, tie.target} & set(loud) for end in (tie.source, tie.target)]
    return list(dict.fromkeys([*marks.path, *loud, *beside, *objects]))[:MOST_SPOTS]


def _objects(picture: Picture) -> dict[str, EntityRef]:
    """Workloads and Services of the incident's namespace, and the nodes that their pods run on."""
    wanted = picture.frame.namespace or None
    seen = [*picture.inventory.of("Service", wanted), *workloads_of(picture)]
    return {id_of(each.ref): each.ref for each in seen}


def _spot_of(entity: EntityRef, picture: Picture) -> EntityRef:
    """What stands for an entity on the map: a pod's workload; the cluster is of no concern here."""
    plain = entity.model_copy(update={"cluster": ""})
    obj = picture.inventory.get(entity.kind, entity.name, entity.namespace)
    return (
        picture.inventory.top_owner(obj).ref
        if obj is not None and obj.kind in ("Pod", "ReplicaSet")
        else plain
    )


def _says(
    picture: Picture, objects: Mapping[str, EntityRef]
) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """What is wrong with each spot, and which of them alerts or the question are about."""
    told: dict[str, list[str]] = defaultdict(list)
    for symptom in symptoms_of(picture):
        for spot in _spots_of_symptom(symptom.kind, symptom.name, symptom.namespace, objects):
            told[spot].append(symptom.text)
    alerted = {id_of(_spot_of(each, picture)) for each in picture.frame.entities} & set(objects)
    for alert in picture.frame.alerts:
        for spot in sorted(alerted):
            if _is_about(alert, objects[spot]):
                told[spot].append(f"{alert.name} fires")
    return {spot: tuple(dict.fromkeys(texts)) for spot, texts in told.items()}, frozenset(alerted)


def _spots_of_symptom(
    kind: str, name: str, namespace: str, objects: Mapping[str, EntityRef]
) -> Iterator[str]:
    for spot, entity in objects.items():
        wanted = (
            entity.kind == "Node" if kind in _OF_NODE
            else entity.kind == "Service" if kind in _OF_SERVICE
            else entity.kind not in ("Node", "Service")
        )  # fmt: skip
        if wanted and (entity.name, entity.namespace) == (name, namespace):
            yield spot


def _is_about(alert: Alert, entity: EntityRef) -> bool:
    """Whether one of its labels carries the object's name, or that of a pod which the object made."""
    values = alert.labels.values()
    return any(value == entity.name or value.startswith(f"{entity.name}-") for value in values)
