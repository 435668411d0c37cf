"""What is read besides a target before a change to it is decided: its pods, budgets, autoscalers, revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from mcp_servers.k8s import kinds, shape
from mcp_servers.k8s.access import Look, Query
from mcp_servers.k8s.change import Around
from mcp_servers.k8s.nodes import pods_on
from mcp_servers.k8s.rollouts import revisions_of
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.errors import ToolError


async def none(look: Look, item: Json, ask: Any) -> Around:
    return Around()


async def of_workload(look: Look, item: Json, ask: Any) -> Around:
    """Pods, budgets and revisions of a workload."""
    namespace = _namespace(item)
    selector = shape.label_selector(shape.spec(item).get("selector") or {})
    query = [("labelSelector", selector)] if selector else []
    gaps: dict[str, str] = {}
    pods, budgets, revisions = await asyncio.gather(
        _listed(look, "pods", namespace, gaps, query=query),
        _listed(look, "poddisruptionbudgets", namespace, gaps),
        revisions_of(look, item),
    )
    return Around(pods=pods, budgets=budgets, revisions=revisions, gaps=gaps)


async def of_scaled(look: Look, item: Json, ask: Any) -> Around:
    """Pods, budgets and autoscalers of a workload. The autoscalers must be readable: one would undo a scale."""
    namespace = _namespace(item)
    selector = shape.label_selector(shape.spec(item).get("selector") or {})
    query = [("labelSelector", selector)] if selector else []
    gaps: dict[str, str] = {}
    pods, budgets, autoscalers = await asyncio.gather(
        _listed(look, "pods", namespace, gaps, query=query),
        _listed(look, "poddisruptionbudgets", namespace, gaps),
        look.list(kinds.of("horizontalpodautoscalers"), namespace),
    )
    return Around(pods=pods, budgets=budgets, autoscalers=autoscalers.items, gaps=gaps)


async def of_pod(look: Look, item: Json, ask: Any) -> Around:
    """The pod with its siblings of the same manager, and the budgets of its namespace."""
    gaps: dict[str, str] = {}
    namespace, owner = _namespace(item), shape.controller(item)
    budgets, pods = await asyncio.gather(
        _listed(look, "poddisruptionbudgets", namespace, gaps), _listed(look, "pods", namespace, gaps)
    )
    siblings = [pod for pod in pods if owner and shape.is_owned_by(pod, str(owner.get("uid")))]
    return Around(pods=siblings or [item], budgets=budgets, gaps=gaps)


async def namespace_pods(look: Look, item: Json, ask: Any) -> Around:
    """All pods of the namespace: whom a Service selects, or who reads a ConfigMap."""
    gaps: dict[str, str] = {}
    return Around(pods=await _listed(look, "pods", _namespace(item), gaps), gaps=gaps)


async def of_node(look: Look, item: Json, ask: Any) -> Around:
    name = shape.name_of(item)
    gaps: dict[str, str] = {}
    found = await _told(pods_on(look, name), {}, "which pods run there", gaps)
    return Around(pods=found.get(name, []), gaps=gaps)


async def _listed(
    look: Look, plural: str, namespace: str, gaps: dict[str, str], *, query: Query = ()
) -> list[Json]:
    listing = look.list(kinds.of(plural), namespace, query=query, limit=2000)
    found = await _told(listing, None, plural, gaps)
    return found.items if found is not None else []


async def _told(reading: Awaitable[Any], otherwise: Any, what: str, gaps: dict[str, str]) -> Any:
    """What was read, or a note that it is not known: a blast that cannot be told must not stop a change."""
    try:
        return await reading
    except ToolError as problem:
        gaps[what] = f"Not known: {what} ({problem.code})."
        return otherwise


def _namespace(item: Json) -> str:
    return str(shape.meta(item).get("namespace", ""))
