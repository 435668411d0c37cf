"""The deployer against the lab's own cluster: TLS, a ServiceAccount with few rights, real merges and roll-outs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.lab.forge import Forge
from infrastructure.lab.ground.accounts import People
from infrastructure.lab.ground.cluster import Ground
from infrastructure.lab.kube.cluster import Cluster
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.toys import ToyRuntime
from tests.components.lab_forge.conftest import OPTIONS, SMALL_SHOP

SERVICE = """apiVersion: v1
kind: Service
metadata: {name: cart}
spec:
  selector: {app: cart}
  ports:
    - {name: http, port: 80, targetPort: 8123}
    - {name: metrics, port: 9100, targetPort: 9100}
"""


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    folder = tmp_path / "kube"
    folder.mkdir()
    running = await Cluster.start(directory=folder, runtime=ToyRuntime(), pace=Pace.lab(), nodes=1)
    yield running
    await running.stop()


@pytest.fixture
async def forge(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Forge]:
    ground = Ground(cluster, People.read(), "shop")
    await ground.establish()
    running = await Forge.start(directory=tmp_path / "forge", template=SMALL_SHOP, options=OPTIONS)
    assert await running.deploy_to(ground.deployer()) == "success"
    yield running
    await running.stop()


def named(cluster: Cluster, plural: str, name: str) -> dict[str, Any]:
    return next(item for item in cluster.objects(plural, "shop") if item["metadata"]["name"] == name)


async def change(forge: Forge, files: dict[str, str]) -> str:
    pull = await forge.merge_change(
        author="mira", title="Change the cart", body="", edit=lambda old: {**old, **files}
    )
    return await forge.deployed(pull.merge_sha, timeout_seconds=20)


async def test_a_change_rolls_out_and_leaves_no_more_to_patch(forge: Forge, cluster: Cluster) -> None:
    manifest = (await forge.files())["deploy/cart.yaml"]
    edited = manifest.replace('            - {name: PAYMENTS_URL, value: "http://payments"}\n', "")
    assert await change(forge, {"deploy/cart.yaml": edited, "deploy/service.yaml": SERVICE}) == "success"
    cart = named(cluster, "deployments", "cart")
    assert [item["name"] for item in cart["spec"]["template"]["spec"]["containers"][0]["env"]] == ["PORT"]
    assert cart["status"]["availableReplicas"] == 2
    assert cart["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    before = {
        item["metadata"]["name"]: item["metadata"]["resourceVersion"]
        for item in cluster.objects("configmaps", "shop")
    }
    fewer_ports = SERVICE.replace("    - {name: metrics, port: 9100, targetPort: 9100}\n", "")
    assert await change(forge, {"deploy/service.yaml": fewer_ports}) == "success"
    assert [port["name"] for port in named(cluster, "services", "cart")["spec"]["ports"]] == ["http"]
    after = {
        item["metadata"]["name"]: item["metadata"]["resourceVersion"]
        for item in cluster.objects("configmaps", "shop")
    }
    assert after == before
    assert named(cluster, "deployments", "cart")["metadata"]["generation"] == cart["metadata"]["generation"]


async def test_what_the_deployer_has_no_right_to_fails_with_the_api_servers_words(
    forge: Forge, cluster: Cluster
) -> None:
    account = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: []\n"
    )
    assert await change(forge, {"deploy/role.yaml": account}) == "failure"
    assert not [item for item in cluster.objects("clusterroles") if item["metadata"]["name"] == "all"]
