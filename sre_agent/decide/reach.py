"""How far a step reaches, in numbers: the services its target stands behind, their capacity, and who calls them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Step
from sre_agent.picture.objects import items

Calls = Mapping[str, Sequence[str]]
"""`namespace/caller` → the `namespace/service`s it calls."""


@dataclass(frozen=True)
class Behind:
    """The services that an object stands behind, and how many ready addresses the largest has; None: not known."""

    services: tuple[str, ...] = ()
    capacity: int | None = None


def behind(target: EntityRef, topology: JsonObject) -> Behind:
    """By the live topology of the target's namespace; nothing for what serves no requests, a node or a pull request."""
    services = items(topology, "services")
    if target.kind == "Service":
        chosen = [each for each in services if each.get("name") == target.name]
    else:
        pods = _pods_of(target, topology)
        chosen = [each for each in services if pods & set(each.get("pods") or ())]
    return Behind(
        services=tuple(f"{target.namespace}/{each['name']}" for each in chosen),
        capacity=max((int(each.get("ready_addresses") or 0) for each in chosen), default=None),
    )


def _pods_of(target: EntityRef, topology: JsonObject) -> set[str]:
    if target.kind == "Pod":
        return {target.name}
    mine = (each for each in items(topology, "workloads") if _is(each, target))
    return {str(pod) for each in mine for pod in each.get("pods") or ()}


def _is(workload: Mapping[str, Any], target: EntityRef) -> bool:
    return (workload.get("kind"), workload.get("name")) == (target.kind, target.name)


def edges_in(topology: JsonObject, namespace: str) -> dict[str, tuple[str, ...]]:
    """Who names whom in the configuration that was just read."""
    found: dict[str, list[str]] = {}
    for edge in items(topology, "edges"):
        callee = str(edge.get("to"))
        whole = callee if "/" in callee else f"{namespace}/{callee}"
        found.setdefault(f"{namespace}/{edge.get('from')}", []).append(whole)
    return {caller: tuple(callees) for caller, callees in found.items()}


def dependants(services: Iterable[str], *graphs: Calls) -> tuple[str, ...]:
    """Everybody up the call graph, the nearest first; a caller that is itself among `services` is none."""
    known, ring, found = set(services), set(services), list[str]()
    while ring:
        ring = {
            caller for graph in graphs for caller, callees in graph.items() if ring & set(callees)
        } - known
        known |= ring
        found += sorted(ring)
    return tuple(found)


def with_reach(step: Step, topology: JsonObject | None, calls: Calls) -> Step:
    """The step with its reach. `topology` is what was just read of its namespace; None: it could not be read."""
    radius, target = step.blast_radius, step.target
    stands = behind(target, topology or {})
    named = stands.services or (f"{target.namespace}/{target.name}",)
    live = edges_in(topology or {}, target.namespace)
    capacity = stands.capacity if stands.services else radius.replicas_before
    share = min(radius.pods / capacity, 1.0) if capacity else (0.0 if radius.pods == 0 else None)
    notes = radius.notes if topology is not None else (*radius.notes, "Not known: the live topology.")
    reach = {
        "services": stands.services,
        "capacity": capacity,
        "share_of_capacity": share,
        "dependants": dependants(named, calls, live),
        "notes": notes,
    }
    return step.model_copy(update={"blast_radius": radius.model_copy(update=reach)})
