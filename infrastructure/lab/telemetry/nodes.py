"""What is measured on the nodes: containers as cAdvisor tells them, the machine as node-exporter does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infrastructure.lab.kube.objects.quantity import parse
from infrastructure.lab.telemetry.exposition import Exposition

UNITS = ("kubelet.service", "containerd.service", "kube-proxy.service", "systemd-journald.service")
UNIT_STATES = ("active", "activating", "deactivating", "failed", "inactive")
_PERIOD_SECONDS = 0.1
_GIB = 1024**3


@dataclass(frozen=True)
class ContainerRow:
    """One running container, as a node sees it."""

    namespace: str
    pod: str
    container: str
    image: str
    cpu_seconds: float
    periods: int
    throttled: int
    memory_bytes: int
    memory_limit_bytes: int | None
    cpu_limit_millicores: int | None
    started_at: float


def cadvisor_page(rows: Iterable[ContainerRow]) -> str:
    """What a kubelet serves at /metrics/cadvisor."""
    page = Exposition()
    for row in rows:
        at = {"namespace": row.namespace, "pod": row.pod, "container": row.container, "image": row.image}
        page.add("container_cpu_usage_seconds_total", row.cpu_seconds, at)
        if row.cpu_limit_millicores:
            throttled = row.throttled * _PERIOD_SECONDS
            page.add("container_cpu_cfs_periods_total", row.periods, at)
            page.add("container_cpu_cfs_throttled_periods_total", row.throttled, at)
            page.add("container_cpu_cfs_throttled_seconds_total", throttled, at)
            page.add("container_spec_cpu_quota", row.cpu_limit_millicores * 100, at)
            page.add("container_spec_cpu_period", 100_000, at)
        page.add("container_memory_working_set_bytes", row.memory_bytes, at)
        page.add("container_memory_usage_bytes", row.memory_bytes * 1.08, at)
        page.add("container_memory_rss", row.memory_bytes * 0.93, at)
        page.add("container_spec_memory_limit_bytes", row.memory_limit_bytes or 0, at)
        page.add("container_start_time_seconds", row.started_at, at)
    return page.text()


@dataclass(frozen=True)
class Machine:
    """One node as its own exporter sees it."""

    node: Mapping[str, Any]
    cpu_seconds: float
    memory_bytes: int
    kubelet_runs: bool
    booted_at: float
    now: float


def node_page(machine: Machine) -> str:
    """What node-exporter serves, its systemd collector on."""
    page = Exposition()
    capacity = machine.node.get("status", {}).get("capacity") or {}
    cores, memory = float(parse(capacity.get("cpu", "4"))), float(parse(capacity.get("memory", "16Gi")))
    up = machine.now - machine.booted_at
    busy = machine.cpu_seconds + 0.04 * up
    page.add("node_cpu_seconds_total", busy * 0.8, {"cpu": "0", "mode": "user"})
    page.add("node_cpu_seconds_total", busy * 0.2, {"cpu": "0", "mode": "system"})
    page.add("node_cpu_seconds_total", max(0.0, cores * up - busy), {"cpu": "0", "mode": "idle"})
    page.add("node_load1", 0.2 + busy / max(up, 1.0))
    page.add("node_memory_MemTotal_bytes", memory)
    page.add("node_memory_MemAvailable_bytes", max(0.0, memory - machine.memory_bytes - 1.2 * _GIB))
    disk = {"device": "/dev/sda1", "mountpoint": "/", "fstype": "ext4"}
    page.add("node_filesystem_size_bytes", 80 * _GIB, disk)
    page.add("node_filesystem_avail_bytes", 52 * _GIB, disk)
    page.add("node_boot_time_seconds", machine.booted_at)
    page.add("node_time_seconds", machine.now)
    page.add("node_timex_offset_seconds", 0.0003)
    for unit in UNITS:
        state = "active" if unit != "kubelet.service" or machine.kubelet_runs else "failed"
        for one in UNIT_STATES:
            labels = {"name": unit, "state": one, "type": "simple"}
            page.add("node_systemd_unit_state", float(one == state), labels)
    return page.text()
