"""Pods that get no node, and pods that wait for something else."""

from __future__ import annotations

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import NOW, stamp, workload

WORKERS = ("n1", "n2", "n3")
AFFINITY = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["nvme"]}]}]}}}  # fmt: skip
ANTI = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
    {"labelSelector": {"matchLabels": {"app": "parcel"}}, "topologyKey": "kubernetes.io/hostname"}]}}  # fmt: skip
NO_MATCH = "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."


def broken(message: str = "", *, say: bool = True, **spec: object) -> Cluster:
    cluster = shop()
    cluster.change("ledger", **spec)
    cluster.unschedulable("ledger", message, say=say)
    cluster.alert("KubePodNotReady", workload("ledger"))
    return cluster


def selector() -> Cluster:
    return broken(NO_MATCH, nodeSelector={"disk": "nvme"})


def selector_untold() -> Cluster:
    cluster = broken(nodeSelector={"disk": "nvme"}, say=False)
    cluster.absent.add("events")
    return cluster


def selector_without_nodes() -> Cluster:
    cluster = selector()
    cluster.absent.add("nodes")
    return cluster


def affinity() -> Cluster:
    return broken(NO_MATCH, affinity=AFFINITY)


def affinity_but_for_the_control_plane() -> Cluster:
    """Only the cordoned control-plane node would suit it: what keeps it off all others is to blame."""
    away = {"key": "state", "operator": "NotIn", "values": ["old"]}
    required = {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [away]}]
        }
    }
    text = "0/4 nodes are available: 1 node(s) were unschedulable, 3 node(s) didn't match Pod's node affinity/selector."
    cluster = broken(text, affinity={"nodeAffinity": required})
    for node in WORKERS:
        cluster.find("nodes", node)["metadata"]["labels"]["state"] = "old"
    cluster.cordon("cp-1")
    return cluster


def _tainted(**spec: object) -> Cluster:
    text = "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) had untolerated taint {team: ml}."
    cluster = broken(text, **spec)
    for node in WORKERS:
        cluster.taint(node, "team", "ml")
    return cluster


def tainted() -> Cluster:
    return _tainted()


def tainted_old_words() -> Cluster:
    cluster = broken("0/3 nodes are available: 3 node(s) had taint {team: ml}, that the pod didn't tolerate.")
    cluster.absent.add("nodes")
    return cluster


def pinned_to_tainted() -> Cluster:
    """Only the tainted node carries the label: the taint is to blame, not the selector."""
    text = "0/4 nodes are available: 1 node(s) had untolerated taint {team: ml}, 3 node(s) didn't match Pod's node affinity/selector."
    cluster = broken(text, nodeSelector={"gpu": "yes"})
    cluster.find("nodes", "n2")["metadata"]["labels"]["gpu"] = "yes"
    cluster.taint("n2", "team", "ml")
    return cluster


def cordoned() -> Cluster:
    text = "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) were unschedulable."
    cluster = broken(text)
    for node in WORKERS:
        cluster.cordon(node)
    return cluster


def one_cordoned() -> Cluster:
    """A node is cordoned, others have room: nothing waits."""
    cluster = shop()
    cluster.cordon("n3")
    return cluster


def ill_nodes() -> Cluster:
    """Nodes keep pods away because they are ill: theirs is the fault."""
    cluster = broken(
        "0/4 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/not-ready: }."
    )
    for node in WORKERS:
        cluster.taint(node, "node.kubernetes.io/not-ready")
        cluster.condition(node, "Ready", "False", "container runtime status check may not have completed yet")
    return cluster


def greedy(resource: str, amount: str) -> Cluster:
    cluster = shop()
    cluster.change_container("ledger", resources={"requests": {resource: amount}})
    text = f"0/4 nodes are available: 1 node(s) had untolerated taint {{node-role.kubernetes.io/control-plane: }}, 3 Insufficient {resource}. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod."
    cluster.unschedulable("ledger", text)
    cluster.alert("KubePodNotReady", workload("ledger"))
    return cluster


def greedy_memory() -> Cluster:
    return greedy("memory", "64Gi")


def greedy_cpu() -> Cluster:
    return greedy("cpu", "12")


def full_of_memory() -> Cluster:
    """Each node could give it, but for what others have taken."""
    return greedy("memory", "12Gi")


def avoiding() -> Cluster:
    cluster = broken(
        "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) didn't match pod anti-affinity rules.",
        affinity=ANTI,
    )
    for node, pod in zip(WORKERS, [*cluster.pods_of("parcel"), *cluster.pods_of("portal")], strict=False):
        pod["spec"]["nodeName"] = node
        pod["metadata"]["labels"]["app"] = "parcel"
    return cluster


def spread() -> Cluster:
    constraint = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "ledger"}},
    }
    text = "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) didn't match pod topology spread constraints (missing required label)."
    return broken(text, topologySpreadConstraints=[constraint])


def removed(reason: str, message: str) -> Cluster:
    """A pod was taken away, and its successor is not ready yet."""
    cluster = shop()
    gone, left = cluster.pods_of("ledger")
    gone["status"] = {"phase": "Failed", "reason": reason, "message": message, "startTime": stamp(NOW)}
    left["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    cluster.alert("KubeDeploymentReplicasMismatch", workload("ledger"))
    return cluster


def evicted() -> Cluster:
    return removed(
        "Evicted",
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. Container main was using 900Mi, request is 0.",
    )


def too_much_disk() -> Cluster:
    return removed("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ")


def preempted() -> Cluster:
    cluster = removed("Preempting", "Preempted by shop/urgent-1 on node n1")
    cluster.on_pods("ledger", "Preempted", "Preempted by pod 0a1b on node n1")
    return cluster


def evicted_long_ago() -> Cluster:
    cluster = shop()
    old = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": "The node was low on resource: memory.",
        "startTime": "2026-01-01T00:00:00Z",
    }
    pod = cluster.pod("ledger", "ledger-r1-9", cluster.any_workload("ledger")["spec"]["template"])
    pod["status"] = old
    return cluster


CASES = (
    Case("node_selector_mismatch", "ledger", selector, pinned_to_tainted, "taint_toleration_mismatch"),
    Case("node_selector_mismatch", "ledger", selector_untold, affinity, "node_affinity_mismatch"),
    Case("node_selector_mismatch", "ledger", selector_without_nodes, greedy_memory, "memory_capacity_mismatch"),
    Case("node_affinity_mismatch", "ledger", affinity, selector, "node_selector_mismatch"),
    Case("node_affinity_mismatch", "ledger", affinity_but_for_the_control_plane, cordoned, "node_cordon_mismatch"),
    Case("taint_toleration_mismatch", "ledger", tainted, cordoned, "node_cordon_mismatch"),
    Case("taint_toleration_mismatch", "ledger", tainted_old_words, ill_nodes),
    Case("taint_toleration_mismatch", "ledger", pinned_to_tainted, selector, "node_selector_mismatch"),
    Case("node_cordon_mismatch", "ledger", cordoned, one_cordoned),
    Case("memory_capacity_mismatch", "ledger", greedy_memory, greedy_cpu, "cpu_capacity_mismatch"),
    Case("memory_capacity_mismatch", "ledger", full_of_memory, cordoned, "node_cordon_mismatch"),
    Case("cpu_capacity_mismatch", "ledger", greedy_cpu, greedy_memory, "memory_capacity_mismatch"),
    Case("pod_anti_affinity_conflict", "ledger", avoiding, spread, "topology_spread_conflict"),
    Case("topology_spread_conflict", "ledger", spread, avoiding, "pod_anti_affinity_conflict"),
    Case("pod_evicted", "ledger", evicted, evicted_long_ago),
    Case("ephemeral_storage_exceeded", "ledger", too_much_disk, evicted, "pod_evicted"),
    Case("priority_preemption", "ledger", preempted, evicted, "pod_evicted"),
)  # fmt: skip
