"""Read tools for single objects and lists: list, get, describe, and what the cluster says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Cluster, Clusters, Look
from mcp_servers.k8s.answers import ClusterInfo, Described, Objects, OneObject
from mcp_servers.k8s.asks import ClusterInfoAsk, DescribeObject, GetObject, ListObjects
from mcp_servers.k8s.happenings import events_of
from mcp_servers.k8s.kinds import Kind
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.errors import Code, ToolError, invalid

MOST_OWNED: Final = 200
OWNS: Final = {
    "Deployment": ("replicasets", "pods"),
    "ReplicaSet": ("pods",),
    "StatefulSet": ("pods", "controllerrevisions"),
    "DaemonSet": ("pods", "controllerrevisions"),
    "Job": ("pods",),
    "CronJob": ("jobs", "pods"),
}
"""Kind → the kinds it makes, each owned by the one before it or by itself."""


class Reading:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def list_objects(self, ask: ListObjects) -> Objects:
        """List objects of any kind, by namespace, labels and fields; long lists come in parts (`next`)."""
        look = (await self._clusters.cluster(ask.cluster)).look
        kind = await look.kind(ask.kind)
        query = [("labelSelector", ask.label_selector), ("fieldSelector", ask.field_selector)]
        given = [pair for pair in query if pair[1]]
        found = await look.list(kind, ask.namespace, query=given, limit=ask.limit, cursor=ask.cursor)
        return Objects(
            kind=kind.name,
            items=found.items,
            next=found.next,
            remaining=found.remaining,
            truncated=bool(found.next),
        )

    async def get_object(self, ask: GetObject) -> OneObject:
        """Get one object of any kind, as the API holds it now."""
        look = (await self._clusters.cluster(ask.cluster)).look
        return OneObject(object=await found(look, await look.kind(ask.kind), ask.name, ask.namespace))

    async def describe_object(self, ask: DescribeObject) -> Described:
        """One object with its events, its conditions, who manages it and what it manages."""
        look = (await self._clusters.cluster(ask.cluster)).look
        kind = await look.kind(ask.kind)
        item = await found(look, kind, ask.name, ask.namespace)
        events, owners, owned = await asyncio.gather(
            events_of(look, item), _owners(look, item), _owned(look, item)
        )
        return Described(
            object=item,
            events=events,
            owners=[shape.reference(owner) for owner in owners],
            owned=[shape.reference(each) for each in owned[:MOST_OWNED]],
            conditions=list(shape.status(item).get("conditions") or []),
        )

    async def cluster_info(self, ask: ClusterInfoAsk) -> ClusterInfo:
        """Which cluster this is, its version, its namespaces, and under which identity it is read."""
        cluster = await self._clusters.cluster(ask.cluster)
        version, namespaces = await asyncio.gather(
            cluster.look.raw("/version"), cluster.look.list(kinds.of("namespaces"), limit=5000)
        )
        return ClusterInfo(
            cluster=cluster.name,
            version=str(version.get("gitVersion", "")),
            contexts=self._clusters.names(),
            namespaces=sorted(shape.name_of(item) for item in namespaces.items),
            identity=cluster.user,
        )


async def found(look: Look, kind: Kind, name: str, namespace: str) -> Json:
    """One object. Raises ToolError, naming the object, where there is none."""
    if kind.namespaced and not namespace:
        raise invalid("namespace", f"a {kind.name} lives in a namespace; name it")
    try:
        return await look.get(kind, name, namespace if kind.namespaced else "")
    except ToolError as problem:
        if problem.code is not Code.NOT_FOUND:
            raise
        place = f" in namespace {namespace}" if kind.namespaced else ""
        raise ToolError(
            Code.NOT_FOUND, f"There is no {kind.name} {name!r}{place}.", try_next=problem.try_next
        ) from problem


async def target(cluster: Cluster, kind_name: str, name: str, namespace: str) -> tuple[Kind, Json]:
    """The object a write is about, as it is now."""
    kind = await cluster.look.kind(kind_name)
    return kind, await found(cluster.look, kind, name, namespace)


async def _owners(look: Look, item: Json) -> list[Json]:
    """The chain of managers, nearest first; it ends where one is gone or may not be read."""
    chain: list[Json] = []
    while (owner := shape.controller(chain[-1] if chain else item)) is not None and len(chain) < 5:
        kind = kinds.known(str(owner.get("kind", "")))
        if kind is None:
            break
        try:
            chain.append(await look.get(kind, str(owner["name"]), str(shape.meta(item).get("namespace", ""))))
        except ToolError:
            break
    return chain


async def _owned(look: Look, item: Json) -> list[Json]:
    made: list[Json] = []
    namespace = str(shape.meta(item).get("namespace", ""))
    makers = {shape.uid_of(item)}
    for plural in OWNS.get(str(item.get("kind", "")), ()):
        listing = await look.list(kinds.of(plural), namespace, query=_labels(item), limit=2000)
        children = [each for each in listing.items if _made_by(each, makers)]
        makers |= {shape.uid_of(each) for each in children}
        made += children
    return made


def _labels(item: Json) -> Sequence[tuple[str, str]]:
    selector = shape.spec(item).get("selector")
    text = shape.label_selector(selector) if isinstance(selector, dict) else ""
    return [("labelSelector", text)] if text else []


def _made_by(item: Json, uids: set[str]) -> bool:
    return any(shape.is_owned_by(item, uid) for uid in uids)
