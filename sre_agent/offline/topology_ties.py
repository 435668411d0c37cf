"""Who needs whom on the map of an incident, and the shortest way from what fails to what is blamed; pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


class Link(StrEnum):
    """Why one object needs another."""

    CALLS = "calls"
    SELECTS = "selects"
    RUNS_ON = "runs on"
    READS = "reads"


class Tie(Frozen):
    """`source` needs `target`: a fault travels from target to source."""

    source: str
    target: str
    link: Link
    on_path: bool = False


def id_of(entity: EntityRef) -> str:
    """`Kind/namespace/name`."""
    return f"{entity.kind}/{entity.namespace}/{entity.name}"


def entity_of(spot: str) -> EntityRef:
    kind, namespace, name = spot.split("/", 2)
    return EntityRef(kind=kind, namespace=namespace, name=name)


def workloads_of(picture: Picture) -> list[Obj]:
    wanted = picture.frame.namespace
    return [each for each in picture.inventory.workloads if not wanted or each.namespace == wanted]


def ties_of(picture: Picture, objects: Mapping[str, EntityRef], guilty: EntityRef | None) -> Iterator[Tie]:
    """Calls, Services to their workloads, workloads to their nodes, and to the blamed object where they name it."""
    services = {entity.name: id_of(entity) for entity in objects.values() if entity.kind == "Service"}
    workloads = workloads_of(picture)
    named = {work.name: id_of(work.ref) for work in workloads}
    for caller, callees in picture.calls.items():
        source = named.get(caller) or services.get(caller)
        targets = [services.get(callee) or named.get(callee) for callee in callees]
        yield from (Tie(source=source, target=end, link=Link.CALLS) for end in targets if source and end)
    for service in picture.inventory.of("Service", picture.frame.namespace or None):
        for work in picture.inventory.workloads_behind(service):
            yield Tie(source=id_of(service.ref), target=id_of(work.ref), link=Link.SELECTS)
    for work in workloads:
        yield from _of_workload(work, picture, guilty)


def _of_workload(work: Obj, picture: Picture, guilty: EntityRef | None) -> Iterator[Tie]:
    nodes = {str(pod.dig("spec", "nodeName") or "") for pod in picture.inventory.live_pods_of(work)} - {""}
    for node in sorted(nodes):
        ref = EntityRef(kind="Node", name=node)
        yield Tie(source=id_of(work.ref), target=id_of(ref), link=Link.RUNS_ON)
    if guilty is not None and _reads(work, guilty):
        yield Tie(source=id_of(work.ref), target=id_of(guilty), link=Link.READS)


def _reads(work: Obj, other: EntityRef) -> bool:
    """Whether a workload's pods name an object of another kind in their settings, volumes or account."""
    if other.kind in ("Node", "Namespace", "Cluster", "Service") or other.namespace != work.namespace:
        return False
    return work.ref != other and other.name in _texts(work.pod_template())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def path_between(starts: Iterable[str], goal: str, ties: Iterable[Tie]) -> tuple[str, ...]:
    """The shortest way along the ties from something that fails to what is blamed."""
    following: dict[str, list[str]] = defaultdict(list)
    for tie in ties:
        following[tie.source].append(tie.target)
    came_from: dict[str, str] = dict.fromkeys(starts, "")
    waiting = deque(came_from)
    while waiting:
        at = waiting.popleft()
        if at == goal:
            return tuple(_back(at, came_from))[::-1]
        for each in following[at]:
            if each not in came_from:
                came_from[each] = at
                waiting.append(each)
    return ()


def _back(at: str, came_from: Mapping[str, str]) -> Iterator[str]:
    while at:
        yield at
        at = came_from[at]
