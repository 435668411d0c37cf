"""The read tool for who wrote an object last: which programs own fields of it, and since when."""

from __future__ import annotations

from typing import Any

from mcp_servers.k8s.access import FIELD_MANAGER, Clusters
from mcp_servers.k8s.answers import Writer, Writers
from mcp_servers.k8s.asks import GetObject
from mcp_servers.kit.errors import invalid


class WriterReading:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def object_writers(self, ask: GetObject) -> Writers:
        """Who wrote an object, newest first, as the API server notes it (managedFields), and whether that was us."""
        look = (await self._clusters.cluster(ask.cluster)).look
        kind = await look.kind(ask.kind)
        if kind.namespaced and not ask.namespace:
            raise invalid("namespace", f"a {kind.name} lives in a namespace; name it")
        item = await look.raw(kind.path(ask.namespace if kind.namespaced else "", ask.name))
        metadata = item.get("metadata") or {}
        return Writers(
            uid=str(metadata.get("uid", "")),
            generation=metadata.get("generation"),
            writers=writers_in(metadata.get("managedFields") or []),
        )


def writers_in(entries: list[dict[str, Any]]) -> list[Writer]:
    """Pure: one line for each entry that says when, newest first."""
    found = [
        Writer(
            manager=str(entry.get("manager") or "unknown"),
            operation=str(entry.get("operation", "")),
            subresource=str(entry.get("subresource") or ""),
            at=str(entry["time"]),
            ours=entry.get("manager") == FIELD_MANAGER,
        )
        for entry in entries
        if entry.get("time")
    ]
    return sorted(found, key=lambda writer: writer.at, reverse=True)
