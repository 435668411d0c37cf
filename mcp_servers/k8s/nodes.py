"""The read tool for nodes: whether they are well, what keeps pods away from them, and what runs there."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Clusters, Look
from mcp_servers.k8s.answers import Node, Nodes
from mcp_servers.k8s.asks import NodeState
from mcp_servers.k8s.reading import found
from mcp_servers.k8s.shape import Json


class NodeReading:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def node_state(self, ask: NodeState) -> Nodes:
        """One node or all: ready or not, conditions, taints, what can be allocated, and the pods on it."""
        look = (await self._clusters.cluster(ask.cluster)).look
        nodes, pods = await asyncio.gather(_nodes(look, ask.name), pods_on(look, ask.name))
        return Nodes(nodes=[_node(item, pods.get(shape.name_of(item), [])) for item in nodes])


async def pods_on(look: Look, node: str = "") -> dict[str, list[Json]]:
    """Node → its pods that have not ended; all nodes where none is named."""
    query = [("fieldSelector", f"spec.nodeName={node}")] if node else []
    listing = await look.list(kinds.of("pods"), query=query, limit=5000)
    found: dict[str, list[Json]] = defaultdict(list)
    for pod in listing.items:
        if shape.status(pod).get("phase") not in ("Succeeded", "Failed"):
            found[str(shape.spec(pod).get("nodeName") or "")].append(pod)
    return found


async def _nodes(look: Look, name: str) -> list[Json]:
    kind = kinds.of("nodes")
    return [await found(look, kind, name, "")] if name else (await look.list(kind, limit=5000)).items


def _node(item: Json, pods: list[Json]) -> Node:
    return Node(
        name=shape.name_of(item),
        ready=shape.is_ready(item),
        conditions=list(shape.status(item).get("conditions") or []),
        unschedulable=bool(shape.spec(item).get("unschedulable")),
        taints=list(shape.spec(item).get("taints") or []),
        allocatable=dict(shape.status(item).get("allocatable") or {}),
        pods=sorted(f"{shape.meta(pod).get('namespace', '')}/{shape.name_of(pod)}" for pod in pods),
        object=item,
    )
