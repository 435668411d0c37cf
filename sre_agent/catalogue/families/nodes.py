"""Nodes that are ill, and the services that run on them."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import is_live
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

RUNNING_STATE = "active"
"""The systemd unit state that means it runs; node_exporter sets 1 for the state a unit is in."""


def unit_down(picture: Picture, node: str, *units: str) -> Series | None:
    """The series that shows one of these units of a node not running; None where all run or none was told."""
    for series in picture.series_named("node_systemd_unit_state", "node_units"):
        if series.label("node", "instance").split(":")[0] != node or not series.last:
            continue
        unit, state = series.labels.get("name", "").removesuffix(".service"), series.labels.get("state")
        if unit in units and state != RUNNING_STATE:
            return series
    return None


def _not_ready_words(node: Obj) -> tuple[Citation, ...]:
    words = str(condition(node, "Ready").get("message") or "")
    return (node.source.quote(words),) if words else ()


def pods_on(picture: Picture, node: str) -> list[JsonValue]:
    """Live pods of a node that something makes anew elsewhere: not those of DaemonSets, not bare ones."""
    found: list[JsonValue] = []
    for pod in picture.inventory.pods:
        owner = picture.inventory.top_owner(pod)
        if (
            pod.dig("spec", "nodeName") == node
            and is_live(pod)
            and owner.kind not in ("DaemonSet", "Pod", "Node")
        ):
            found.append({"namespace": pod.namespace, "name": pod.name, "owner": owner.kind})
    return found


def _kubelet(picture: Picture) -> Iterable[Lead]:
    nodes = {node.name: node for node in picture.inventory.of("Node")}
    named = {
        one.label("node", "instance").split(":")[0] for one in picture.series_named("node_systemd_unit_state")
    }
    for name in sorted(set(nodes) | named):
        down = unit_down(picture, name, "kubelet")
        node = nodes.get(name)
        silent = node is not None and "stopped posting" in str(condition(node, "Ready").get("message"))
        if down is None and not silent:
            continue
        words = _not_ready_words(node) if node and silent else ()
        yield Lead(
            cause="kubelet_unavailable",
            entity=EntityRef(kind="Node", name=name),
            weight=DECISIVE if down else STRONG,
            statement=f"The kubelet on node {name} does not run: its pods are no longer looked after.",
            citations=((down.quote(),) if down else ()) + words,
            hints={"node": name, "pods": pods_on(picture, name)},
        )


def _not_ready(picture: Picture) -> Iterable[Lead]:
    for node in picture.inventory.of("Node"):
        if condition(node, "Ready").get("status") not in ("False", "Unknown"):
            continue
        yield Lead(
            cause="node_not_ready",
            entity=node.ref,
            weight=STRONG,
            statement=f"Node {node.name} is not ready: {condition(node, 'Ready').get('message') or 'no reason told'}.",
            citations=_not_ready_words(node) or (node.quote("metadata", "name"),),
            hints={"node": node.name, "pods": pods_on(picture, node.name)},
        )


_NODE = ("Node",)
ENTRIES = (
    Entry(
        Cause(
            code="kubelet_unavailable",
            layer=Layer.INFRASTRUCTURE,
            entity_kinds=_NODE,
            title="The kubelet is down",
            description="The kubelet on the node is stopped or failing: the node stops reporting, its pods are lost.",
            supports=("the kubelet's unit is not active", "'Kubelet stopped posting node status'"),
            rules_out=("the kubelet's unit is active",),
            neighbours=(
                Neighbour("containerd_unavailable", "the kubelet runs and says that the runtime is down"),
                Neighbour(
                    "node_network_unavailable", "the kubelet's unit is active, but the node is cut off"
                ),
            ),
            remedies=("move_off_node",),
        ),
        _kubelet,
    ),
    Entry(
        Cause(
            code="node_not_ready",
            layer=Layer.INFRASTRUCTURE,
            entity_kinds=_NODE,
            title="The node is not ready",
            description="The node's Ready condition is false or unknown, and nothing more exact is known.",
            supports=("the Ready condition is False or Unknown",),
            rules_out=("a component of the node is known to be down",),
            neighbours=(Neighbour("kubelet_unavailable", "the kubelet's unit is known to be down"),),
            remedies=("move_off_node",),
            depth=Depth.SYMPTOM,
        ),
        _not_ready,
    ),
)
