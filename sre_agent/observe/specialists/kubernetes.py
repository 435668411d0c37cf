"""The Kubernetes specialist: objects of a namespace, nodes, events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.evidence import Question
from sre_agent.observe.repertoire import Ask, Claim
from sre_agent.observe.scene import NamedCall, Scene, text, tool
from sre_agent.picture.containers import containers_of, is_live, is_ready
from sre_agent.picture.objects import Obj, condition, items, mapping, objects_in
from sre_agent.picture.reading import Kept
from sre_agent.picture.source import Source

_ON_NODE: Final = "spec.nodeName="
MOST_UNWELL: Final = 3
"""Of so many nodes that are not ready the pods are looked at; where more are, it is not the nodes."""


def _namespace(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    namespace = text(question, "namespace", scene.namespace)
    return (tool("kubernetes/namespace", "k8s.namespace_objects", {"namespace": namespace}),)


def _nodes(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return (
        tool(
            "kubernetes/nodes", "k8s.namespace_objects", {"namespace": "", "kinds": ["nodes", "namespaces"]}
        ),
    )


def _pods_of_unwell_nodes(question: Question, scene: Scene, kept: Sequence[Kept]) -> tuple[NamedCall, ...]:
    """What runs on the nodes that are not ready, in every namespace: an alert of a node names none of it."""
    nodes = [node for one in kept for node in _nodes_of(one) if not _is_ready_node(node)]
    return tuple(_pods_of(node.name) for node in nodes[:MOST_UNWELL])


def _pods_of(node: str) -> NamedCall:
    arguments: dict[str, JsonValue] = {"kind": "pods", "field_selector": f"{_ON_NODE}{node}"}
    return tool("kubernetes/node-pods", "k8s.list_objects", arguments)


def _claims(question: Question, kept: Sequence[Kept]) -> tuple[Claim, ...]:
    """One claim for each workload or node that is not as it should be, and one when all are."""
    claims: list[Claim] = []
    for one in kept:
        found = mapping(one.answer, "collected")
        pods = objects_in("pods", found.get("pods") or [], Source(one.id, one.name))
        claims += [
            claim for pod in pods if is_live(pod) and not is_ready(pod) and (claim := _pod_claim(pod, one.id))
        ]
        claims += (_node_claim(node, one.id) for node in _nodes_of(one) if not _is_ready_node(node))
        if "items" in one.answer:
            on = str(one.arguments.get("field_selector", "")).removeprefix(_ON_NODE)
            claims.append(Claim(f"{len(items(one.answer, 'items'))} pods run on {on}", (one.id,)))
        if pods and not claims:
            claims.append(Claim(f"all {len(pods)} pods are ready", (one.id,)))
    return tuple(claims[:12])


def _pod_claim(pod: Obj, evidence: str) -> Claim:
    for view in containers_of(pod):
        if view.waiting or view.ended_by:
            state = view.waiting or view.ended_by
            code = f", exit code {view.exit_code}" if view.exit_code is not None else ""
            return Claim(
                f"{pod.name}: container {view.name} is not ready: {state}{code}, {view.restarts} restarts",
                (evidence,),
            )
    return Claim(
        f"{pod.name} is {pod.dig('status', 'phase') or 'in an unknown phase'} and not ready", (evidence,)
    )


def _nodes_of(one: Kept) -> list[Obj]:
    told = mapping(one.answer, "collected").get("nodes") or []
    return [*objects_in("nodes", told, Source(one.id, one.name))]


def _is_ready_node(node: Obj) -> bool:
    """What was not told is not held against it."""
    return condition(node, "Ready").get("status") in (None, "True")


def _node_claim(node: Obj, evidence: str) -> Claim:
    ready = condition(node, "Ready")
    return Claim(f"node {node.name} is not ready: {ready.get('message') or ready.get('reason')}", (evidence,))


def _recording(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return (tool("recording/whole", "recording.read", {}),)


REPERTOIRE = {
    "recording": Ask(_recording, lambda question, kept: (), "everything that was recorded"),
    "namespace": Ask(_namespace, _claims, "the state of every object in the namespace"),
    "nodes": Ask(
        _nodes,
        _claims,
        "the state of the nodes, and what runs on those that are not well",
        follow_up=_pods_of_unwell_nodes,
    ),
}
