"""Whom a fault reaches: the names of workloads and services that would show it."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.families.front_doors import backends
from sre_agent.catalogue.families.services import meant_workload
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


def names_of(entity: EntityRef, picture: Picture) -> frozenset[str]:
    """Every name under which this entity goes: its workload's and its Services'."""
    inventory = picture.inventory
    obj = inventory.get(entity.kind, entity.name, entity.namespace)
    if obj is None:
        workload = inventory.workload_named(entity.name, entity.namespace)
        return frozenset({entity.name}) | (_workload_names(workload, picture) if workload else frozenset())
    if obj.kind == "Service":
        behind = inventory.workloads_behind(obj) or tuple(filter(None, [meant_workload(picture, obj)]))
        return frozenset({obj.name, *(workload.name for workload in behind)})
    if obj.kind == "Ingress":
        return frozenset({obj.name, *backends(obj)})
    if obj.kind in ("Node", "Namespace"):
        return frozenset({obj.name})
    return _workload_names(inventory.top_owner(obj), picture)


def _workload_names(workload: Obj, picture: Picture) -> frozenset[str]:
    return frozenset({workload.name, *(service.name for service in picture.inventory.services_of(workload))})


def reached_by(entity: EntityRef, picture: Picture) -> frozenset[str]:
    """Names that a fault of this entity can make ill: its own, and everyone whose calls lead to them."""
    own = names_of(entity, picture)
    if entity.kind == "Node":
        own |= _on_node(entity.name, picture)
    elif entity.kind in ("Namespace", "Cluster"):
        own |= {workload.name for workload in picture.inventory.workloads}
    return own | frozenset(name for one in own for name in picture.upstream_of(one))


def _on_node(node: str, picture: Picture) -> frozenset[str]:
    pods = [pod for pod in picture.inventory.pods if pod.dig("spec", "nodeName") == node]
    workloads = [picture.inventory.top_owner(pod) for pod in pods]
    return frozenset(name for workload in workloads for name in _workload_names(workload, picture))


def focus_names(picture: Picture) -> frozenset[str]:
    """Names that the alerts or the question are about; empty where they name nothing."""
    return _joined(names_of(entity, picture) for entity in picture.frame.entities)


def _joined(several: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*several)
