"""A namespace, the patch tools over it, and for each tool arguments that mean something there."""

from __future__ import annotations

from typing import Any

from mcp_servers.k8s.patch_tools import patch_tools
from mcp_servers.k8s.patching import Patching, PatchTool
from mcp_servers.kit.contract import Preview, WriteResult
from mcp_servers.kit.toolset import Step
from tests.unit.k8s.fake_api import FakeApi, FakeClusters, shop

TOOLS: dict[str, PatchTool] = {tool.name: tool for tool in patch_tools(lambda: "2026-03-03T09:30:00Z")}
WORKLOAD = {"kind": "Deployment", "name": "cart", "namespace": "shop"}
CONTAINER = {**WORKLOAD, "container": "cart"}
IN_SHOP = {"name": "cart", "namespace": "shop"}

ASKS: dict[str, dict[str, Any]] = {
    "scale": {**WORKLOAD, "replicas": 5},
    "set_image": {**CONTAINER, "image": "shop/cart:3"},
    "set_env": {**CONTAINER, "variable": "LOG_LEVEL", "value": "debug"},
    "set_resources": {**CONTAINER, "requests": {"cpu": "100m"}, "limits": {"memory": "256Mi"}},
    "set_probe": {**CONTAINER, "probe": "readiness", "port": 8080, "path": "/healthz", "period_seconds": 5},
    "set_selector": {**IN_SHOP, "selector": {"app": "cart", "tier": "web"}},
    "set_service_port": {**IN_SHOP, "port": 80, "target_port": 9090},
    "set_config_key": {**IN_SHOP, "key": "mode", "value": "slow"},
    "set_label": {**WORKLOAD, "label": "tier", "value": "web"},
    "rollout_restart": WORKLOAD,
    "rollout_undo": WORKLOAD,
    "cordon": {"node": "node-1"},
}


class Scene:
    def __init__(self) -> None:
        self.api: FakeApi = shop()
        self.patching = Patching(FakeClusters(self.api))

    async def preview(self, tool: str, **arguments: Any) -> Preview:
        ask = TOOLS[tool].asks.model_validate(arguments)
        return await self.patching.preview(TOOLS[tool], ask)

    async def write(self, tool: str, key: str = "step-0001", /, **arguments: Any) -> WriteResult:
        ask = TOOLS[tool].asks.model_validate(arguments)
        return await self.patching.write(TOOLS[tool], ask, Step(key, "inc_1", 1))

    async def grounded(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The arguments with the expectation a planner would take from the preview."""
        ground = (await self.preview(tool, **arguments)).ground
        return {**arguments, "expect": {"uid": ground.uid, "fields": ground.fields}}

    async def state(self, tool: str, key: str, /, **arguments: Any) -> str:
        ask = TOOLS[tool].asks.model_validate(arguments)
        return (await self.patching.state(TOOLS[tool], ask, key)).state
