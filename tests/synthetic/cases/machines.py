"""Nodes, what runs on them, and the control plane."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import NOW, ONSET, stamp, workload

NODES = ("cp-1", "n1", "n2", "n3")


def alerted(cluster: Cluster, name: str = "ledger") -> Cluster:
    cluster.alert("KubeDeploymentReplicasMismatch", workload(name))
    return cluster


def with_units(**down: str) -> Cluster:
    """All units of all nodes run, but for those named: `containerd="n1"`."""
    cluster = shop()
    for node in NODES:
        for unit in ("kubelet", "containerd", "kube_proxy"):
            cluster.unit(node, unit.replace("_", "-"), "failed" if down.get(unit) == node else "active")
    return cluster


def lost(cluster: Cluster, node: str, message: str, status: str = "Unknown") -> Cluster:
    cluster.condition(node, "Ready", status, message)
    for pod in cluster.lists["pods"]:
        if pod["spec"].get("nodeName") == node:
            pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return alerted(cluster)


def kubelet_down() -> Cluster:
    return lost(with_units(kubelet="n1"), "n1", "Kubelet stopped posting node status.")


def kubelet_silent() -> Cluster:
    return lost(shop(), "n1", "Kubelet stopped posting node status.")


def containerd_down() -> Cluster:
    return lost(
        with_units(containerd="n1"),
        "n1",
        "[container runtime is down, PLEG is not healthy: pleg was last seen active 4m0s ago]",
        "False",
    )


def containerd_by_words() -> Cluster:
    return lost(shop(), "n1", "container runtime is down", "False")


def docker_never_ran() -> Cluster:
    """An engine that is installed and not used is no fault."""
    cluster = with_units()
    cluster.unit("n1", "docker", "inactive")
    return alerted(cluster)


def proxy_down() -> Cluster:
    cluster = with_units(kube_proxy="n1")
    cluster.series("errors", {"service": "ledger"}, 0.0, 0.4)
    return alerted(cluster)


def proxies_run() -> Cluster:
    return alerted(with_units())


def cut_off() -> Cluster:
    """It went silent, and its kubelet is known to run."""
    return lost(with_units(), "n1", "Kubelet stopped posting node status.")


def not_ready() -> Cluster:
    return lost(shop(), "n1", "node is shutting down", "False")


def ready_again() -> Cluster:
    cluster = shop()
    cluster.event(
        "Node", "n1", "NodeNotReady", "Node n1 status is now: NodeNotReady", NOW - timedelta(hours=9)
    )
    return alerted(cluster)


def pressed(kind: str, message: str) -> Cluster:
    cluster = shop()
    cluster.condition("n1", kind, "True", message)
    gone = cluster.pods_of("ledger")[0]
    gone["status"] = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": f"The node had condition: [{kind}].",
        "startTime": stamp(NOW),
    }
    return alerted(cluster)


def short_of_memory() -> Cluster:
    return pressed("MemoryPressure", "kubelet has insufficient memory available")


def short_of_disk() -> Cluster:
    return pressed("DiskPressure", "kubelet has disk pressure")


def short_of_pids() -> Cluster:
    return pressed("PIDPressure", "kubelet has insufficient PID available")


def measured(metric: str, ill: float, usual: float, before: float | None = None) -> Cluster:
    """A figure of each node, one of which stands out."""
    cluster = shop()
    for node in NODES:
        cluster.series(
            metric, {"node": node}, usual if before is None else before, ill if node == "n1" else usual
        )
    cluster.series("latency", {"service": "ledger"}, 0.05, 0.9)
    return alerted(cluster)


def busy_node() -> Cluster:
    return measured("node_cpu_utilization_percent", 99.0, 20.0)


def busy_workload() -> Cluster:
    """One workload is at its limit on a node with idle CPU."""
    cluster = shop(resources={"limits": {"cpu": "500m"}})
    for node in NODES:
        cluster.series("node_cpu_utilization_percent", {"node": node}, 20.0, 25.0)
    for pod in cluster.pods_of("ledger"):
        cluster.series("container_cpu_usage_cores", {"pod": pod["metadata"]["name"]}, 0.1, 0.49)
    cluster.series("latency", {"service": "ledger"}, 0.05, 0.9)
    return alerted(cluster)


def throttled() -> Cluster:
    cluster = shop(resources={"limits": {"cpu": "50m"}})
    for pod in cluster.pods_of("ledger"):
        cluster.series("throttling", {"pod": pod["metadata"]["name"], "container": "main"}, 0.0, 0.9)
    cluster.series("latency", {"service": "ledger"}, 0.05, 0.9)
    return alerted(cluster)


def easy_workload() -> Cluster:
    cluster = shop(resources={"limits": {"cpu": "500m"}})
    for pod in cluster.pods_of("ledger"):
        cluster.series("container_cpu_usage_cores", {"pod": pod["metadata"]["name"]}, 0.1, 0.1)
    return alerted(cluster)


def losing() -> Cluster:
    return measured("node_tcp_retransmits_per_second", 80.0, 2.0)


def all_losing_alike() -> Cluster:
    return measured("node_tcp_retransmits_per_second", 3.0, 2.0)


def slow_paths() -> Cluster:
    return measured("node_ping_rtt_seconds", 0.4, 0.001)


def off_clock() -> Cluster:
    return measured("node_timex_offset_seconds", 42.0, 0.001)


def good_clock() -> Cluster:
    return measured("node_timex_offset_seconds", 0.01, 0.001)


def busy_disk() -> Cluster:
    return measured("node_disk_utilization_ratio", 0.99, 0.1)


def idle_disk() -> Cluster:
    return measured("node_disk_utilization_ratio", 0.3, 0.1)


def component(
    cluster: Cluster, name: str, *, phase: str = "Running", ready: bool = True, **more: Any
) -> Cluster:
    """A static pod of the control plane."""
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    meta = {"name": f"{name}-cp-1", "namespace": "kube-system", "labels": {"component": name}}
    spec = {"nodeName": "cp-1", "containers": [{"name": name, "image": f"registry.k8s.io/{name}:v1.31.2"}]}
    status = {
        "phase": phase,
        "conditions": conditions,
        "containerStatuses": [{"name": name, "ready": ready, "restartCount": 0 if ready else 9, **more}],
    }
    cluster.add("pods", {"kind": "Pod", "metadata": meta, "spec": spec, "status": status})
    return cluster


CRASHED = {
    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
}


def silent_scheduler() -> Cluster:
    """Pods that would fit wait, and nobody says why."""
    cluster = shop()
    cluster.unschedulable("ledger")
    return alerted(cluster)


def scheduler_down() -> Cluster:
    return component(silent_scheduler(), "kube-scheduler", ready=False, **CRASHED)


def scheduler_speaks() -> Cluster:
    cluster = shop()
    cluster.change("ledger", nodeSelector={"disk": "nvme"})
    cluster.unschedulable(
        "ledger", "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector."
    )
    return alerted(component(cluster, "kube-scheduler"))


def controllers_down() -> Cluster:
    cluster = component(shop(), "kube-controller-manager", ready=False, **CRASHED)
    for name in ("ledger", "parcel"):
        cluster.any_workload(name)["metadata"]["generation"] = 4
        cluster.any_workload(name)["status"] = {"observedGeneration": 3}
    return alerted(cluster)


def controllers_well() -> Cluster:
    cluster = component(shop(), "kube-controller-manager")
    cluster.any_workload("ledger")["metadata"]["generation"] = 4
    cluster.any_workload("ledger")["status"] = {"observedGeneration": 4}
    return alerted(cluster)


def said_by(cluster: Cluster, line: str, *names: str) -> Cluster:
    for name in names:
        for pod in cluster.pods_of(name):
            cluster.log(pod["metadata"]["name"], [f"{stamp(ONSET)} ERROR {line}"])
    return alerted(cluster)


def api_down() -> Cluster:
    line = 'Get "https://10.96.0.1:443/api/v1/namespaces/acme/pods": dial tcp 10.96.0.1:443: connect: connection refused'
    return component(said_by(shop(), line, "portal", "ledger"), "kube-apiserver", ready=False, **CRASHED)


def api_slow() -> Cluster:
    return said_by(
        shop(),
        "Waited for 3.2s due to client-side throttling, not priority and fairness, request: GET:https://10.96.0.1:443/apis/apps/v1",
        "portal",
        "ledger",
    )


def etcd_leaderless() -> Cluster:
    cluster = component(shop(), "etcd", ready=True)
    cluster.series("etcd_server_has_leader", {"instance": "cp-1:2379"}, 1.0, 0.0, steady=True)
    return said_by(cluster, "rpc error: code = Unavailable desc = etcdserver: no leader", "portal")


def etcd_well() -> Cluster:
    cluster = component(shop(), "etcd")
    cluster.series("etcd_server_has_leader", {"instance": "cp-1:2379"}, 1.0, 1.0, steady=True)
    return alerted(cluster)


CASES = (
    Case("kubelet_unavailable", "n1", kubelet_down, containerd_down, "containerd_unavailable"),
    Case("kubelet_unavailable", "n1", kubelet_silent, cut_off, "node_network_unavailable"),
    Case("containerd_unavailable", "n1", containerd_down, kubelet_down, "kubelet_unavailable"),
    Case("containerd_unavailable", "n1", containerd_by_words, docker_never_ran),
    Case("kube_proxy_unavailable", "n1", proxy_down, proxies_run),
    Case("node_network_unavailable", "n1", cut_off, kubelet_silent, "kubelet_unavailable"),
    Case("node_not_ready", "n1", not_ready, ready_again),
    Case("node_memory_pressure", "n1", short_of_memory, short_of_disk, "node_disk_pressure"),
    Case("node_disk_pressure", "n1", short_of_disk, short_of_memory, "node_memory_pressure"),
    Case("node_pid_pressure", "n1", short_of_pids, short_of_memory, "node_memory_pressure"),
    Case("node_cpu_saturation", "n1", busy_node, busy_workload, "pod_cpu_overload"),
    Case("pod_cpu_overload", "ledger", busy_workload, easy_workload),
    Case("cpu_throttling", "ledger", throttled, busy_workload, "pod_cpu_overload"),
    Case("node_network_packet_loss", "n1", losing, all_losing_alike),
    Case("node_network_delay", "n1", slow_paths, losing, "node_network_packet_loss"),
    Case("node_clock_skew", "n1", off_clock, good_clock),
    Case("disk_io_saturation", "n1", busy_disk, idle_disk),
    Case("kube_scheduler_unavailable", "cp-1", silent_scheduler, scheduler_speaks, "node_selector_mismatch"),
    Case("kube_scheduler_unavailable", "cp-1", scheduler_down, scheduler_speaks, "node_selector_mismatch"),
    Case("kube_controller_manager_unavailable", "cp-1", controllers_down, controllers_well),
    Case("kube_apiserver_unavailable", "cluster", api_down, api_slow, "api_server_throttling"),
    Case("api_server_throttling", "cluster", api_slow, api_down, "kube_apiserver_unavailable"),
    Case("etcd_unhealthy", "cluster", etcd_leaderless, etcd_well),
)
