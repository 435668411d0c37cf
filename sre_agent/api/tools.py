"""How the tool servers are doing, and which tools they offer."""

from __future__ import annotations

from fastapi import APIRouter

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.views import ServerList, ToolList

router = APIRouter(route_class=GuardedRoute, tags=["tools"])


@router.get("/servers", operation_id="list_servers")
async def list_servers(parts: Parts) -> ServerList:
    """Each configured tool server: reachable or not, and why not."""
    return ServerList(items=parts.tools.servers())


@router.get("/tools", operation_id="list_tools")
async def list_tools(parts: Parts) -> ToolList:
    """Every tool of every server that can be reached, with its schemas."""
    return ToolList(items=await parts.tools.tools())
