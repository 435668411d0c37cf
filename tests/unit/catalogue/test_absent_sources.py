"""What nobody collected is not taken for absent, and the control plane is known by what it is."""

from __future__ import annotations

import pytest

from sre_agent.catalogue.machines import control_plane_nodes
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.orient.engine import Thinking, diagnose
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.synthetic.talk import says
from tests.worlds import workload

MISLEADS = 0.8
ROLE = "node-role.kubernetes.io/control-plane"


def answer(cluster: Cluster) -> Diagnosis:
    return diagnose(cluster.picture(), Thinking(may_ask=False)).diagnosis


def surest(cluster: Cluster, cause: str) -> float:
    return max((one.confidence for one in answer(cluster).hypotheses if one.cause == cause), default=0.0)


@pytest.mark.promise("SEE-9")
def test_refusals_that_were_overcome_are_not_blamed_where_nobody_listed_the_pods() -> None:
    cluster = shop()
    for made in cluster.lists["replicasets"]:
        made["spec"]["replicas"], made["status"] = 2, {"replicas": 2, "readyReplicas": 2}
    refusal = 'Error creating: pods "ledger-" is forbidden: error looking up service account acme/ledger: serviceaccount "ledger" not found'
    cluster.event("ReplicaSet", "ledger-r1", "FailedCreate", refusal)
    cluster.absent.add("pods")
    cluster.alert("HighErrorRate", workload("ledger"))
    assert surest(cluster, "missing_service_account") == 0.0
    assert surest(cluster, "service_no_ready_endpoints") == 0.0


@pytest.mark.promise("SEE-9")
def test_a_claim_without_a_class_is_not_blamed_on_its_class_where_nobody_listed_the_volumes() -> None:
    cluster = shop()
    cluster.stateful_set("keeper", claim="data")
    spec = {
        "storageClassName": "",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "5Gi"}},
    }
    cluster.named(
        "persistentvolumeclaims", "PersistentVolumeClaim", "data", spec=spec, status={"phase": "Pending"}
    )
    said = "no persistent volumes available for this claim and no storage class is set"
    cluster.event("PersistentVolumeClaim", "data", "FailedBinding", said)
    cluster.waiting("keeper", "ContainerCreating")
    cluster.absent.add("persistentvolumes")
    assert surest(cluster, "pvc_storage_class_mismatch") == 0.0


@pytest.mark.promise("SEE-9")
def test_a_name_that_is_not_found_does_not_prove_a_resolver_ill_where_nobody_listed_the_services() -> None:
    cluster = shop()
    says(cluster, "ledger", "ERROR dial tcp: lookup parcels on 10.96.0.10:53: no such host")
    cluster.absent |= {"services", "endpoints"}
    cluster.alert("HighErrorRate", workload("ledger"))
    assert surest(cluster, "service_dns_resolution_failure") < MISLEADS


def pinned() -> Cluster:
    """Ledger may run on the first node alone, which is cordoned; roles as told."""
    cluster = shop()
    first = cluster.find("nodes", "cp-1")
    first["metadata"]["labels"].pop(ROLE)
    first["spec"].pop("taints")
    cluster.cordon("cp-1")
    for number in (1, 2, 3):
        cluster.find("nodes", f"n{number}")["metadata"]["labels"]["state"] = "worn"
    term = {"matchExpressions": [{"key": "state", "operator": "NotIn", "values": ["worn"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    cluster.change("ledger", affinity={"nodeAffinity": required})
    cluster.unschedulable(
        "ledger",
        "0/4 nodes are available: 1 node(s) were unschedulable, 3 node(s) didn't match Pod's node affinity/selector.",
    )
    cluster.alert("HighErrorRate", workload("ledger"))
    return cluster


@pytest.mark.promise("SEE-8")
@pytest.mark.parametrize("known_by", ["label", "old label", "taint", "static pod", "unit"])
def test_the_control_plane_is_known_by_what_it_is_not_by_its_name(known_by: str) -> None:
    cluster = pinned()
    node = cluster.find("nodes", "cp-1")
    if known_by == "label":
        node["metadata"]["labels"][ROLE] = ""
    elif known_by == "old label":
        node["metadata"]["labels"]["kubernetes.io/role"] = "master"
    elif known_by == "taint":
        cluster.taint("cp-1", ROLE)
    elif known_by == "static pod":
        pod = cluster.pod("kube", "kube-scheduler-cp-1", cluster.any_workload("ledger")["spec"]["template"])
        pod["metadata"] |= {"namespace": "kube-system", "labels": {"component": "kube-scheduler"}}
        pod["metadata"]["ownerReferences"] = [{"kind": "Node", "name": "cp-1", "controller": True}]
    else:
        cluster.unit("cp-1", "kube-scheduler", "active")
    assert control_plane_nodes(cluster.picture()) == ("cp-1",)
    root = answer(cluster).root
    assert root is not None
    assert root.cause == "node_affinity_mismatch"


@pytest.mark.promise("SEE-9")
def test_where_nothing_tells_the_control_plane_a_cordon_and_an_affinity_share_the_blame() -> None:
    found = {one.cause: one.confidence for one in answer(pinned()).hypotheses}
    assert found["node_cordon_mismatch"] < MISLEADS
    assert found["node_affinity_mismatch"] > 0.2


@pytest.mark.promise("SEE-9")
def test_refusals_that_were_overcome_are_not_blamed_where_only_the_deployments_are_missing() -> None:
    cluster = shop()
    refusal = 'Error creating: pods "ledger-" is forbidden: error looking up service account acme/ledger: serviceaccount "ledger" not found'
    cluster.event("ReplicaSet", "ledger-r1", "FailedCreate", refusal)
    cluster.absent.add("deployments")
    cluster.alert("HighErrorRate", workload("ledger"))
    assert surest(cluster, "missing_service_account") == 0.0


@pytest.mark.promise("SEE-9")
@pytest.mark.parametrize("missing", ["persistentvolumeclaims", "resourcequotas"])
def test_why_a_claim_was_never_made_is_not_sure_where_nobody_listed_claims_or_quotas(missing: str) -> None:
    cluster = shop()
    cluster.waiting("ledger", "ContainerCreating")
    said = '0/4 nodes are available: persistentvolumeclaim "ledger-data" not found. preemption: not helpful for scheduling.'
    cluster.event("Pod", cluster.pods_of("ledger")[0]["metadata"]["name"], "FailedScheduling", said)
    cluster.absent.add(missing)
    assert surest(cluster, "volume_mount_failed") < MISLEADS
