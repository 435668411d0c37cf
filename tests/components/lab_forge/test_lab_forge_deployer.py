"""From a merge to a roll-out: what the deployer sends to Kubernetes, and what it records."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infrastructure.lab.forge import ClusterAccess, Forge, MergedPull
from infrastructure.lab.forge.delivery.three_way import LAST_APPLIED
from tests.components.lab_forge.conftest import OPTIONS, SMALL_SHOP
from tests.components.lab_forge.lab_forge_kube import FakeKubernetes

Files = dict[str, str]
CART = "services/cart/app.py"
CART_YAML = "deploy/cart.yaml"


@pytest.fixture
async def kubernetes() -> AsyncIterator[FakeKubernetes]:
    fake = FakeKubernetes()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    running = await Forge.start(
        directory=tmp_path, template=SMALL_SHOP, options=replace(OPTIONS, rollout_seconds=5)
    )
    yield running
    await running.stop()


@pytest.fixture
async def connected(forge: Forge, kubernetes: FakeKubernetes) -> Forge:
    assert await forge.deploy_to(ClusterAccess(kubernetes.url, kubernetes.token)) == "success"
    kubernetes.writes.clear()
    return forge


def replacing(path: str, old: str, new: str) -> Callable[[Files], Files]:
    return lambda files: {**files, path: files[path].replace(old, new)}


async def merge(forge: Forge, edit: Callable[[Files], Files], title: str = "Change something") -> MergedPull:
    return await forge.merge_change(author="mira", title=title, body="", edit=edit)


async def deployments(forge: Forge, sha: str) -> list[dict[str, Any]]:
    """This commit's deployments with their statuses' states, as the API tells them."""
    async with httpx.AsyncClient(headers={"Authorization": f"token {forge.token}"}) as client:
        found = (await client.get(f"{forge.url}/repos/shop/shop/deployments", params={"sha": sha})).json()
        for deployment in found:
            deployment["statuses"] = (await client.get(deployment["statuses_url"])).json()
        return list(found)


async def test_the_first_roll_out_creates_everything_and_is_no_new_deployment(
    forge: Forge, kubernetes: FakeKubernetes
) -> None:
    before = len(await deployments(forge, await forge.head()))
    assert await forge.deploy_to(ClusterAccess(kubernetes.url, kubernetes.token)) == "success"
    assert [path.rsplit("/", 2)[-2:] for _, path, _ in kubernetes.writes] == [
        ["configmaps", "cart-config"],
        ["deployments", "cart"],
        ["deployments", "catalog"],
    ]
    assert len(await deployments(forge, await forge.head())) == before


async def test_images_get_the_tag_that_was_built_last_and_the_object_says_so(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    cart, catalog = kubernetes.deployment("cart"), kubernetes.deployment("catalog")
    tag = connected.registry.latest("cart")
    assert cart["spec"]["template"]["spec"]["containers"][0]["image"] == f"registry.lab/shop/cart:{tag}"
    for metadata in (cart["metadata"], cart["spec"]["template"]["metadata"]):
        assert metadata["labels"]["app.kubernetes.io/version"] == tag
        assert metadata["annotations"]["app.kubernetes.io/version"] == tag
    assert cart["metadata"]["annotations"]["kubernetes.io/change-cause"] == "Log less in the cart"
    assert connected.registry.has(cart["spec"]["template"]["spec"]["containers"][0]["image"])
    proxy = catalog["spec"]["template"]["spec"]["containers"][1]
    assert proxy["image"] == "registry.elsewhere/proxy:1.2"
    assert (
        catalog["metadata"]["annotations"]["kubernetes.io/change-cause"] == "Show the catalog in pages (#41)"
    )


async def test_a_merge_that_touches_a_service_rolls_out_that_service_only(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    pull = await merge(connected, replacing(CART, "KEEP_SECONDS = 60", "KEEP_SECONDS = 90"), "Keep longer")
    assert await connected.deployed(pull.merge_sha) == "success"
    ((content_type, path, patch),) = kubernetes.writes
    assert (content_type, path.rsplit("/", 1)[1]) == ("application/strategic-merge-patch+json", "cart")
    image = f"registry.lab/shop/cart:{pull.merge_sha[:7]}"
    assert patch["spec"]["template"]["spec"] == {"containers": [{"name": "cart", "image": image}]}
    cause = kubernetes.deployment("cart")["metadata"]["annotations"]["kubernetes.io/change-cause"]
    assert cause == f"Keep longer (#{pull.number})"
    (deployment,) = await deployments(connected, pull.merge_sha)
    assert deployment["environment"] == "production"
    assert deployment["payload"] == {"services": ["cart"], "images": {"cart": image}}
    assert [status["state"] for status in deployment["statuses"]] == ["success", "in_progress"]


async def test_what_the_manifest_no_longer_says_is_taken_away_and_what_others_added_stays(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    container = kubernetes.deployment("cart")["spec"]["template"]["spec"]["containers"][0]
    container["env"].append({"name": "ADDED_BY_HAND", "value": "yes"})
    container["imagePullPolicy"] = "IfNotPresent"
    edit = replacing(CART_YAML, '            - {name: PAYMENTS_URL, value: "http://payments"}\n', "")
    pull = await merge(connected, edit)
    assert await connected.deployed(pull.merge_sha) == "success"
    container = kubernetes.deployment("cart")["spec"]["template"]["spec"]["containers"][0]
    assert [variable["name"] for variable in container["env"]] == ["PORT", "ADDED_BY_HAND"]
    assert container["imagePullPolicy"] == "IfNotPresent"


async def test_drift_stays_until_a_commit_and_is_undone_by_the_next_one(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    kubernetes.deployment("cart")["spec"]["replicas"] = 0
    assert kubernetes.writes == []
    pull = await merge(connected, replacing(CART, "60", "61"))
    assert await connected.deployed(pull.merge_sha) == "success"
    assert kubernetes.deployment("cart")["spec"]["replicas"] == 2


async def test_a_commit_beside_services_and_manifests_deploys_nothing(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    pull = await merge(connected, lambda files: {**files, "docs/new.md": "words\n"})
    assert await connected.deployed(pull.merge_sha) == "success"
    assert kubernetes.writes == []
    assert await deployments(connected, pull.merge_sha) == []


async def test_a_tag_written_in_the_manifest_is_left_as_it_is(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    pinned = "registry.lab/shop/cart:0000000"
    pull = await merge(connected, replacing(CART_YAML, "registry.lab/shop/cart", pinned))
    assert await connected.deployed(pull.merge_sha) == "success"
    assert kubernetes.deployment("cart")["spec"]["template"]["spec"]["containers"][0]["image"] == pinned


async def test_an_api_that_is_down_for_a_while_is_tried_again(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    kubernetes.down_for = 4
    pull = await merge(connected, replacing(CART, "60", "62"))
    assert await connected.deployed(pull.merge_sha) == "success"


async def test_a_refused_identity_fails_the_deployment_with_the_servers_words(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    kubernetes.token = "another"
    pull = await merge(connected, replacing(CART, "60", "63"))
    assert await connected.deployed(pull.merge_sha) == "failure"
    (deployment,) = await deployments(connected, pull.merge_sha)
    assert deployment["statuses"][0]["description"] == "User cannot do this"


async def test_a_roll_out_past_its_progress_deadline_is_a_failure(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    kubernetes.stuck = kubernetes.exceeded = True
    pull = await merge(connected, replacing(CART, "60", "64"))
    assert await connected.deployed(pull.merge_sha) == "failure"
    (deployment,) = await deployments(connected, pull.merge_sha)
    assert deployment["statuses"][0]["description"] == 'deployment "cart" exceeded its progress deadline'


async def test_a_newer_commit_takes_over_from_one_that_does_not_come_up(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    kubernetes.stuck = True
    bad = await merge(connected, replacing(CART, "60", "65"))
    waiting = asyncio.create_task(connected.deployed(bad.merge_sha))
    good = await merge(connected, replacing(CART, "65", "60"), "Undo it")
    kubernetes.stuck = False
    assert await waiting == "failure"
    assert await connected.deployed(good.merge_sha) == "success"
    (deployment,) = await deployments(connected, bad.merge_sha)
    assert deployment["statuses"][0]["description"].startswith("superseded")


async def test_kinds_that_are_not_built_in_get_a_json_merge_patch(
    connected: Forge, kubernetes: FakeKubernetes
) -> None:
    banner = "apiVersion: shop.example/v1\nkind: Banner\nmetadata: {name: sale}\nspec: {lines: [a, b]}\n"
    await connected.deployed(
        (await merge(connected, lambda files: {**files, "deploy/banner.yaml": banner})).merge_sha
    )
    kubernetes.writes.clear()
    pull = await merge(connected, replacing("deploy/banner.yaml", "[a, b]", "[b]"))
    assert await connected.deployed(pull.merge_sha) == "success"
    ((content_type, _, patch),) = kubernetes.writes
    assert content_type == "application/merge-patch+json"
    assert patch["spec"] == {"lines": ["b"]}
    applied = json.loads(patch["metadata"]["annotations"][LAST_APPLIED])
    assert applied["spec"] == {"lines": ["b"]}


async def test_an_unknown_kind_fails_the_deployment_by_name(connected: Forge) -> None:
    strange = "apiVersion: apps/v1\nkind: Strange\nmetadata: {name: x}\n"
    pull = await merge(connected, lambda files: {**files, "deploy/x.yaml": strange})
    assert await connected.deployed(pull.merge_sha) == "failure"
    (deployment,) = await deployments(connected, pull.merge_sha)
    assert 'no matches for kind "Strange"' in deployment["statuses"][0]["description"]
