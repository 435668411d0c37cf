"""Whether a pod fits on a node, and if not, in the scheduler's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from infrastructure.lab.kube.objects import podstate, quantity, selectors
from infrastructure.lab.kube.objects.tree import Obj, dig, labels_of, name_of, namespace_of
from infrastructure.lab.kube.registry.quota import pod_amount

_RESOURCES = ("cpu", "memory")
_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


@dataclass(frozen=True)
class NodeView:
    """A node and the pods that are on it, as the scheduler sees them."""

    node: Obj
    pods: tuple[Obj, ...]

    @cached_property
    def requested(self) -> dict[str, Decimal]:
        return {
            name: sum((pod_amount(pod, "requests", name) for pod in self.pods), Decimal(0))
            for name in _RESOURCES
        }

    def allocatable(self, name: str) -> Decimal:
        return quantity.parse(dig(self.node, "status", "allocatable", name, default="0"))


def reasons(pod: Obj, view: NodeView, everywhere: Sequence[NodeView]) -> list[str]:
    """Why `pod` cannot go there; the first plug-in that objects speaks alone, as in the real one."""
    for plugin in _PLUGINS:
        found = list(plugin(pod, view, everywhere))
        if found:
            return found
    return []


def suits(pod: Obj, view: NodeView) -> bool:
    """Whether the node is one for the pod at all, however full it is: labels and taints, as DaemonSets ask."""
    return not any(list(plugin(pod, view, ())) for plugin in (_unschedulable, _taints, _affinity))


def _unschedulable(pod: Obj, view: NodeView, _: Sequence[NodeView]) -> Iterator[str]:
    if dig(view.node, "spec", "unschedulable") and not tolerates(pod, _UNSCHEDULABLE):
        yield "node(s) were unschedulable"


def _name(pod: Obj, view: NodeView, _: Sequence[NodeView]) -> Iterator[str]:
    wanted = podstate.node_of(pod)
    if wanted and wanted != name_of(view.node):
        yield "node(s) didn't match the requested node name"


def _taints(pod: Obj, view: NodeView, _: Sequence[NodeView]) -> Iterator[str]:
    for taint in dig(view.node, "spec", "taints", default=[]):
        if taint.get("effect") in ("NoSchedule", "NoExecute") and not tolerates(pod, taint):
            yield f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
            return


def tolerates(pod: Obj, taint: Obj) -> bool:
    return any(toleration_covers(one, taint) for one in dig(pod, "spec", "tolerations", default=[]))


def toleration_covers(toleration: Obj, taint: Obj) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def _affinity(pod: Obj, view: NodeView, _: Sequence[NodeView]) -> Iterator[str]:
    labels = labels_of(view.node)
    wanted = dig(pod, "spec", "nodeSelector", default={})
    terms = dig(
        pod,
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    )
    fits = selectors.matches(selectors.from_map(wanted), labels)
    if not fits or (terms is not None and not any(_term_fits(term, view.node) for term in terms)):
        yield "node(s) didn't match Pod's node affinity/selector"


def _term_fits(term: Obj, node: Obj) -> bool:
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not fields:
        return False
    by_label = all(selectors.from_expression(one).matches(labels_of(node)) for one in expressions)
    by_field = all(selectors.from_expression(one).matches({"metadata.name": name_of(node)}) for one in fields)
    return by_label and by_field


def _resources(pod: Obj, view: NodeView, _: Sequence[NodeView]) -> Iterator[str]:
    if len(view.pods) + 1 > view.allocatable("pods"):
        yield "Too many pods"
    for name in _RESOURCES:
        wanted = pod_amount(pod, "requests", name)
        if wanted and wanted + view.requested[name] > view.allocatable(name):
            yield f"Insufficient {name}"


def _neighbours(pod: Obj, view: NodeView, everywhere: Sequence[NodeView]) -> Iterator[str]:
    for term in _terms(pod, "podAffinity"):
        if not _has_match(term, pod, view, everywhere) and not _is_first(term, pod, everywhere):
            yield "node(s) didn't match pod affinity rules"
            return
    if any(_has_match(term, pod, view, everywhere) for term in _terms(pod, "podAntiAffinity")):
        yield "node(s) didn't match pod anti-affinity rules"
    elif _is_unwelcome(pod, view, everywhere):
        yield "node(s) didn't satisfy existing pods anti-affinity rules"


def _is_unwelcome(pod: Obj, view: NodeView, everywhere: Sequence[NodeView]) -> bool:
    """Whether a pod that is there already keeps its distance from this one."""
    return any(
        _same_place(term, view, other_view) and _term_selects(term, other, pod)
        for other_view in everywhere
        for other in other_view.pods
        for term in _terms(other, "podAntiAffinity")
    )


def _terms(pod: Obj, kind: str) -> list[Obj]:
    found: list[Obj] = dig(
        pod, "spec", "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution", default=[]
    )
    return found


def _has_match(term: Obj, pod: Obj, view: NodeView, everywhere: Sequence[NodeView]) -> bool:
    return any(
        _term_selects(term, pod, other)
        for other_view in everywhere
        if _same_place(term, view, other_view)
        for other in other_view.pods
    )


def _is_first(term: Obj, pod: Obj, everywhere: Sequence[NodeView]) -> bool:
    """A pod that wants to be near its own kind may be the first of it."""
    anybody = any(_term_selects(term, pod, other) for view in everywhere for other in view.pods)
    return not anybody and _term_selects(term, pod, pod)


def _same_place(term: Obj, one: NodeView, other: NodeView) -> bool:
    key = term["topologyKey"]
    place = labels_of(one.node).get(key)
    return place is not None and place == labels_of(other.node).get(key)


def _term_selects(term: Obj, pod: Obj, other: Obj) -> bool:
    spaces = term.get("namespaces") or [namespace_of(pod)]
    return namespace_of(other) in spaces and selectors.selects(term.get("labelSelector"), labels_of(other))


_Plugin = Callable[[Obj, NodeView, Sequence[NodeView]], Iterator[str]]
_PLUGINS: tuple[_Plugin, ...] = (_unschedulable, _name, _taints, _affinity, _resources, _neighbours)
