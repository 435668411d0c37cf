"""The shipped roles grant what the tools ask of the API server, as its own authorizer heard it, and nothing more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
import pytest_asyncio

from infrastructure.lab.kube.auth.people import SERVICE_ACCOUNT, User
from infrastructure.lab.kube.auth.rbac import Attributes, Rbac
from mcp_servers.k8s import asks
from mcp_servers.kit.errors import ToolError
from mcp_servers.kit.toolset import Kind
from tests.components.mcp_k8s.lab_cluster import IN_SHOP, PATCHES, WORKLOAD, Shop, as_shipped, open_shop
from tests.contracts.shipped_rights import NAMESPACE, READER, WRITER, Right, granted, manifests, rules

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.promise("KEEP-11")]

SERVERS = ("github", "k8s", "loki", "notion", "prometheus")
SECRETS = {Right("list", "", "secrets")}
"""Asked for in every namespace and refused: `secret-keys.yaml` is what opens it."""
OF_ANY_KIND = ("get_object", "describe_object", "object_writers")
OTHER_KINDS: dict[str, dict[str, Any]] = {
    "Pod": {"spec": {"containers": [{"name": "c", "image": "registry.lab/shop/cart:1"}]}},
    "StatefulSet": {"spec": {"serviceName": "cart"}},
    "DaemonSet": {"spec": {}},
}


class Heard:
    """Account → the rights its requests were judged by."""

    def __init__(self) -> None:
        self.rights: dict[str, set[Right]] = defaultdict(set)

    def note(self, user: User, asked: Attributes) -> None:
        home = f"{SERVICE_ACCOUNT}{NAMESPACE}:"
        if user.name.startswith(home) and not asked.path:
            right = Right(asked.verb, asked.group, asked.full_resource)
            self.rights[user.name.removeprefix(home)].add(right)


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    """Everything the lab's authorizer is asked about the shipped accounts."""
    noted, judge = Heard(), Rbac.allows

    def allows(self: Rbac, user: User, asked: Attributes) -> bool:
        noted.note(user, asked)
        return judge(self, user, asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rbac, "allows", allows)
        yield noted


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(heard: Heard, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The shop with one workload of each kind, after every tool was used once on each kind that it takes."""
    folder = tmp_path_factory.mktemp("least")
    opened = await open_shop(folder)
    try:
        await _add_workloads(opened)
        await as_shipped(opened, folder)
        await _look_as_tools_do(opened)
        listed = {right.resource for right in heard.rights[READER] if right.verb == "list"}
        await _look_at_each(opened, listed - {"secrets"})
        await _rehearse(opened)
        yield opened
    finally:
        await opened.close()


async def test_the_reading_role_grants_exactly_what_the_read_tools_ask(shop: Shop, heard: Heard) -> None:
    assert heard.rights[READER] - SECRETS == granted("reader")


async def test_the_writing_role_grants_exactly_what_the_write_tools_send(shop: Shop, heard: Heard) -> None:
    assert heard.rights[WRITER] == granted("writer")


async def test_reading_and_writing_are_apart(shop: Shop, heard: Heard) -> None:
    assert {right.verb for right in heard.rights[READER]} == {"get", "list"}
    assert not {right.verb for right in granted("writer")} & {"get", "list", "watch"}
    bindings = [body for body in manifests("reader", "writer") if body["kind"] == "ClusterRoleBinding"]
    bound = {body["roleRef"]["name"]: [each["name"] for each in body["subjects"]] for body in bindings}
    assert bound == {
        "sre-agent-k8s-reader": [READER],
        "sre-agent-k8s-writer": [WRITER],
        "sre-agent-k8s-node-writer": [WRITER],
    }


@pytest.mark.parametrize("name", ["reader", "writer", "secret-keys"])
async def test_no_rule_has_a_wildcard_or_opens_a_door_to_other_rights(name: str) -> None:
    for rule in rules(name):
        assert set(rule) == {"apiGroups", "resources", "verbs"}
        assert not any("*" in word for words in rule.values() for word in words)
    closed = {"bind", "deletecollection", "escalate", "impersonate", "update", "watch"}
    assert not {right.verb for right in granted(name)} & closed
    resources = {right.resource for right in granted(name)}
    assert not resources & {"pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token"}
    assert ("secrets" in resources) is (name == "secret-keys")


async def test_each_server_has_an_account_and_only_that_of_kubernetes_gets_a_token() -> None:
    found = [body for body in manifests("accounts") if body["kind"] == "ServiceAccount"]
    names = {body["metadata"]["name"] for body in found}
    others = {f"mcp-{server}" for server in SERVERS if server != "k8s"}
    assert names == {READER, WRITER, *others}
    without = {
        body["metadata"]["name"] for body in found if body.get("automountServiceAccountToken") is False
    }
    assert without == others
    rooms = Path(__file__).parents[3] / "mcp_servers"
    assert set(SERVERS) == {room.parent.name for room in rooms.glob("*/__main__.py")}


async def _add_workloads(shop: Shop) -> None:
    """Asleep: what is asked about them is judged all the same."""
    writing = (await shop.clusters.cluster("")).writing
    template = {"metadata": {"labels": {"app": "idle"}}, "spec": OTHER_KINDS["Pod"]["spec"]}
    for kind in ("StatefulSet", "DaemonSet"):
        spec = {
            "selector": {"matchLabels": {"app": "idle"}},
            "template": template,
            **OTHER_KINDS[kind]["spec"],
        }
        body = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "cart"}, "spec": spec}
        await writing.create(f"/apis/apps/v1/namespaces/shop/{kind.lower()}s", body)


async def _look_as_tools_do(shop: Shop) -> None:
    """Every read tool whose kinds are its own choice, with what it is asked by default."""
    await shop.call("cluster_info")
    await shop.call("namespace_objects", namespace="shop")
    await shop.call("topology", namespace="shop")
    await shop.call("node_state")
    await shop.call("node_state", name="node-1")
    await shop.call("list_events", namespace="shop")
    await shop.call("get_pod_logs", namespace="shop", pod=shop.pods()[0]["metadata"]["name"])
    for kind in _kinds(asks.WorkloadKind):
        await shop.call("rollout_history", **{**WORKLOAD, "kind": kind})


async def _look_at_each(shop: Shop, plurals: set[str]) -> None:
    """The tools that take any kind, with each that the others list: not every kind has a cart."""
    for plural in sorted(plurals):
        await shop.call("list_objects", kind=plural)
        for tool in OF_ANY_KIND:
            with suppress(ToolError):
                await shop.call(tool, kind=plural, name="cart", namespace="shop")


async def _rehearse(shop: Shop) -> None:
    """Every write tool's preview, which is judged as the write is, on each kind that it takes."""
    pod = {"namespace": "shop", "pod": shop.pods()[0]["metadata"]["name"]}
    job = {"namespace": "shop", "name": "tidy-now", "from_cronjob": "tidy"}
    once = {"uncordon": {"node": "node-2"}, "delete_pod": pod, "evict_pod": pod, "create_job": job}
    changes = {**PATCHES, **once, "rollout_undo": {**WORKLOAD, "to_revision": 1}}
    writes = {tool.name for tool in shop.tools.tools.values() if tool.kind is Kind.WRITE}
    assert set(changes) == writes
    for tool, change in changes.items():
        await shop.call(f"preview_{tool}", **change)
    for kind in _kinds(asks.WorkloadKind):
        await shop.call("preview_rollout_restart", **{**WORKLOAD, "kind": kind})
    for kind in _kinds(asks.ScalableKind):
        name = (
            shop.lab.objects("replicasets", "shop")[0]["metadata"]["name"] if kind == "ReplicaSet" else "cart"
        )
        await shop.call("preview_scale", **{**WORKLOAD, "kind": kind, "name": name, "replicas": 5})
    label = {"label": "tier", "value": "web"}
    await shop.call("preview_set_label", kind="Pod", name=pod["pod"], namespace="shop", **label)
    await shop.call("preview_set_label", kind="Service", **IN_SHOP, **label)


def _kinds(names: Any) -> list[str]:
    """The kinds of a tool's argument, each by its own name alone."""
    return [name for name in get_args(names) if name[0].isupper()]
