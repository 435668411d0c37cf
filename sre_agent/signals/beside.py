"""What stands beside a signal: conventional metrics of pods, nodes, claims, probes and scraped targets, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Companion:
    """One query. `{}` is where matchers on the labels `by` go; `metric` is what it reads."""

    metric: str
    by: tuple[str, ...]
    promql: str = ""
    kinds: frozenset[str] = frozenset()
    """The kinds of object it speaks of; empty: any."""
    families: tuple[str, ...] = ()
    """First words of the rule's metrics that it belongs with; empty: any."""

    def fits(self, kind: str, known: frozenset[str]) -> bool:
        if self.kinds and kind not in self.kinds:
            return False
        return not self.families or any(metric.startswith(self.families) for metric in known)


_WORKLOADS: Final = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Workload"}
)
_NODE: Final = frozenset({"Node"})
_MACHINES: Final = frozenset({"Node", "Host", ""})
_POD: Final = ("namespace", "pod")


def _of_pods(metric: str, written: str = "{metric}") -> Companion:
    return Companion(metric, _POD, written.replace("{metric}", metric + "{}"), _WORKLOADS)


def _of_machines(metric: str, written: str = "{metric}") -> Companion:
    promql = written.replace("{metric}", metric + "{}")
    return Companion(metric, ("instance",), promql, _MACHINES, ("node_", "instance:node"))


BESIDE: Final[tuple[Companion, ...]] = (
    _of_pods("kube_pod_container_status_restarts_total", "increase({metric}[1h])"),
    _of_pods("kube_pod_container_status_waiting_reason"),
    _of_pods("container_memory_working_set_bytes"),
    _of_pods("container_cpu_usage_seconds_total", "sum by (pod, container) (rate({metric}[5m]))"),
    Companion(
        "kube_deployment_status_replicas_unavailable",
        ("namespace", "deployment"),
        "kube_deployment_status_replicas_unavailable{}",
    ),
    Companion(
        "kube_statefulset_status_replicas_ready",
        ("namespace", "statefulset"),
        "kube_statefulset_status_replicas_ready{}",
    ),
    Companion(
        "kube_daemonset_status_number_unavailable",
        ("namespace", "daemonset"),
        "kube_daemonset_status_number_unavailable{}",
    ),
    Companion(
        "kubelet_volume_stats_available_bytes",
        ("namespace", "persistentvolumeclaim"),
        "kubelet_volume_stats_available_bytes{}",
    ),
    Companion(
        "kubelet_volume_stats_inodes_free",
        ("namespace", "persistentvolumeclaim"),
        "kubelet_volume_stats_inodes_free{}",
    ),
    Companion(
        "kube_persistentvolumeclaim_status_phase",
        ("namespace", "persistentvolumeclaim"),
        "kube_persistentvolumeclaim_status_phase{}",
    ),
    Companion(
        "http_requests_total",
        ("namespace", "service"),
        "sum by (service, code) (rate(http_requests_total{}[5m]))",
        frozenset({"Service"}),
        ("http", "grpc", "istio", "request", "nginx", "traefik", "envoy"),
    ),
    Companion("kube_node_status_condition", ("node",), "kube_node_status_condition{}", _NODE),
    Companion("kube_pod_info", ("node",), "count by (namespace) (kube_pod_info{})", _NODE),
    _of_machines("node_load1"),
    _of_machines("node_memory_MemAvailable_bytes"),
    _of_machines("node_filesystem_avail_bytes"),
    _of_machines("node_network_receive_errs_total", "rate({metric}[5m])"),
    Companion("probe_http_status_code", ("instance",), "probe_http_status_code{}", families=("probe_",)),
    Companion("probe_duration_seconds", ("instance",), "probe_duration_seconds{}", families=("probe_",)),
    Companion("probe_success", ("instance",), "probe_success{}", families=("probe_",)),
    Companion("up", ("job", "instance"), "up{}"),
    Companion("up", ("instance",), "up{}"),
    Companion("up", ("job",), "up{}"),
    Companion("process_resident_memory_bytes", ("job", "instance"), "process_resident_memory_bytes{}"),
    Companion("process_start_time_seconds", ("job", "instance"), "process_start_time_seconds{}"),
    Companion("kube_pod_status_phase", ("namespace",), "sum by (phase) (kube_pod_status_phase{})"),
    Companion("ALERTS", ("namespace",), "ALERTS{}"),
    Companion("ALERTS", (), "ALERTS{}"),
    Companion("up", (), "count by (job) (up{} == 0)"),
)
