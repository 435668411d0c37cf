"""Every write tool of the Kubernetes server, with asks that mean something in the fake's namespace."""

from __future__ import annotations

from typing import Any

from mcp_servers.k8s.rollouts import DEPLOYMENT_REVISION
from mcp_servers.k8s.server import toolset
from mcp_servers.kit.contract import StepAsk
from mcp_servers.kit.toolset import Step, Toolset
from tests.unit.k8s.fake_api import APPS, CART, FakeApi, FakeClusters, replica_set, shop
from tests.unit.k8s.patch_scene import ASKS, CONTAINER, IN_SHOP, WORKLOAD

Json = dict[str, Any]
POD = {"namespace": "shop", "pod": "cart-0"}

ROWS: dict[str, tuple[str, Json]] = {
    **{tool: (tool, ask) for tool, ask in ASKS.items()},
    "set_env, a new one": ("set_env", {**CONTAINER, "variable": "COLOR", "value": "red"}),
    "set_env, away with the first of two": ("set_env", {**CONTAINER, "variable": "LOG_LEVEL", "value": None}),
    "set_env, away with a secret": ("set_env", {**CONTAINER, "variable": "DB_PASSWORD", "value": None}),
    "set_env, the first of a container": (
        "set_env",
        {**CONTAINER, "container": "proxy", "variable": "COLOR", "value": "red"},
    ),
    "set_resources, away with one": ("set_resources", {**CONTAINER, "limits": {"memory": None}}),
    "set_probe, what was left to its default": (
        "set_probe",
        {**CONTAINER, "probe": "readiness", "failure_threshold": 9},
    ),
    "set_config_key, a new one": ("set_config_key", {**IN_SHOP, "key": "color", "value": "red"}),
    "set_config_key, away with one": ("set_config_key", {**IN_SHOP, "key": "mode", "value": None}),
    "set_label, away with one": ("set_label", {**WORKLOAD, "label": "app", "value": None}),
    "set_label, the first of an object": (
        "set_label",
        {"kind": "ConfigMap", **IN_SHOP, "label": "tier", "value": "web"},
    ),
    "rollout_undo, to a named revision": ("rollout_undo", {**WORKLOAD, "to_revision": 1}),
    "uncordon": ("uncordon", {"node": "node-2"}),
    "delete_pod": ("delete_pod", POD),
    "evict_pod": ("evict_pod", POD),
    "create_job": ("create_job", {"namespace": "shop", "name": "tidy-now", "from_cronjob": "tidy"}),
}
"""Case → (write tool, its arguments without `expect`)."""


class Shop:
    """The whole server over the fake API, asked as an agent asks: a preview first, its ground given back."""

    def __init__(self) -> None:
        self.api: FakeApi = shop()
        self.api.add("/api/v1/nodes/node-2", {"kind": "Node", "spec": {"unschedulable": True}, "status": {}})
        self.tools: Toolset = toolset(FakeClusters(self.api))

    async def grounded(self, tool: str, arguments: Json) -> Json:
        ground = (await self.run(f"preview_{tool}", arguments))["ground"]
        return {**arguments, "expect": {"uid": ground["uid"], "fields": ground["fields"]}}

    async def write(self, tool: str, key: str, arguments: Json) -> Json:
        return await self.run(tool, arguments, Step(key, "inc_1", 1))

    async def found(self, tool: str, key: str, arguments: Json) -> Json:
        """What `step_state` tells of a write."""
        assert self.tools.state_of is not None
        state = await self.tools.state_of(StepAsk(tool=tool, arguments=arguments, key=key))
        told: Json = state.model_dump(mode="json")
        return told

    def roll_out(self) -> None:
        """The Deployment controller's part: the present template gets the newest number, in a ReplicaSet of its own."""
        cart = self.api.objects[CART]
        sets = [path for path in self.api.objects if path.startswith(f"{APPS}/replicasets/")]
        pods = cart["spec"]["template"]["spec"]
        fitting = [path for path in sets if self.api.objects[path]["spec"]["template"]["spec"] == pods]
        newest = str(max(int(_notes(self.api.objects[path])[DEPLOYMENT_REVISION]) for path in sets) + 1)
        path = fitting[0] if fitting else f"{APPS}/replicasets/cart-{newest}"
        if not fitting:
            made = replica_set(int(newest), "")
            made["spec"]["template"]["spec"] = pods
            self.api.add(path, made)
        _notes(self.api.objects[path])[DEPLOYMENT_REVISION] = newest
        _notes(cart)[DEPLOYMENT_REVISION] = newest

    async def run(self, tool: str, arguments: Json, *step: Step) -> Json:
        declared = self.tools.tools[tool]
        answer = await declared.run(declared.asks.model_validate(arguments), *step)
        told: Json = answer.model_dump(mode="json")
        return told


def _notes(item: Json) -> Json:
    notes: Json = item["metadata"]["annotations"]
    return notes
