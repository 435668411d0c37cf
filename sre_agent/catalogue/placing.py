"""Why a pod fits no node: what of its own demands each node fails, told from objects alone.

The checks are those of the scheduler's filters NodeUnschedulable, NodeName, TaintToleration, NodeAffinity and
NodeResourcesFit (https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sre_agent.picture.objects import Obj, dig, items, mapping
from sre_agent.picture.quantities import quantity

CORDON = "node.kubernetes.io/unschedulable"
OWN_OF_NODES = "node.kubernetes.io/"
"""Taints under this prefix are set by the node controller: the node is ill, not the pod's toleration."""
CONTROL_PLANE = (
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/controlplane",
)
"""The role as a label and as a taint: of kubeadm and most others, of older ones, and of RKE."""


class Objection(StrEnum):
    """What keeps one pod off one node."""

    SELECTOR = "selector"
    AFFINITY = "affinity"
    CORDON = "cordon"
    TAINT = "taint"
    ILL = "ill"
    CPU = "cpu"
    MEMORY = "memory"


@dataclass(frozen=True)
class Fit:
    """One node and everything about it that does not suit the pod; nothing: it fits, as far as can be seen."""

    node: Obj
    objections: frozenset[Objection]
    taints: tuple[Mapping[str, Any], ...] = ()
    """Those that the pod does not tolerate, cordon and illness left out."""
    is_control_plane: bool = False


def has_role_of_control_plane(node: Obj) -> bool:
    """By the label of its role, also in its oldest form (`kubernetes.io/role=master`), or by the taint of that name."""
    role = node.labels.get("kubernetes.io/role")
    marks = {*node.labels, *(str(taint.get("key")) for taint in node.items("spec", "taints"))}
    return role in ("master", "control-plane") or any(mark in marks for mark in CONTROL_PLANE)


def fits_of(spec: Mapping[str, Any], nodes: Iterable[Obj], control_plane: Collection[str]) -> tuple[Fit, ...]:
    """How a pod spec fits each node; `control_plane`: names of those that run the control plane."""
    wanted = requests_of(spec)
    fits = (_fit(spec, wanted, node) for node in nodes)
    return tuple(replace(fit, is_control_plane=fit.node.name in control_plane) for fit in fits)


def _fit(spec: Mapping[str, Any], wanted: Mapping[str, float], node: Obj) -> Fit:
    found: set[Objection] = set()
    selector = mapping(spec, "nodeSelector")
    if any(node.labels.get(key) != value for key, value in selector.items()):
        found.add(Objection.SELECTOR)
    if not matches_affinity(spec, node):
        found.add(Objection.AFFINITY)
    hindering = untolerated(spec, node)
    if any(taint.get("key") == CORDON for taint in hindering) or _cordoned(spec, node):
        found.add(Objection.CORDON)
    own = tuple(taint for taint in hindering if not str(taint.get("key")).startswith(OWN_OF_NODES))
    if own:
        found.add(Objection.TAINT)
    if any(_is_illness(str(taint.get("key"))) for taint in hindering):
        found.add(Objection.ILL)
    for resource, objection in (("cpu", Objection.CPU), ("memory", Objection.MEMORY)):
        room = quantity(node.dig("status", "allocatable", resource))
        if room is not None and wanted.get(resource, 0.0) > room:
            found.add(objection)
    return Fit(node, frozenset(found), own)


def _cordoned(spec: Mapping[str, Any], node: Obj) -> bool:
    taint = {"key": CORDON, "effect": "NoSchedule"}
    return bool(node.dig("spec", "unschedulable")) and not _tolerated(spec, taint)


def _is_illness(key: str) -> bool:
    return key.startswith(OWN_OF_NODES) and key != CORDON


def untolerated(spec: Mapping[str, Any], node: Obj) -> list[Mapping[str, Any]]:
    """Taints of a node that keep this pod away (PreferNoSchedule does not)."""
    return [
        taint
        for taint in node.items("spec", "taints")
        if taint.get("effect") in ("NoSchedule", "NoExecute") and not _tolerated(spec, taint)
    ]


def _tolerated(spec: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    for one in items(spec, "tolerations"):
        if one.get("effect") and one.get("effect") != taint.get("effect"):
            continue
        if not one.get("key") and one.get("operator") == "Exists":
            return True
        exists = one.get("operator") == "Exists"
        alike = str(one.get("value") or "") == str(taint.get("value") or "")
        if one.get("key") == taint.get("key") and (exists or alike):
            return True
    return False


def affinity_terms(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Terms of the required node affinity, of which one must hold."""
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    return items(dig(spec, "affinity", "nodeAffinity", required), "nodeSelectorTerms")


def matches_affinity(spec: Mapping[str, Any], node: Obj) -> bool:
    terms = affinity_terms(spec)
    return not terms or any(_term_holds(term, node) for term in terms)


def _term_holds(term: Mapping[str, Any], node: Obj) -> bool:
    fields = {"metadata.name": node.name}
    expressions, of_fields = items(term, "matchExpressions"), items(term, "matchFields")
    return bool(expressions or of_fields) and all(
        [
            *(requirement_holds(one, node.labels) for one in expressions),
            *(requirement_holds(one, fields) for one in of_fields),
        ]
    )


def requirement_holds(one: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """One expression of a label selector (In, NotIn, Exists, DoesNotExist, Gt, Lt)."""
    key, operator = str(one.get("key")), one.get("operator")
    values = [str(value) for value in one.get("values") or ()]
    value = labels.get(key)
    if operator in ("NotIn", "DoesNotExist"):
        return value is None or (operator == "NotIn" and value not in values)
    if value is None:
        return False
    if operator in ("Gt", "Lt"):
        return _compares(value, values, above=operator == "Gt")
    return operator == "Exists" or value in values


def _compares(value: str, values: list[str], *, above: bool) -> bool:
    if not values or not value.lstrip("-").isdigit() or not values[0].lstrip("-").isdigit():
        return False
    return int(value) > int(values[0]) if above else int(value) < int(values[0])


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels, matchExpressions) holds; an empty one selects everything."""
    exact = mapping(selector, "matchLabels")
    return exact.items() <= labels.items() and all(
        requirement_holds(one, labels) for one in items(selector, "matchExpressions")
    )


def requests_of(spec: Mapping[str, Any]) -> dict[str, float]:
    """What a pod asks for: all containers together, or the greediest init container, and the overhead."""
    total: dict[str, float] = {}
    for container in items(spec, "containers"):
        for resource, value in _asks(container).items():
            total[resource] = total.get(resource, 0.0) + value
    for container in items(spec, "initContainers"):
        for resource, value in _asks(container).items():
            total[resource] = max(total.get(resource, 0.0), value)
    for resource, told in mapping(spec, "overhead").items():
        total[resource] = total.get(resource, 0.0) + (quantity(told) or 0.0)
    return total


def _asks(container: Mapping[str, Any]) -> dict[str, float]:
    """Requests; a limit without a request counts as one (the API server sets it so)."""
    told = {**mapping(container, "resources", "limits"), **mapping(container, "resources", "requests")}
    return {resource: value for resource, said in told.items() if (value := quantity(said)) is not None}
