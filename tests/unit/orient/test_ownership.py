"""Whose a pod is, also where a recording left the owner references out."""

from __future__ import annotations

from typing import Any

from sre_agent.picture.inventory import Inventory
from sre_agent.picture.objects import Obj, objects_in
from sre_agent.picture.source import Source

SOURCE = Source("E1", "kubernetes/pods.json")


def pod(
    name: str, labels: dict[str, str] | None = None, owner: tuple[str, str] | None = None
) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, "namespace": "acme", "labels": labels or {}}
    if owner:
        meta["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]
    return {"metadata": meta, "spec": {"containers": [{"name": "main", "image": "reg.example/a:1"}]}}


def maker(name: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "acme"},
        "spec": {"selector": {"matchLabels": labels or {}}},
    }


def inventory(**lists: list[dict[str, Any]]) -> Inventory:
    made: list[Obj] = [obj for plural, found in lists.items() for obj in objects_in(plural, found, SOURCE)]
    return Inventory(made)


def owner_of(found: Inventory, name: str) -> str:
    seen = found.get("Pod", name, "acme")
    assert seen is not None
    return str(found.top_owner(seen).ref)


def test_a_pod_without_references_belongs_to_the_deployment_that_named_it() -> None:
    found = inventory(pods=[pod("web-7d9c5b6f8-x2x4q")], deployments=[maker("web"), maker("web-7d9c5b6f8")])
    assert owner_of(found, "web-7d9c5b6f8-x2x4q") == "Deployment acme/web"


def test_a_name_alone_does_not_make_an_owner_that_selects_other_labels() -> None:
    found = inventory(pods=[pod("web-0", {"app": "cache"})], statefulsets=[maker("web", {"app": "web"})])
    assert owner_of(found, "web-0") == "Pod acme/web-0"


def test_an_owner_that_was_not_seen_is_drawn_from_its_pods_and_is_one_for_all_of_them() -> None:
    references = ("ReplicaSet", "web-7d9c5b6f8")
    found = inventory(
        pods=[pod(f"web-7d9c5b6f8-{tail}", {"app": "web"}, references) for tail in ("aaaaa", "bbbbb")]
    )
    assert [str(work.ref) for work in found.workloads] == ["Deployment acme/web"]
    assert len(found.pods_of(found.workloads[0])) == 2
    assert found.workloads[0].implied


def test_the_template_hash_tells_the_deployment_without_references() -> None:
    found = inventory(pods=[pod("web-7d9c5b6f8-x2x4q", {"pod-template-hash": "7d9c5b6f8"})])
    assert owner_of(found, "web-7d9c5b6f8-x2x4q") == "Deployment acme/web"


def test_a_pod_that_nobody_made_is_its_own_workload() -> None:
    found = inventory(pods=[pod("toolbox")])
    assert [str(work.ref) for work in found.workloads] == ["Pod acme/toolbox"]


def test_the_mirror_of_a_static_pod_is_not_the_nodes() -> None:
    found = inventory(pods=[pod("kube-proxy-n1", owner=("Node", "n1"))], nodes=[{"metadata": {"name": "n1"}}])
    assert owner_of(found, "kube-proxy-n1") == "Pod acme/kube-proxy-n1"


def test_services_find_pods_by_every_label_they_select() -> None:
    service = {
        "metadata": {"name": "web", "namespace": "acme"},
        "spec": {"selector": {"app": "web", "tier": "front"}},
    }
    found = inventory(
        pods=[pod("a", {"app": "web", "tier": "front"}), pod("b", {"app": "web"})], services=[service]
    )
    behind = found.pods_behind(found.of("Service")[0])
    assert [one.name for one in behind] == ["a"]
    assert [one.name for one in found.services_of(behind[0])] == ["web"]
