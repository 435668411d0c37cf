"""Pods without a node because they ask for more than one can give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.placing import requests_of
from sre_agent.catalogue.rollouts import container_of, previous_resources
from sre_agent.catalogue.subjects import WORKLOADS
from sre_agent.catalogue.unplaced import Unplaced, blamed, unplaced
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import mapping
from sre_agent.picture.quantities import quantity
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture

CODE_OF = {"cpu": "cpu_capacity_mismatch", "memory": "memory_capacity_mismatch"}


def _lacking(resource: str) -> Any:
    def find(picture: Picture) -> Iterable[Lead]:
        for one in unplaced(picture):
            reason, nodes, agreed = blamed(one)
            if reason == resource:
                yield _lead(picture, one, resource, DECISIVE if agreed and nodes else STRONG + SLIGHT)

    return find


def _lead(picture: Picture, one: Unplaced, resource: str, weight: float) -> Lead:
    owner = one.subject.owner
    rooms = {fit.node.name: fit.node.dig("status", "allocatable", resource) for fit in one.fits}
    largest = max(
        (str(room) for room in rooms.values() if room), key=lambda room: quantity(room) or 0, default=""
    )
    container = _greediest(one, resource)
    asked = mapping(container, "resources", "requests").get(resource) or mapping(
        container, "resources", "limits"
    ).get(resource)
    return Lead(
        cause=CODE_OF[resource],
        entity=owner.ref,
        weight=weight,
        statement=f"{owner.ref} gets no node: container {container.get('name')} asks for {asked or 'more'} {resource}"
        + (f", and the largest node has {largest} to give." if largest else ", and no node has that free."),
        citations=(*one.words(), *_asked(one, container, resource), *_rooms(one, resource)),
        hints={
            "container": container.get("name"),
            "resource": resource,
            "asked": asked,
            "largest": largest,
            **_before(picture, one, str(container.get("name"))),
        },
    )


def _greediest(one: Unplaced, resource: str) -> Any:
    every = [*one.pod.items("spec", "containers"), *one.pod.items("spec", "initContainers")]
    return max(every, key=lambda each: requests_of({"containers": [each]}).get(resource, 0.0), default={})


def _asked(one: Unplaced, container: Any, resource: str) -> tuple[Citation, ...]:
    for key in ("requests", "limits"):
        told = mapping(container, "resources", key)
        if resource in told:
            return (one.pod.source.quote(as_written(key, dict(told))),)
    return ()


def _rooms(one: Unplaced, resource: str) -> tuple[Citation, ...]:
    return tuple(
        fit.node.quote("status", "allocatable", resource)
        for fit in one.fits[:1]
        if fit.node.dig("status", "allocatable", resource)
    )


def _before(picture: Picture, one: Unplaced, container: str) -> dict[str, JsonValue]:
    """Requests and limits that it had before, where they asked for less of it."""
    owner = one.subject.owner
    before = previous_resources(picture, owner, container)
    if before is None or not container_of(owner, container):
        return {}
    return {"requests": dict(mapping(before, "requests")), "limits": dict(mapping(before, "limits"))}


def _entry(resource: str, other: str) -> Entry:
    return Entry(
        Cause(
            code=CODE_OF[resource],
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title=f"Asks for more {resource} than any node can give",
            description=f"The pod's {resource} request is larger than what any node that suits it has to give.",
            supports=(
                f"the pod waits for a node, and its request exceeds the allocatable {resource} of each that suits it",
                f"the scheduler says 'Insufficient {resource}'",
            ),
            rules_out=(f"a node that suits it has that much {resource} free", "the pod has a node"),
            neighbours=(
                Neighbour(CODE_OF[other], f"what the nodes lack is {other}"),
                Neighbour(
                    f"namespace_{resource}_quota_exceeded", "the pod was never made; the quota refused it"
                ),
                Neighbour("node_cordon_mismatch", "the nodes with room are cordoned"),
            ),
            remedies=("restore_requests", "lower_requests_by_hand"),
        ),
        _lacking(resource),
    )


ENTRIES = (_entry("cpu", "memory"), _entry("memory", "cpu"))
