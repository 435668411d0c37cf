"""The read tool for a whole namespace in one call: every kind a diagnosis looks at, listed side by side."""

from __future__ import annotations

import asyncio
from typing import Final

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Clusters, Listing, Look
from mcp_servers.k8s.answers import Collected
from mcp_servers.k8s.asks import NamespaceObjects
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.errors import ToolError

MOST_OF_A_KIND: Final = 2000
MOST_EVENTS: Final = 10_000
NAMESPACED: Final = (
    *("pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "services"),
    *("endpoints", "endpointslices", "ingresses", "networkpolicies", "configmaps", "secrets"),
    *("serviceaccounts", "roles", "rolebindings", "persistentvolumeclaims", "resourcequotas", "limitranges"),
    *("horizontalpodautoscalers", "poddisruptionbudgets", "events"),
)
CLUSTER_WIDE: Final = ("nodes", "namespaces", "persistentvolumes", "storageclasses")
WITHOUT_LABELS: Final = frozenset({"events", *CLUSTER_WIDE})
"""A label selector is meant for workloads and what belongs to them; these are listed whole."""


class NamespaceReading:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def namespace_objects(self, ask: NamespaceObjects) -> Collected:
        """All objects of a namespace that a diagnosis reads, and the cluster's nodes and volumes, in one call."""
        look = (await self._clusters.cluster(ask.cluster)).look
        names = list(dict.fromkeys(ask.kinds)) or [*NAMESPACED, *CLUSTER_WIDE]
        listings = await asyncio.gather(*(_listing(look, name, ask) for name in names))
        collected: dict[str, list[Json]] = {}
        missing: dict[str, str] = {}
        cut: list[str] = []
        for name, listing in zip(names, listings, strict=True):
            plural = _plural(name)
            if isinstance(listing, str):
                missing[plural] = listing
                continue
            collected[plural] = listing.items
            if listing.next:
                cut.append(plural)
        return Collected(collected=collected, not_collected=missing, truncated=cut)


async def _listing(look: Look, name: str, ask: NamespaceObjects) -> Listing | str:
    """The objects of one kind, or why there are none."""
    try:
        kind = await look.kind(name)
        if kind.namespaced and not ask.namespace:
            return "this kind lives in namespaces, and none was named"
        labelled = ask.label_selector and kind.plural not in WITHOUT_LABELS
        query = [("labelSelector", ask.label_selector)] if labelled else []
        limit = MOST_EVENTS if kind.plural == "events" else MOST_OF_A_KIND
        listing = await look.list(kind, ask.namespace, query=query, limit=limit)
        return _newest_events(listing) if kind.plural == "events" else listing
    except ToolError as problem:
        return f"{problem.code}: {problem.message}"


def _newest_events(listing: Listing) -> Listing:
    """The API lists the oldest first; of too many, the newest are kept."""
    items = sorted(listing.items, key=shape.moment, reverse=True)
    left_out = "more" if len(items) > MOST_OF_A_KIND else ""
    return Listing(items[:MOST_OF_A_KIND], listing.next or left_out, listing.remaining)


def _plural(name: str) -> str:
    kind = kinds.known(name)
    return kind.plural if kind else name.lower()
