"""What the lab's other rooms are promised of a cluster."""

from __future__ import annotations

import asyncio
import json
import ssl
import stat
import time
from pathlib import Path

import aiohttp
import pytest
import yaml

from infrastructure.lab.kube.cluster import Cluster
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.seams import ConnectionRefused, NameNotResolved
from tests.components.lab_kube.lab_kube_yard import Yard, is_ready, yard

LISTING_OF_FLOOR = 4
PORT = 17180


def session(cluster: Cluster, token: str = "") -> aiohttp.ClientSession:
    context = ssl.create_default_context(cafile=str(cluster.ca_file))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), headers=headers)


async def test_files_with_credentials_are_the_owners_alone(tmp_path: Path) -> None:
    async with yard(tmp_path / "kube") as here:
        for path in (
            here.cluster.admin_kubeconfig,
            here.cluster.ca_file,
            tmp_path / "kube" / "apiserver.pem",
        ):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_account_has_a_kubeconfig_of_its_own(tmp_path: Path) -> None:
    async with yard(tmp_path) as here:
        here.create("serviceaccounts", {"metadata": {"name": "robot"}})
        path = here.cluster.kubeconfig_for("default", "robot", tmp_path / "robot.kubeconfig")
        found = yaml.safe_load(path.read_text())
        assert found["clusters"][0]["cluster"]["server"] == here.cluster.url
        assert found["users"][0]["user"] == {"token": here.cluster.token_for("default", "robot")}
        with pytest.raises(ApiError):
            here.cluster.token_for("default", "nobody")
        async with session(here.cluster, here.cluster.token_for("default", "robot")) as http:
            async with http.get(f"{here.cluster.url}/version") as answer:
                assert answer.status == 200
            async with http.get(f"{here.cluster.url}/api/v1/nodes") as answer:
                assert answer.status == 403


async def test_who_brings_no_credentials_sees_health_and_version_alone(tmp_path: Path) -> None:
    async with yard(tmp_path) as here, session(here.cluster) as http:
        for path, expected in (("/healthz", 200), ("/version", 200), ("/api", 403), ("/api/v1/pods", 403)):
            async with http.get(f"{here.cluster.url}{path}") as answer:
                assert answer.status == expected, path
        async with http.get(f"{here.cluster.url}/api") as answer:
            assert (await answer.json())[
                "message"
            ] == 'forbidden: User "system:anonymous" cannot get path "/api"'


async def test_two_clusters_live_side_by_side(tmp_path: Path) -> None:
    async with yard(tmp_path / "one") as one, yard(tmp_path / "two") as two:
        for here in (one, two):
            here.pod("web", f"httpd -f -p {PORT}")
            await here.until("pods", "web", is_ready)
        addresses = {next(iter(here.cluster.containers())).pod_ip for here in (one, two)}
        assert len(addresses) == 2


async def test_a_stopped_cluster_leaves_nothing_running(tmp_path: Path) -> None:
    async with yard(tmp_path) as here:
        here.pod("web", f"httpd -f -p {PORT}")
        pod = await here.until("pods", "web", is_ready)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(pod["status"]["podIP"], PORT)
    mine = asyncio.current_task()
    assert [task for task in asyncio.all_tasks() if task is not mine] == []


async def test_names_lead_to_ready_pods_in_turn(tmp_path: Path) -> None:
    async with yard(tmp_path) as here:
        for name in ("a", "b"):
            here.create(
                "pods",
                {
                    "metadata": {"name": name, "labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "app", "image": "toy:1"}]},
                },
            )
            await here.until("pods", name, is_ready)
        ports = [{"port": 80, "targetPort": PORT}]
        service = here.create(
            "services", {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}}
        )
        reach = here.cluster.network.address_of
        both = {one.pod_ip for one in here.cluster.containers()}
        names = (
            "web",
            "web.default",
            "web.default.svc",
            "web.default.svc.cluster.local",
            service["spec"]["clusterIP"],
        )
        for name in names:
            assert {reach(name, 80, from_namespace="default")[0] for _ in range(2)} == both
        assert reach("web.default", 80, from_namespace="elsewhere")[1] == PORT
        with pytest.raises(NameNotResolved, match="lookup web: no such host"):
            reach("web", 80, from_namespace="elsewhere")
        refused = f"dial tcp {service['spec']['clusterIP']}:81: connect: connection refused"
        with pytest.raises(ConnectionRefused, match=refused):
            reach("web", 81, from_namespace="default")


async def test_a_service_without_ready_pods_refuses(tmp_path: Path) -> None:
    async with yard(tmp_path) as here:
        here.create(
            "services",
            {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}},
        )
        with pytest.raises(ConnectionRefused):
            here.cluster.network.address_of("web", 80, from_namespace="default")


async def test_pods_of_a_stateful_set_have_names_of_their_own(tmp_path: Path) -> None:
    async with yard(tmp_path) as here:
        template = {
            "metadata": {"labels": {"app": "db"}},
            "spec": {
                "containers": [
                    {"name": "app", "image": "toy:1", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}
                ]
            },
        }
        claim = {
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
        spec = {
            "serviceName": "db",
            "replicas": 2,
            "selector": {"matchLabels": {"app": "db"}},
            "template": template,
            "volumeClaimTemplates": [claim],
        }
        here.create(
            "services",
            {
                "metadata": {"name": "db"},
                "spec": {"clusterIP": "None", "selector": {"app": "db"}, "ports": [{"port": 5432}]},
            },
        )
        here.create("statefulsets.apps", {"metadata": {"name": "db"}, "spec": spec})
        await here.until(
            "statefulsets.apps", "db", lambda one: one.get("status", {}).get("readyReplicas") == 2
        )
        second = here.get("pods", "db-1") or {}
        assert here.cluster.network.address_of("db-1.db", 5432, from_namespace="default") == (
            second["status"]["podIP"],
            5432,
        )
        bound = here.get("persistentvolumeclaims", "data-db-1") or {}
        assert bound["status"]["phase"] == "Bound"


async def test_listing_a_hundred_pods_costs_little_more_than_writing_them_down(tmp_path: Path) -> None:
    """The floor is measured beside it: a request that answers next to nothing, and the same answer as JSON."""
    async with yard(tmp_path) as here:
        for number in range(100):
            here.pod(f"p-{number}", nodeSelector={"no": "where"})
        token = await _reader(here)
        async with session(here.cluster, token) as http:
            body, listing, floor = b"", [], []
            for _ in range(12):
                begun = time.process_time()
                await _body(http, f"{here.cluster.url}/version")
                json.dumps(json.loads(body or b"null"))
                between = time.process_time()
                body = await _body(http, f"{here.cluster.url}/api/v1/pods")
                listing.append(time.process_time() - between)
                floor.append(between - begun)
        assert body.count(b'"nodeSelector"') == 100
        assert min(listing) < LISTING_OF_FLOOR * min(floor[1:]), (listing, floor)


async def _body(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url) as answer:
        return await answer.read()


async def _reader(here: Yard) -> str:
    here.create("serviceaccounts", {"metadata": {"name": "reader"}})
    role = {"kind": "ClusterRole", "name": "view", "apiGroup": "rbac.authorization.k8s.io"}
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": "default"}
    body = {"metadata": {"name": "reader"}, "roleRef": role, "subjects": [subject]}
    here.create("clusterrolebindings.rbac.authorization.k8s.io", body)
    return here.cluster.token_for("default", "reader")
