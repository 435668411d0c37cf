"""A secret in an object, an event, a log, a diff or an error is told by no tool of the Kubernetes server."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mcp_servers.k8s.refusals import Refused
from mcp_servers.k8s.server import toolset
from mcp_servers.kit.toolset import Kind, Toolset
from tests.unit.k8s.fake_api import (
    APPS,
    CART,
    CORE,
    FakeApi,
    FakeClusters,
    deployment,
    pod,
    replica_set,
    shop,
)
from tests.unit.planted.planting import KINDS, Row, check, planted, telling, told

AT = "2026-01-31T08:00:00Z"
NOW = 1_769_846_460.0
IN_SHOP = {"name": "cart", "namespace": "shop"}
WORKLOAD = {"kind": "Deployment", **IN_SHOP}
POD = {"namespace": "shop", "pod": "cart-0"}
POD_PATH = f"{CORE}/pods/cart-0"

CONTAINER = {
    "name": "cart",
    "image": "shop/cart:1",
    "command": ["run", "§"],
    "args": ["--with", "§", "--note=§"],
    "env": [{"name": "LOG_LEVEL", "value": "§"}],
    "lifecycle": {"preStop": {"exec": {"command": ["stop", "§"]}}},
}
WRITTEN = {"labels": {"app": "cart"}, "annotations": {"note": "§", "last-applied": '{"spec": {"a": "§"}}'}}
HELD = {
    **deployment(template={"metadata": {"labels": {"app": "cart"}}, "spec": {"containers": [CONTAINER]}}),
    "metadata": WRITTEN,
}
ILL = {
    "phase": "Running",
    "message": "§",
    "conditions": [{"type": "Ready", "status": "False", "message": "§"}],
    "containerStatuses": [
        {
            "name": "cart",
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "§"}},
            "restartCount": 3,
        }
    ],
}
EVENT = {
    "kind": "Event",
    "type": "Warning",
    "reason": "Failed",
    "message": "§",
    "lastTimestamp": AT,
    "involvedObject": {"kind": "Pod", "name": "cart-0", "namespace": "shop"},
    "metadata": {"annotations": {"note": "§"}},
}
NODE = {
    "kind": "Node",
    "spec": {},
    "status": {"conditions": [{"type": "Ready", "status": "False", "message": "§"}]},
}
CONFIG = {"kind": "ConfigMap", "data": {"mode": "§", "app.yaml": "mode: fast\nnote: §\n"}}
GET = {"get": {CART: HELD}}

ROWS = (
    Row("get_object", GET, WORKLOAD, 7),
    Row("list_objects", GET, {"kind": "Deployment", "namespace": "shop"}, 7),
    Row(
        "describe_object",
        {"get": {POD_PATH: {**pod("cart-0"), "status": ILL}, f"{CORE}/events/e": EVENT}},
        {"kind": "Pod", "name": "cart-0", "namespace": "shop"},
        4,
    ),
    Row(
        "namespace_objects",
        {"get": {CART: HELD, f"{CORE}/configmaps/cart": CONFIG}},
        {"namespace": "shop", "kinds": ["Deployment", "ConfigMap"]},
        9,
    ),
    Row("list_events", {"get": {f"{CORE}/events/e": EVENT}}, {"namespace": "shop"}, 1),
    Row("get_pod_logs", {"text": {f"{POD_PATH}/log": f"{AT} one §\n{AT} two §\n"}}, POD, 2),
    Row(
        "rollout_history",
        {
            "get": {
                f"{APPS}/replicasets/cart-1": replica_set(
                    1, "shop/cart:0", **{"kubernetes.io/change-cause": "§"}
                )
            }
        },
        WORKLOAD,
        1,
    ),
    Row("node_state", {"get": {"/api/v1/nodes/node-1": NODE}}, {"name": "node-1"}, 1),
    Row(
        "preview_set_env", GET, {**WORKLOAD, "container": "cart", "variable": "LOG_LEVEL", "value": "info"}, 2
    ),
    Row(
        "preview_set_config_key",
        {"get": {f"{CORE}/configmaps/cart": CONFIG}},
        {**IN_SHOP, "key": "mode", "value": "slow"},
        2,
    ),
    Row(
        "preview_set_image",
        {**GET, "warnings": ["§"]},
        {**WORKLOAD, "container": "cart", "image": "shop/cart:3"},
        1,
    ),
    Row("get_object", {"fails": "§"}, WORKLOAD, 1),
    Row("preview_scale", {"fails": "§"}, {**WORKLOAD, "replicas": 5}, 1),
)


def served(says: dict[str, Any]) -> Toolset:
    api: FakeApi = shop()
    for path, item in says.get("get", {}).items():
        api.add(path, item)
    api.texts = says.get("text", {})
    api.warnings = says.get("warnings", [])
    if "fails" in says:
        api.failures = {"GET": [Refused(500, {"message": says["fails"]})] * 9}
    return toolset(FakeClusters(api), now=lambda: NOW)


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.tool}-{'-'.join(row.says)}")
async def test_no_tool_of_kubernetes_tells_a_planted_secret(
    row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    await check(row, served, caplog)


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("tool", ["get_object", "list_objects", "describe_object"])
async def test_what_a_secret_holds_is_never_told_in_any_coding(tool: str) -> None:
    asked = {"kind": "Secret", "namespace": "shop"} | ({"name": "cart"} if tool != "list_objects" else {})
    for kind, secret in KINDS.items():
        coded = base64.b64encode(secret.encode()).decode()
        holds = {"kind": "Secret", "data": {"innocent": coded}, "stringData": {"note": secret}}
        out = await told(served({"get": {f"{CORE}/secrets/cart": holds}}), Row(tool, {}, asked))
        assert coded not in out, kind
        assert not any(part in out for part in telling(secret)), kind


def test_every_reading_tool_of_kubernetes_has_a_row_but_those_that_tell_names_alone() -> None:
    reads = {tool.name for tool in served({}).tools.values() if tool.kind is Kind.READ}
    assert reads - {row.tool for row in ROWS} == {"cluster_info", "topology", "object_writers", "step_state"}
    assert planted({"a": ["§"]}, "x") == {"a": ["x"]}
