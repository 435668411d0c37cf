"""The scheduler chooses evenly, and says why it cannot in the scheduler's own words."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.scheduling.filters import NodeView, reasons
from infrastructure.lab.kube.scheduling.scheduler import explain


def node(name: str = "n", *, labels: dict[str, str] | None = None, **spec: Any) -> Obj:
    allocatable = {"cpu": "2", "memory": "1Gi", "pods": "3"}
    meta = {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}}
    return {"metadata": meta, "spec": spec, "status": {"allocatable": allocatable}}


def pod(name: str = "p", *, cpu: str = "100m", labels: dict[str, str] | None = None, **spec: Any) -> Obj:
    container = {"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    meta = {"name": name, "namespace": "d", "labels": labels or {}}
    return {"metadata": meta, "spec": {"containers": [container], **spec}}


def refused(one: Obj, there: Obj, *others: Obj) -> list[str]:
    view = NodeView(there, others)
    return reasons(one, view, [view])


def test_an_empty_node_takes_a_plain_pod() -> None:
    assert refused(pod(), node()) == []


@pytest.mark.parametrize(
    ("one", "there", "expected"),
    [
        (pod(cpu="3"), node(), ["Insufficient cpu"]),
        (pod(), node(unschedulable=True), ["node(s) were unschedulable"]),
        (pod(nodeSelector={"disk": "fast"}), node(), ["node(s) didn't match Pod's node affinity/selector"]),
        (
            pod(),
            node(taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]),
            ["node(s) had untolerated taint {gpu: yes}"],
        ),
    ],
)
def test_what_does_not_fit_is_named(one: Obj, there: Obj, expected: list[str]) -> None:
    assert refused(one, there) == expected


def test_requests_of_those_who_are_there_count() -> None:
    assert refused(pod(cpu="1500m"), node(), pod("a", cpu="1")) == ["Insufficient cpu"]
    assert refused(pod(), node(), pod("a"), pod("b"), pod("c")) == ["Too many pods"]


def test_a_toleration_opens_a_tainted_node() -> None:
    tainted = node(taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
    assert refused(pod(tolerations=[{"key": "gpu", "operator": "Equal", "value": "yes"}]), tainted) == []
    assert refused(pod(tolerations=[{"operator": "Exists"}]), tainted) == []
    assert refused(pod(tolerations=[{"key": "gpu", "operator": "Equal", "value": "no"}]), tainted) != []


def test_pods_that_keep_apart_do_so_from_both_sides() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "kubernetes.io/hostname"}
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    shy, plain = pod("x", labels={"app": "a"}, affinity=apart), pod("y", labels={"app": "a"})
    assert refused(shy, node(), plain) == ["node(s) didn't match pod anti-affinity rules"]
    assert refused(plain, node(), shy) == ["node(s) didn't satisfy existing pods anti-affinity rules"]


def test_a_pod_that_wants_company_may_be_the_first_of_its_kind() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "kubernetes.io/hostname"}
    near = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    assert refused(pod(labels={"app": "a"}, affinity=near), node()) == []
    assert refused(pod(labels={"app": "b"}, affinity=near), node()) == [
        "node(s) didn't match pod affinity rules"
    ]


def test_the_refusals_of_all_nodes_are_one_sentence() -> None:
    text = explain(
        [["Insufficient cpu", "Insufficient memory"], ["Insufficient cpu"], ["node(s) were unschedulable"]]
    )
    assert text == (
        "0/3 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 2 Insufficient cpu. "
        "preemption: 0/3 nodes are available: 2 No preemption victims found for incoming pod, "
        "1 Preemption is not helpful for scheduling."
    )


def test_a_cluster_without_nodes_says_so() -> None:
    assert explain([]) == "no nodes available to schedule pods"


def test_a_missing_claim_is_no_matter_of_nodes() -> None:
    text = explain([['persistentvolumeclaim "data" not found']] * 3)
    assert text.startswith('0/3 nodes are available: persistentvolumeclaim "data" not found. preemption: ')
