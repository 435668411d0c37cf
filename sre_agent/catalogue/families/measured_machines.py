"""Nodes and the control plane, by the metrics of kube-state-metrics, node_exporter, the kubelet, etcd, CoreDNS and the API server.

Sources: https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics, https://github.com/prometheus/node_exporter,
https://etcd.io/docs/v3.5/metrics/, https://coredns.io/plugins/metrics/, https://kubernetes.io/docs/reference/instrumentation/metrics/.
"""

from __future__ import annotations

from sre_agent.catalogue.blaming import cluster, control_plane, node
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG
from sre_agent.catalogue.measures import (
    Blame,
    Measure,
    Reading,
    above,
    below,
    found_by,
    measure,
    rate_of,
    rises,
    zero,
)
from sre_agent.picture.quantities import quantity

_CONDITION = "kube_node_status_condition"
_SATURATED, _RUNNING_QUEUE = 0.95, 2.0
_IS_TRUE = {"status": "^true$"}
EXPIRED = 0.0
NEARLY_FULL = 0.05


def _up(cause: str, job: str, says: str, blames: Blame) -> Measure:
    return measure(cause, "up", says, zero, blames, where={"job": job}, weight=DECISIVE, beside="up")


def _condition(cause: str, kind: str) -> Measure:
    says = f"has the condition {kind}"
    return measure(
        cause, _CONDITION, says, above(1), node, where={"condition": f"^{kind}$", **_IS_TRUE}, weight=DECISIVE
    )


def _silent_beside(one: Reading) -> bool:
    """Whether another target on the same machine, or the machine itself, does not answer either."""
    mine = node(one.picture, one.series.labels)
    return mine is not None and any(
        other is not one.series and other.last == 0.0 and node(one.picture, other.labels) == mine
        and other.labels.get("job") != one.series.labels.get("job")
        for other in one.picture.series_named("up", "probe_success")
    )  # fmt: skip


def _alone(one: Reading) -> bool:
    return zero(one) and not _silent_beside(one)


def _cut_off(one: Reading) -> bool:
    return zero(one) and _silent_beside(one)


def _overloaded(one: Reading) -> bool:
    """More processes want to run than there are cores: twice as many, over the last minute."""
    name = node(one.picture, one.series.labels)
    obj = one.picture.inventory.get("Node", name.name) if name else None
    cores = quantity(obj.dig("status", "capacity", "cpu")) if obj else None
    return bool(cores) and one.now >= _RUNNING_QUEUE * (cores or 0.0)


def _far_apart(one: Reading) -> bool:
    """Fast before, slow now; round trips within one data centre take well under ten milliseconds."""
    return one.past is not None and one.now >= max(0.01, 5 * one.past)


def _never_idle(one: Reading) -> bool:
    """Hardly any idle time of all its cores together, where there was some before."""
    mine = one.series.labels
    cores = [
        rate_of(other)
        for other in one.picture.series_named("node_cpu_seconds_total")
        if other.labels.get("mode") == "idle" and other.labels.get("instance") == mine.get("instance")
    ]
    busy = bool(cores) and sum(cores) / len(cores) <= 1.0 - _SATURATED
    return busy and one.past is not None and one.past > 2 * one.now


def _nearly_full(one: Reading) -> bool:
    """Hardly anything left of a file system, whose size is a series of its own."""
    mine = one.series.labels
    for other in one.picture.series_named("node_filesystem_size_bytes"):
        if all(
            other.labels.get(key) == mine.get(key) for key in ("instance", "node", "mountpoint", "device")
        ):
            return bool(other.last) and one.now <= NEARLY_FULL * (other.last or 0.0)
    return False


def _erring(one: Reading) -> bool:
    """Failures are a good part of all answers, and were not before."""
    return one.past is not None and one.now >= max(1.0, 10 * one.past)


_TABLE = (
    measure("kubelet_unavailable", "up", "does not answer Prometheus: its kubelet is down", _alone, node, where={"job": r"^kubelet$"}, weight=DECISIVE, beside="up"),
    measure("node_network_unavailable", "up", "answers nobody: neither its kubelet nor what runs beside it", _cut_off, node, where={"job": r"^kubelet$"},
            weight=DECISIVE + SLIGHT, by_alert=False),
    _up("kube_proxy_unavailable", r"kube-?proxy", "does not answer Prometheus: its kube-proxy is down", node),
    _up("kube_scheduler_unavailable", r"kube-?scheduler|^scheduler$", "has no scheduler that answers Prometheus", control_plane),
    _up("kube_controller_manager_unavailable", r"controller-?manager", "has no controller manager that answers Prometheus", control_plane),
    _up("kube_apiserver_unavailable", r"apiserver", "has no API server that answers Prometheus", cluster),
    _up("coredns_unavailable", r"^(?:kube-?dns|coredns)$", "has no DNS server that answers Prometheus", cluster),
    _up("etcd_unhealthy", r"^(?:kube-)?etcd$", "has an etcd member that does not answer Prometheus", cluster),
    measure("node_not_ready", _CONDITION, "is not ready", zero, node, where={"condition": "^Ready$", **_IS_TRUE}, weight=DECISIVE),
    _condition("node_memory_pressure", "MemoryPressure"),
    _condition("node_disk_pressure", "DiskPressure"),
    measure("node_disk_pressure", r"node_filesystem_(?:avail|free)_bytes", "has a disk that is full, or soon will be", _nearly_full, node,
            where={"fstype": r"^(?!tmpfs|ramfs|squashfs|iso9660|overlay)"}, weight=FAIR),
    _condition("node_pid_pressure", "PIDPressure"),
    _condition("node_network_unavailable", "NetworkUnavailable"),
    measure("node_cpu_saturation", r"node_load1?5?", "has far more to run than it has cores", _overloaded, node),
    measure("node_cpu_saturation", r"(?:instance:)?node_cpu_utili[sz]ation(?::\w+)?", "has no CPU time left", lambda one: _SATURATED <= one.now <= 1.0, node),
    measure("node_cpu_saturation", r"node_cpu_seconds_total", "has no CPU time left", _never_idle, node, where={"mode": "idle|^$"}, counted=True),
    measure("disk_io_saturation", r"node_disk_io_time_(?:weighted_)?seconds_total", "has a disk that is busy all the time", above(0.9), node, counted=True),
    measure("node_clock_skew", r"node_timex_offset_seconds", "has a clock that is off", lambda one: abs(one.now) >= 0.5, node),
    measure("node_network_delay", r"(?:ping|icmp|probe_icmp|goldpinger_peers?)_?\w*(?:rtt|duration|response_time)\w*seconds\w*", "is slow to reach", _far_apart, node),
    measure("node_network_packet_loss", r"node_network_(?:receive|transmit)_(?:errs|drop)_total|node_netstat_Tcp_RetransSegs", "loses traffic",
            rises(50.0, 10.0), node, counted=True, weight=STRONG),
    measure("pod_cidr_exhausted", r"cilium_ipam_available|awscni_ip_available|calico_ipam_free\w*", "has no pod addresses left", zero, node),
    measure("certificate_expired", r"kubelet_certificate_manager_(?:client|server)_ttl_seconds", "has a certificate that has run out", below(EXPIRED), cluster),
    measure("etcd_unhealthy", r"etcd_server_has_leader", "has an etcd member without a leader", zero, cluster, weight=DECISIVE),
    measure("etcd_unhealthy", r"etcd_server_leader_changes_seen_total", "has an etcd that changes its leader again and again", rises(0.01), cluster, counted=True),
    measure("etcd_unhealthy", r"etcd_disk_(?:wal_fsync|backend_commit)_duration_seconds\w*", "has an etcd whose disk is too slow for it", above(1.0), cluster, weight=STRONG),
    measure("etcd_unhealthy", r"etcd_server_proposals_failed_total", "has an etcd that cannot agree", rises(0.1), cluster, counted=True),
    measure("coredns_unavailable", r"coredns_dns_responses?_(?:rcode_count_)?total", "has a DNS that fails its clients", _erring, cluster, where={"rcode": "^SERVFAIL$"}, counted=True),
    measure("api_server_throttling", r"apiserver_flowcontrol_rejected_requests_total|apiserver_request_terminations_total|apiserver_dropped_requests_total",
            "has an API server that turns clients away", rises(0.5), cluster, counted=True),
    measure("admission_webhook_unavailable", r"apiserver_admission_webhook_(?:rejection_count|fail_open_count)", "has a webhook that does not answer",
            rises(0.05), cluster, where={"error_type": "calling_webhook_error|no_error|^$"}, counted=True),
    measure("storage_provisioner_unavailable", r"csi_sidecar_operations_seconds_count", "has a storage provisioner that fails to make volumes", rises(0.05), cluster,
            where={"method_name": "CreateVolume|^$", "grpc_status_code": "DeadlineExceeded|Unavailable|Internal|Unknown"}, counted=True),
)  # fmt: skip
ENTRIES = ()
ALSO = found_by(_TABLE)
