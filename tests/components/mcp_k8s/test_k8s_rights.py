"""The shipped roles are enough for every tool, and the reading account can change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from mcp_servers.k8s.client import ConfiguredClusters, Places
from mcp_servers.k8s.server import toolset
from mcp_servers.kit.errors import ToolError
from mcp_servers.kit.toolset import Kind
from tests.components.mcp_k8s.lab_cluster import PATCHES, WORKLOAD, Shop, as_shipped, code_of, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The lab's shop, reached as the shipped manifests say: two accounts, two kubeconfigs."""
    folder = tmp_path_factory.mktemp("rights")
    opened = await open_shop(folder)
    await as_shipped(opened, folder)
    yield opened
    await opened.close()


async def test_the_reading_account_may_read_all_but_secrets(shop: Shop) -> None:
    answer = await shop.call("namespace_objects", namespace="shop")
    assert set(answer["not_collected"]) == {"secrets"}
    assert answer["not_collected"]["secrets"].startswith("forbidden")
    pod = shop.pods()[0]["metadata"]["name"]
    assert (await shop.call("get_pod_logs", namespace="shop", pod=pod))["lines"]
    assert (await shop.call("node_state"))["nodes"]
    assert (await shop.call("describe_object", **WORKLOAD))["owned"]
    assert (await shop.call("cluster_info"))["identity"] == "mcp-k8s-reader"


async def test_the_writing_account_may_do_what_every_write_tool_does(shop: Shop) -> None:
    pod = {"namespace": "shop", "pod": shop.pods()[0]["metadata"]["name"]}
    job = {"namespace": "shop", "name": "tidy-now", "from_cronjob": "tidy"}
    asks: dict[str, dict[str, Any]] = {
        **PATCHES,
        "uncordon": {"node": "node-2"},
        "delete_pod": pod,
        "evict_pod": pod,
        "create_job": job,
        "rollout_undo": {**WORKLOAD, "to_revision": 1},
    }
    writes = {tool.name for tool in shop.tools.tools.values() if tool.kind is Kind.WRITE}
    assert set(asks) == writes
    for tool, ask in asks.items():
        await shop.call(f"preview_{tool}", **ask)
    arguments = await shop.grounded("scale", **PATCHES["scale"])
    undo = (await shop.write("scale", **arguments))["undo"]
    await shop.write("scale", **undo["arguments"])


async def test_the_reading_account_cannot_even_rehearse(shop: Shop, tmp_path: Path) -> None:
    reading = shop.lab.kubeconfig_for("sre-agent", "mcp-k8s-reader", tmp_path / "reader.yaml")
    alone = ConfiguredClusters(Places(reading))
    try:
        tool = toolset(alone).tools["preview_scale"]
        with pytest.raises(ToolError, match="patch") as refused:
            await tool.run(tool.asks.model_validate(PATCHES["scale"]))
        assert code_of(refused.value) == "forbidden"
    finally:
        await alone.close()


async def test_a_kubeconfig_written_anew_is_read_anew(shop: Shop, tmp_path: Path) -> None:
    """Tokens are renewed by rewriting the file; the server must not need a restart for it."""
    path = tmp_path / "kubeconfig.yaml"
    path.write_text("nonsense: true")
    clusters = ConfiguredClusters(Places(path))
    try:
        with pytest.raises(ToolError):
            await clusters.cluster("")
        shop.lab.kubeconfig_for("sre-agent", "mcp-k8s-reader", path)
        found = await (await clusters.cluster("")).look.raw("/version")
        assert found["major"] == "1"
    finally:
        await clusters.close()


async def test_several_clusters_are_told_apart_by_their_contexts(shop: Shop, tmp_path: Path) -> None:
    config = yaml.safe_load(shop.lab.admin_kubeconfig.read_text())
    away = {**config["clusters"][0], "name": "away", "cluster": {"server": "https://127.0.0.1:1"}}
    config["clusters"].append(away)
    user = config["users"][0]["name"]
    config["contexts"].append({"name": "away", "context": {"cluster": "away", "user": user}})
    path = tmp_path / "both.yaml"
    path.write_text(yaml.safe_dump(config))
    for chosen, default in ((Places(path), "lab"), (Places(path, context="away"), "away")):
        clusters = ConfiguredClusters(chosen)
        try:
            assert clusters.names() == ["away", "lab"]
            assert (await clusters.cluster("")).name == default
            assert (await (await clusters.cluster("lab")).look.raw("/version"))["major"] == "1"
            with pytest.raises(ToolError, match="cannot be reached"):
                await (await clusters.cluster("away")).look.raw("/version")
        finally:
            await clusters.close()


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (Places(None), "KUBECONFIG"),
        (Places(Path("/nowhere/kubeconfig")), "KUBECONFIG"),
        (Places(None, in_cluster=True), "own account"),
    ],
)
async def test_without_a_cluster_every_tool_says_what_to_set(places: Places, words: str) -> None:
    with pytest.raises(ToolError) as missing:
        await ConfiguredClusters(places).cluster("")
    assert code_of(missing.value) == "not_configured"
    assert words in str(missing.value)


async def test_a_cluster_that_does_not_answer_is_unavailable(shop: Shop, tmp_path: Path) -> None:
    config = yaml.safe_load(shop.lab.admin_kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    path = tmp_path / "dead.yaml"
    path.write_text(yaml.safe_dump(config))
    clusters = ConfiguredClusters(Places(path))
    try:
        with pytest.raises(ToolError, match="cannot be reached") as down:
            await (await clusters.cluster("")).look.raw("/version")
        assert code_of(down.value) == "unavailable"
    finally:
        await clusters.close()
