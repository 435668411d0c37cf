"""The Kubernetes tools over the real wire: the official client, TLS, and a cluster whose controllers react."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mcp_servers.kit.errors import ToolError
from tests.components.mcp_k8s.lab_cluster import (
    CONTAINER,
    PATCHES,
    WORKLOAD,
    Shop,
    code_of,
    open_shop,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    opened = await open_shop(tmp_path_factory.mktemp("lab"))
    yield opened
    await opened.close()


async def test_the_cluster_tells_what_it_is_and_who_reads_it(shop: Shop) -> None:
    info = await shop.call("cluster_info")
    assert info["version"].startswith("v1.")
    assert "shop" in info["namespaces"]
    assert info["contexts"] == ["lab"]
    assert info["identity"] == "kubernetes-admin"


async def test_a_context_nobody_knows_is_named_with_those_there_are(shop: Shop) -> None:
    with pytest.raises(ToolError, match="there are lab"):
        await shop.call("cluster_info", cluster="prod")


async def test_one_call_brings_the_whole_namespace(shop: Shop) -> None:
    answer = await shop.call("namespace_objects", namespace="shop")
    assert answer["not_collected"] == {}
    assert {item["metadata"]["name"] for item in answer["collected"]["deployments"]} == {"cart"}
    assert len(answer["collected"]["nodes"]) == 3
    assert [pod["kind"] for pod in answer["collected"]["pods"]].count("Pod") == len(
        answer["collected"]["pods"]
    )
    part = await shop.call("namespace_objects", namespace="", kinds=["nodes", "pods", "Gadget"])
    assert set(part["collected"]) == {"nodes"}
    assert set(part["not_collected"]) == {"pods", "gadget"}


async def test_no_secret_leaves_by_any_read(shop: Shop) -> None:
    pod = shop.pods()[0]["metadata"]["name"]
    answers = [
        await shop.call("namespace_objects", namespace="shop"),
        await shop.call("get_object", kind="Secret", name="db", namespace="shop"),
        await shop.call("list_objects", kind="secrets", namespace="shop"),
        await shop.call("get_pod_logs", namespace="shop", pod=pod),
    ]
    text = json.dumps(answers)
    assert "hunter2" not in text
    assert "aHVudGVyMg" not in text
    assert answers[1]["object"]["data"] == {"password": ""}


async def test_lists_are_narrowed_and_continued(shop: Shop) -> None:
    chosen = await shop.call("list_objects", kind="Pod", namespace="shop", label_selector="app=cart")
    assert len(chosen["items"]) == 2
    node = chosen["items"][0]["spec"]["nodeName"]
    placed = await shop.call("list_objects", kind="pods", field_selector=f"spec.nodeName={node}")
    assert {item["spec"]["nodeName"] for item in placed["items"]} == {node}
    first = await shop.call("list_objects", kind="nodes", limit=2)
    assert (len(first["items"]), first["truncated"]) == (2, True)
    rest = await shop.call("list_objects", kind="nodes", limit=2, cursor=first["next"])
    assert (len(rest["items"]), rest["truncated"]) == (1, False)


async def test_an_object_is_described_with_its_family_and_its_events(shop: Shop) -> None:
    told = await shop.call("describe_object", **WORKLOAD)
    assert [each["kind"] for each in told["owned"]].count("Pod") == 2
    assert any(event["reason"] == "ScalingReplicaSet" for event in told["events"])
    assert any(each["type"] == "Available" for each in told["conditions"])
    pod = next(each for each in told["owned"] if each["kind"] == "Pod")
    owners = (await shop.call("describe_object", kind="Pod", name=pod["name"], namespace="shop"))["owners"]
    assert [owner["kind"] for owner in owners] == ["ReplicaSet", "Deployment"]


async def test_logs_carry_times_and_what_is_not_there_is_said(shop: Shop) -> None:
    pod = shop.pods()[0]["metadata"]["name"]
    logs = await shop.call("get_pod_logs", namespace="shop", pod=pod)
    assert logs["container"] == "cart"
    assert logs["lines"][0].startswith("20")
    assert "started" in logs["lines"][0]
    for wrong in ({"previous": True}, {"container": "nobody"}):
        with pytest.raises(ToolError) as missing:
            await shop.call("get_pod_logs", namespace="shop", pod=pod, **wrong)
        assert code_of(missing.value) == "not_found"


async def test_events_are_newest_first_and_narrowed(shop: Shop) -> None:
    events = (await shop.call("list_events", namespace="shop", kind="deployments", name="cart"))["items"]
    assert {event["involvedObject"]["name"] for event in events} == {"cart"}
    times = [event.get("lastTimestamp") or event.get("eventTime") for event in events]
    assert times == sorted(times, reverse=True)


async def test_nodes_tell_what_runs_on_them(shop: Shop) -> None:
    nodes = (await shop.call("node_state"))["nodes"]
    assert all(node["ready"] and not node["unschedulable"] for node in nodes)
    assert sum(len([pod for pod in node["pods"] if pod.startswith("shop/cart")]) for node in nodes) == 2
    assert len((await shop.call("node_state", name="node-2"))["nodes"]) == 1


async def test_the_topology_knows_who_calls_whom(shop: Shop) -> None:
    told = await shop.call("topology", namespace="shop")
    assert told["edges"] == [
        {"from": "cart", "to": "payments", "why": "env PAYMENTS_URL=http://payments:8080/pay"}
    ]
    services = {service["name"]: service for service in told["services"]}
    assert services["cart"]["ready_addresses"] == 2
    assert services["payments"]["pods"] == []
    workloads = {each["name"]: each for each in told["workloads"]}
    assert (workloads["cart"]["desired"], workloads["cart"]["ready"]) == (2, 2)


@pytest.mark.parametrize("tool", [*PATCHES, "delete_pod", "evict_pod", "create_job"])
@pytest.mark.promise("ACT-5")
async def test_a_preview_changes_nothing_in_the_cluster(shop: Shop, tool: str) -> None:
    await shop.settled()
    pod = {"namespace": "shop", "pod": shop.pods()[0]["metadata"]["name"]}
    job = {"namespace": "shop", "name": "tidy-now", "from_cronjob": "tidy"}
    before = shop.versions()
    preview = await shop.call(f"preview_{tool}", **PATCHES.get(tool, job if tool == "create_job" else pod))
    assert preview["diff"]
    assert preview["ground"]["uid"]
    assert shop.versions() == before


@pytest.mark.parametrize("tool", sorted(PATCHES))
@pytest.mark.promise("ACT-7")
async def test_a_write_is_done_found_and_taken_back(shop: Shop, tool: str) -> None:
    arguments = await shop.grounded(tool, **PATCHES[tool])
    result = await shop.write(tool, f"step-of-{tool}", **arguments)
    assert result["changed"]
    assert result["before"].items() <= arguments["expect"]["fields"].items()
    asked = {"tool": tool, "arguments": arguments, "key": f"step-of-{tool}"}
    found = await shop.call("step_state", **asked)
    assert found["state"] == "done"
    assert found["result"]["after"] == result["after"]
    again = await shop.write(tool, f"step-of-{tool}", **arguments)
    assert again["already_done"]
    with pytest.raises(ToolError) as moved:
        await shop.write(tool, **{**arguments, "expect": {**arguments["expect"], "uid": "another"}})
    assert code_of(moved.value) == "precondition_failed"
    if result["undo"]["tool"]:
        undone = await shop.write(result["undo"]["tool"], **result["undo"]["arguments"])
        assert undone["changed"]
        restored = (await shop.call(f"preview_{tool}", **PATCHES[tool]))["ground"]["fields"]
        assert {path: restored[path] for path in result["before"]} == result["before"]
    await shop.settled()


async def test_going_back_a_revision_rolls_out_the_old_template_and_forward_again(shop: Shop) -> None:
    def image() -> str:
        template = shop.one("deployments", "cart")["spec"]["template"]
        return str(template["spec"]["containers"][0]["image"]).rpartition("/")[2]

    broken = {**CONTAINER, "image": "registry.lab/shop/missing:1"}
    await shop.write("set_image", **await shop.grounded("set_image", **broken))
    await shop.observed()
    history = await shop.call("rollout_history", **WORKLOAD)
    assert history["revisions"][0]["revision"] == history["current"]
    assert [each["images"]["cart"].rpartition("/")[2] for each in history["revisions"][:2]] == [
        "missing:1",
        "cart:1",
    ]

    back = await shop.write("rollout_undo", **await shop.grounded("rollout_undo", **WORKLOAD))
    assert image() == "cart:1"
    await shop.settled()
    assert (
        shop.one("deployments", "cart")["metadata"]["annotations"]["kubernetes.io/change-cause"]
        == "the first"
    )

    forward = await shop.write("rollout_undo", **back["undo"]["arguments"])
    assert image() == "missing:1"
    await shop.observed()
    await shop.write("rollout_undo", **forward["undo"]["arguments"])
    assert image() == "cart:1"
    await shop.settled()


@pytest.mark.parametrize("tool", ["delete_pod", "evict_pod"])
async def test_a_pod_is_removed_and_made_anew(shop: Shop, tool: str) -> None:
    await shop.settled()
    pod = shop.pods()[0]["metadata"]
    arguments = await shop.grounded(tool, namespace="shop", pod=pod["name"])
    result = await shop.write(tool, **arguments)
    assert result["target"]["uid"] == pod["uid"]
    state = await shop.call("step_state", tool=tool, arguments=arguments, key="step-0001")
    assert state["state"] == "done"
    await shop.settled()
    assert pod["uid"] not in {item["metadata"]["uid"] for item in shop.pods()}


async def test_a_disruption_budget_holds_an_eviction_back(shop: Shop) -> None:
    await shop.settled()
    cluster = await shop.clusters.cluster("")
    budgets = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets"
    spec = {"minAvailable": 2, "selector": {"matchLabels": {"app": "cart"}}}
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "cart"},
        "spec": spec,
    }
    await cluster.writing.create(budgets, body)
    pod = shop.pods()[0]["metadata"]
    try:
        with pytest.raises(ToolError, match="budget") as held:
            await shop.write("evict_pod", namespace="shop", pod=pod["name"], expect={"uid": pod["uid"]})
        assert code_of(held.value) == "conflict"
        assert pod["uid"] in {item["metadata"]["uid"] for item in shop.pods()}
    finally:
        await cluster.writing.delete(f"{budgets}/cart", {})


async def test_a_cron_job_runs_once_now(shop: Shop) -> None:
    ask = {"namespace": "shop", "name": "tidy-now", "from_cronjob": "tidy"}
    arguments = await shop.grounded("create_job", **ask)
    assert not (await shop.write("create_job", "step-job1", **arguments))["already_done"]
    assert (await shop.write("create_job", "step-job1", **arguments))["already_done"]
    state = await shop.call("step_state", tool="create_job", arguments=arguments, key="step-job1")
    assert state["state"] == "done"
    assert shop.one("jobs", "tidy-now")["metadata"]["ownerReferences"][0]["name"] == "tidy"


async def test_what_the_api_finds_invalid_is_told_in_its_own_words(shop: Shop) -> None:
    ask = {**CONTAINER, "requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}
    with pytest.raises(ToolError, match=r"(?i)memory") as wrong:
        await shop.call("preview_set_resources", **ask)
    assert code_of(wrong.value) == "invalid_argument"
