"""The Kubernetes tools under the shipped accounts: what they may do they do, and what they may not is said in words."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from kubernetes import config

from mcp_servers.k8s import pointers
from mcp_servers.k8s.client import ConfiguredClusters, Places
from mcp_servers.k8s.server import toolset
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.redaction import redacted
from mcp_servers.kit.toolset import Kind, Step
from tests.contracts.kubernetes_api import ClusterContract, Json, Place, Server, rolled_out, runs_containers
from tests.contracts.shipped_rights import APPLIED, NAMESPACE, PATHS, READER, WRITER, manifests

CART = {"kind": "Deployment", "name": "cart"}
APP = {**CART, "container": "app"}
CHANGES: dict[str, Json] = {
    "scale": {**CART, "replicas": 1},
    "set_image": {**APP, "image": "registry.k8s.io/pause:3.9"},
    "set_env": {**APP, "variable": "LOG_LEVEL", "value": "debug"},
    "set_resources": {**APP, "requests": {"cpu": "10m"}, "limits": {"memory": "256Mi"}},
    "set_probe": {**APP, "probe": "readiness", "timeout_seconds": 2},
    "set_selector": {"name": "cart", "selector": {"app": "nobody"}},
    "set_service_port": {"name": "cart", "port": 80, "target_port": 9999},
    "set_config_key": {"name": "cart", "key": "mode", "value": "slow"},
    "set_label": {**CART, "label": "tier", "value": "web"},
    "rollout_restart": CART,
    "rollout_undo": {**CART, "to_revision": 1},
}
"""Write tool → a change of what stands in the namespace, which a write of its undo takes back."""
OTHERS = ("cordon", "uncordon", "delete_pod", "evict_pod", "create_job")
EVERY = (*CHANGES, *OTHERS)
NEVER = (
    ("get", "", "secrets"),
    ("list", "", "secrets"),
    ("watch", "", "pods"),
    ("create", "", "pods/exec"),
    ("create", "", "serviceaccounts/token"),
    ("delete", "", "nodes"),
    ("patch", "", "namespaces"),
    ("create", "", "pods"),
    ("update", "apps", "deployments"),
    ("delete", "apps", "deployments"),
    ("patch", "rbac.authorization.k8s.io", "clusterroles"),
    ("impersonate", "", "users"),
)
"""(verb, group, resource) that no shipped account may."""


class Tools:
    """The tools of one server process, called in an event loop of their own."""

    def __init__(self, runner: asyncio.Runner, places: Places) -> None:
        self._runner = runner
        self._clusters = ConfiguredClusters(places)
        self._set = toolset(self._clusters)

    @property
    def writes(self) -> set[str]:
        return {tool.name for tool in self._set.tools.values() if tool.kind is Kind.WRITE}

    def call(self, name: str, /, **arguments: Any) -> Json:
        return self._run(name, arguments)

    def write(self, name: str, step_key: str = "", /, **arguments: Any) -> Json:
        return self._run(name, arguments, Step(step_key or f"step-{secrets.token_hex(6)}", "inc_1", 1))

    def grounded(self, name: str, /, **arguments: Any) -> Json:
        ground = self.call(f"preview_{name}", **arguments)["ground"]
        return {**arguments, "expect": {"uid": ground["uid"], "fields": ground["fields"]}}

    def close(self) -> None:
        self._runner.run(self._clusters.close())

    def _run(self, name: str, arguments: Json, *step: Step) -> Json:
        return self._runner.run(self._answer(name, arguments, *step))

    async def _answer(self, name: str, arguments: Json, *step: Step) -> Json:
        tool = self._set.tools[name]
        answer = await tool.run(tool.asks.model_validate(arguments), *step)
        return cast(Json, redacted(answer.model_dump(mode="json")))


class ToolsContract(ClusterContract):
    """The manifests are applied as they are shipped; each account's token comes from the TokenRequest API."""

    @pytest.fixture(scope="class")
    @classmethod
    def shipped(cls, server: Server) -> Iterator[None]:
        """What a cluster had already stays as it was; what was added here goes again."""
        with config.new_client_from_config(str(server.kubeconfig)) as api:  # type: ignore[no-untyped-call]
            place = Place(server, api, NAMESPACE)
            added = [body for body in manifests(*APPLIED) if _is_added(place, body)]
            yield
            for body in reversed(added):
                place.raw("DELETE", f"{PATHS[body['kind']]}/{body['metadata']['name']}")

    @pytest.fixture
    def runner(self) -> Iterator[asyncio.Runner]:
        with asyncio.Runner() as runner:
            yield runner

    @pytest.fixture
    def tools(self, shop: Place, shipped: None, runner: asyncio.Runner, tmp_path: Path) -> Iterator[Tools]:
        """The server as the how-to sets it up: eyes under one account, hands under the other."""
        reading, writing = (_kubeconfig(shop, account, tmp_path) for account in (READER, WRITER))
        opened = Tools(runner, Places(reading, writing))
        yield opened
        opened.close()

    @pytest.fixture
    def eyes(self, shop: Place, shipped: None, runner: asyncio.Runner, tmp_path: Path) -> Iterator[Tools]:
        """The server with the reading account alone."""
        opened = Tools(runner, Places(_kubeconfig(shop, READER, tmp_path / "eyes")))
        yield opened
        opened.close()

    @pytest.fixture
    def shop(self, place: Place) -> Place:
        """A Deployment in its second revision, rolled out, with what belongs to it."""
        probe = {"exec": {"command": ["true"]}, "periodSeconds": 1}
        body = place.deployment("cart", replicas=2)
        container = body["spec"]["template"]["spec"]["containers"][0]
        container |= {"readinessProbe": probe, "env": [{"name": "LOG_LEVEL", "value": "warning"}]}
        place.create("/apis/apps/v1/namespaces/{ns}/deployments", body)
        place.until(place.apps.list_namespaced_deployment, "cart", rolled_out)
        container["env"] = [{"name": "LOG_LEVEL", "value": "info"}]
        change = {"spec": {"template": {"spec": {"containers": [container]}}}}
        place.apps.patch_namespaced_deployment("cart", place.namespace, change)
        place.configmap("cart", {"mode": "fast"})
        service = {"selector": {"app": "cart"}, "ports": [{"port": 80, "targetPort": 8080}]}
        place.create("/api/v1/namespaces/{ns}/services", {"metadata": {"name": "cart"}, "spec": service})
        _add_cronjob(place)
        place.until(place.apps.list_namespaced_deployment, "cart", rolled_out)
        return place

    def test_every_read_passes_and_secrets_stay_shut(self, shop: Place, tools: Tools) -> None:
        namespace = shop.namespace
        whole = tools.call("namespace_objects", namespace=namespace)
        assert set(whole["not_collected"]) == {"secrets"}
        assert whole["not_collected"]["secrets"].startswith("forbidden")
        assert {each["metadata"]["name"] for each in whole["collected"]["deployments"]} == {"cart"}
        info = tools.call("cluster_info")
        assert (info["identity"], namespace in info["namespaces"]) == (READER, True)
        told = tools.call("describe_object", **CART, namespace=namespace)
        assert [each["kind"] for each in told["owned"]].count("Pod") == 2
        history = tools.call("rollout_history", **CART, namespace=namespace)
        assert [each["revision"] for each in history["revisions"]] == [2, 1]
        places = {pod for node in tools.call("node_state")["nodes"] for pod in node["pods"]}
        assert {f"{namespace}/{pod}" for pod in _pods(shop)} <= places
        workloads = {each["name"]: each for each in tools.call("topology", namespace=namespace)["workloads"]}
        assert (workloads["cart"]["desired"], workloads["cart"]["ready"]) == (2, 2)
        events = tools.call("list_events", namespace=namespace, kind="Deployment", name="cart")["items"]
        assert {event["reason"] for event in events} == {"ScalingReplicaSet"}
        assert tools.call("object_writers", **CART, namespace=namespace)["writers"]

    @runs_containers
    def test_logs_are_read(self, shop: Place, tools: Tools) -> None:
        answer = tools.call("get_pod_logs", namespace=shop.namespace, pod=next(iter(_pods(shop))))
        assert answer["container"] == "app"

    def test_a_long_list_comes_in_parts_that_miss_nothing(self, shop: Place, tools: Tools) -> None:
        wanted = {
            shop.configmap(f"part-{each}", labels={"of": "many"})["metadata"]["name"] for each in range(5)
        }
        ask = {"kind": "ConfigMap", "namespace": shop.namespace, "label_selector": "of=many", "limit": 2}
        answers = [tools.call("list_objects", **ask)]
        while answers[-1]["truncated"]:
            answers.append(tools.call("list_objects", **ask, cursor=answers[-1]["next"]))
        assert [len(answer["items"]) for answer in answers] == [2, 2, 1]
        assert {item["metadata"]["name"] for answer in answers for item in answer["items"]} == wanted

    @pytest.mark.parametrize("tool", EVERY)
    @pytest.mark.promise("ACT-5")
    def test_a_preview_passes_and_changes_nothing(self, shop: Place, tools: Tools, tool: str) -> None:
        assert tools.writes == set(EVERY)
        before = _state(shop)
        preview = tools.call(f"preview_{tool}", **_ask(shop, tool))
        assert preview["ground"]["uid"]
        assert bool(preview["diff"]) is (tool != "uncordon")
        assert _state(shop) == before

    @pytest.mark.parametrize("tool", sorted(CHANGES))
    @pytest.mark.promise("ACT-7")
    def test_a_write_is_done_once_and_taken_back(self, shop: Place, tools: Tools, tool: str) -> None:
        arguments = tools.grounded(tool, **_ask(shop, tool))
        result = tools.write(tool, f"step-of-{tool}", **arguments)
        assert result["changed"]
        assert tools.write(tool, f"step-of-{tool}", **arguments)["already_done"]
        asked = {"tool": tool, "arguments": arguments, "key": f"step-of-{tool}"}
        assert tools.call("step_state", **asked)["state"] == "done"
        shop.until(shop.apps.list_namespaced_deployment, "cart", _is_seen)
        undo = result["undo"]
        if undo["tool"] is None:
            assert undo["statement"]
            return
        assert tools.write(undo["tool"], **undo["arguments"])["changed"]
        target = {key: result["target"][key] for key in ("kind", "name", "namespace")}
        now = tools.call("get_object", **target)["object"]
        before = _unnumbered(arguments["expect"]["fields"])
        assert pointers.values(now, list(before)) == before

    def test_a_node_is_cordoned_and_let_go(self, shop: Place, tools: Tools, eyes: Tools) -> None:
        ask = _ask(shop, "cordon")
        undo = tools.write("cordon", **tools.grounded("cordon", **ask))["undo"]
        try:
            assert undo["tool"] == "uncordon"
            _is_refused(lambda: eyes.write("uncordon", **undo["arguments"]))
            assert tools.write("uncordon", **undo["arguments"])["changed"]
        finally:
            shop.core.patch_node(ask["node"], {"spec": {"unschedulable": None}})

    @pytest.mark.parametrize("tool", ["delete_pod", "evict_pod"])
    def test_a_pod_is_taken_away(self, shop: Place, tools: Tools, tool: str) -> None:
        arguments = tools.grounded(tool, **_ask(shop, tool))
        assert tools.write(tool, **arguments)["changed"]
        assert tools.call("step_state", tool=tool, arguments=arguments, key="step-0001")["state"] == "done"

    def test_a_cron_job_runs_now(self, shop: Place, tools: Tools) -> None:
        arguments = tools.grounded("create_job", **_ask(shop, "create_job"))
        assert tools.write("create_job", "step-job1", **arguments)["changed"]
        assert tools.write("create_job", "step-job1", **arguments)["already_done"]

    @pytest.mark.parametrize("tool", [tool for tool in EVERY if tool != "uncordon"])
    @pytest.mark.promise("KEEP-11")
    def test_eyes_alone_write_nothing_and_say_what_to_do(
        self, shop: Place, tools: Tools, eyes: Tools, tool: str
    ) -> None:
        ask = _ask(shop, tool)
        arguments = tools.grounded(tool, **ask)
        before = _state(shop)
        _is_refused(lambda: eyes.call(f"preview_{tool}", **ask))
        _is_refused(lambda: eyes.write(tool, **arguments))
        assert _state(shop) == before

    @pytest.mark.promise("KEEP-11")
    def test_what_is_outside_the_roles_is_refused_in_words(self, shop: Place, tools: Tools) -> None:
        shop.create("/api/v1/namespaces/{ns}/secrets", {"metadata": {"name": "db"}, "stringData": {"a": "b"}})
        label = {"label": "tier", "value": "web"}
        asks: tuple[tuple[str, Json], ...] = (
            ("get_object", {"kind": "Secret", "name": "db", "namespace": shop.namespace}),
            ("list_objects", {"kind": "secrets", "namespace": shop.namespace}),
            ("get_object", {"kind": "ClusterRole", "name": "cluster-admin"}),
            ("preview_set_label", {"kind": "Namespace", "name": shop.namespace, **label}),
        )
        for tool, ask in asks:
            _is_refused(partial(tools.call, tool, **ask))

    @pytest.mark.promise("KEEP-11")
    def test_no_account_may_more_than_its_role(self, shop: Place, shipped: None) -> None:
        names = [
            body["metadata"]["name"] for body in manifests("accounts") if body["kind"] == "ServiceAccount"
        ]
        for account in names:
            assert {right for right in NEVER if _may(shop, account, *right)} == set(), account
            assert _may(shop, account, "list", "", "pods") is (account == READER)
            assert _may(shop, account, "patch", "apps", "deployments") is (account == WRITER)


def _is_added(place: Place, body: Json) -> bool:
    status, answer = place.raw("POST", PATHS[body["kind"]], body)
    assert status in (201, 409), answer
    return status == 201


def _is_refused(attempt: Callable[[], Json]) -> None:
    """403, in the server's words, with where the missing right is to be had."""
    with pytest.raises(ToolError, match=f"{NAMESPACE}:mcp-k8s-.* cannot [a-z]+ resource") as refused:
        attempt()
    assert refused.value.code is Code.FORBIDDEN
    assert "infrastructure/kubernetes/rbac" in refused.value.try_next


def _kubeconfig(place: Place, account: str, folder: Path) -> Path:
    """The way in of `account`: the cluster's address, and a token for an hour."""
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token"
    token = place.create(path, {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    told = yaml.safe_load(place.server.kubeconfig.read_text())
    current = next(each for each in told["contexts"] if each["name"] == told["current-context"])
    current["context"]["user"] = account
    told |= {"contexts": [current], "users": [{"name": account, "user": {"token": token}}]}
    folder.mkdir(exist_ok=True)
    made = folder / f"{account}.yaml"
    made.touch(mode=0o600)
    made.write_text(yaml.safe_dump(told))
    return made


def _add_cronjob(place: Place) -> None:
    pod = {"restartPolicy": "Never", "containers": [place.container("echo done")]}
    spec = {"schedule": "0 3 1 1 *", "jobTemplate": {"spec": {"template": {"spec": pod}}}}
    place.create("/apis/batch/v1/namespaces/{ns}/cronjobs", {"metadata": {"name": "tidy"}, "spec": spec})


def _ask(shop: Place, tool: str) -> Json:
    """What a write tool is asked in this namespace."""
    if tool in ("cordon", "uncordon"):
        return {"node": min(str(item["metadata"]["name"]) for item in shop.get("/api/v1/nodes")["items"])}
    if tool in ("delete_pod", "evict_pod"):
        return {"namespace": shop.namespace, "pod": next(iter(_pods(shop)))}
    if tool == "create_job":
        return {"namespace": shop.namespace, "name": "tidy-now", "from_cronjob": "tidy"}
    return {**CHANGES[tool], "namespace": shop.namespace}


def _pods(shop: Place) -> list[str]:
    found = shop.get("/api/v1/namespaces/{ns}/pods?labelSelector=app%3Dcart")["items"]
    return [str(pod["metadata"]["name"]) for pod in found if "deletionTimestamp" not in pod["metadata"]]


def _state(shop: Place) -> Json:
    """What people wrote of everything that a tool could change, by kind and name."""
    paths = {
        **{kind: f"/api/v1/namespaces/{{ns}}/{kind}" for kind in ("configmaps", "services", "pods")},
        "deployments": "/apis/apps/v1/namespaces/{ns}/deployments",
        "jobs": "/apis/batch/v1/namespaces/{ns}/jobs",
        "nodes": "/api/v1/nodes",
    }
    return {
        f"{kind}/{item['metadata']['name']}": (
            item["metadata"]["uid"],
            item["metadata"].get("labels"),
            item.get("spec", item.get("data")),
        )
        for kind, path in paths.items()
        for item in shop.get(path)["items"]
        if not item["metadata"].get("deletionTimestamp")
    }


def _unnumbered(fields: Json) -> Json:
    """Without the number of the revision: the controller gives an old template a new one."""
    return {path: value for path, value in fields.items() if not path.endswith("~1revision")}


def _is_seen(deployment: Json) -> bool:
    observed = deployment.get("status", {}).get("observedGeneration", 0)
    return bool(observed >= deployment["metadata"]["generation"])


def _may(place: Place, account: str, verb: str, group: str, resource: str) -> bool:
    """What the API server itself says of this account's right, anywhere in the cluster."""
    plural, _, subresource = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": plural, "subresource": subresource}
    spec = {
        "user": f"system:serviceaccount:{NAMESPACE}:{account}",
        "groups": ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}", "system:authenticated"],
        "resourceAttributes": {**asked, "namespace": place.namespace},
    }
    answer = place.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": spec})
    return bool(answer["status"]["allowed"])
