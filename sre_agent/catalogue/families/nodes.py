"""Nodes that are ill by their own conditions: not ready, short of memory, disk or process ids, cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.families.node_services import KUBELETS, RUNTIMES, ready_words
from sre_agent.catalogue.machines import pods_on, unit_down, unit_runs
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_live
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

_NODE = ("Node",)


def _not_ready(picture: Picture) -> Iterable[Lead]:
    for node in picture.inventory.of("Node"):
        if condition(node, "Ready").get("status") not in ("False", "Unknown"):
            continue
        yield Lead(
            cause="node_not_ready",
            entity=node.ref,
            weight=STRONG,
            statement=f"Node {node.name} is not ready: {condition(node, 'Ready').get('message') or 'no reason told'}.",
            citations=ready_words(picture, node.name) or (node.quote("metadata", "name"),),
            hints={"node": node.name, "pods": pods_on(picture, node.name)},
        )


def _pressure(code: str, kind: str, what: str) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for node in picture.inventory.of("Node"):
            told = condition(node, kind)
            if told.get("status") != "True":
                continue
            gone = [pod for pod in picture.inventory.pods if _evicted_from(pod, node)]
            message = str(told.get("message") or kind)
            yield Lead(
                cause=code,
                entity=node.ref,
                weight=DECISIVE + (SLIGHT if gone else 0.0),
                statement=f"Node {node.name} is short of {what}"
                + (f"; {len(gone)} pods were evicted." if gone else "."),
                citations=(
                    node.source.quote(message),
                    *(pod.quote("status", "message") for pod in gone[:2] if pod.dig("status", "message")),
                ),
                hints={"node": node.name, "pods": pods_on(picture, node.name), "what": what},
            )

    return find


def _evicted_from(pod: Obj, node: Obj) -> bool:
    return (
        not is_live(pod)
        and pod.dig("status", "reason") == "Evicted"
        and pod.dig("spec", "nodeName") in (node.name, None)
    )


def _cut_off(picture: Picture) -> Iterable[Lead]:
    """NetworkUnavailable, or a node that went silent while its kubelet and runtime are known to run."""
    for node in picture.inventory.of("Node"):
        told, ready = condition(node, "NetworkUnavailable"), condition(node, "Ready")
        silent = ready.get("status") == "Unknown"
        alive = unit_runs(picture, node.name, *KUBELETS) and not unit_down(picture, node.name, *RUNTIMES)
        if told.get("status") == "True":
            yield _cut_lead(picture, node, DECISIVE, str(told.get("message") or "NetworkUnavailable"))
        elif silent and alive:
            yield _cut_lead(picture, node, STRONG + SLIGHT, str(ready.get("message") or "Unknown"))
        elif silent and _unreached(picture, node):
            yield _cut_lead(picture, node, FAIR, str(ready.get("message") or "Unknown"))


def _unreached(picture: Picture, node: Obj) -> bool:
    """Whether attempts from this node failed and none succeeded."""
    mine = [probe for probe in picture.probes if probe.origin == node.name]
    return bool(mine) and not any(probe.ok for probe in mine)


def _cut_lead(picture: Picture, node: Obj, weight: float, words: str) -> Lead:
    return Lead(
        cause="node_network_unavailable",
        entity=node.ref,
        weight=weight,
        statement=f"Node {node.name} is cut off from the network: {words}.",
        citations=(node.source.quote(words),),
        hints={
            "node": node.name,
            "pods": pods_on(picture, node.name),
            "since": str(moment(condition(node, "Ready").get("lastTransitionTime")) or ""),
        },
    )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, entity_kinds=_NODE)


def _short(code: str, kind: str, what: str, *neighbours: Neighbour) -> Entry:
    return Entry(
        _cause(
            code=code,
            title=f"The node is short of {what}",
            description=f"The node's condition {kind} is true: the kubelet takes no new pods, and evicts some.",
            supports=(f"the node's condition {kind} is True", "pods were evicted from the node"),
            rules_out=(f"the condition {kind} is False",),
            neighbours=neighbours,
            remedies=("relieve_node_by_hand", "move_off_node"),
        ),
        _pressure(code, kind, what),
    )


ENTRIES = (
    Entry(
        _cause(
            code="node_not_ready",
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
    Entry(
        _cause(
            code="node_network_unavailable",
            title="The node is cut off",
            description="The node lives, and nothing reaches it over the network.",
            supports=("the condition NetworkUnavailable is True", "the node went silent while its kubelet's unit is active"),
            rules_out=("the kubelet does not run",),
            neighbours=(
                Neighbour("kubelet_unavailable", "the kubelet's unit is not active"),
                Neighbour("node_network_packet_loss", "some of the traffic still passes"),
            ),
            remedies=("move_off_node",),
        ),
        _cut_off,
    ),
    _short("node_memory_pressure", "MemoryPressure", "memory", Neighbour("oom_killed", "one container exceeds its own limit, the node has room")),
    _short("node_disk_pressure", "DiskPressure", "disk space", Neighbour("ephemeral_storage_exceeded", "one pod exceeds its own disk limit")),
    _short("node_pid_pressure", "PIDPressure", "process ids", Neighbour("thread_pool_exhaustion", "one program is out of threads, the node is not")),
)  # fmt: skip
