"""PromQL for what specialists ask: whole namespaces at once, by the conventional metric names."""

from __future__ import annotations


def golden_signals(namespace: str, rate: str) -> dict[str, str]:
    """RED signals of every service of a namespace (https://prometheus.io/docs/practices/instrumentation/)."""
    where = f'namespace="{quoted(namespace)}"'
    total = f"sum by (service) (rate(http_requests_total{{{where}}}[{rate}]))"
    failed = f'sum by (service) (rate(http_requests_total{{{where},code=~"5.."}}[{rate}]))'
    buckets = f"sum by (service, le) (rate(http_request_duration_seconds_bucket{{{where}}}[{rate}]))"
    return {
        "traffic": total,
        "errors": f"({failed} or 0 * {total}) / {total}",
        "latency": f"histogram_quantile(0.95, {buckets})",
        "workers": f"sum by (service) (http_server_active_requests{{{where}}})"
        f" / sum by (service) (http_server_workers{{{where}}})",
    }


def resources(namespace: str, rate: str) -> dict[str, str]:
    """cAdvisor's view of containers against their limits."""
    where = f'namespace="{quoted(namespace)}",container!="",container!="POD"'
    periods = "container_cpu_cfs_{}periods_total"
    throttled = f"sum by (pod, container) (rate({periods.format('throttled_')}{{{where}}}[{rate}]))"
    every = f"sum by (pod, container) (rate({periods.format('')}{{{where}}}[{rate}]))"
    memory = f"max by (pod, container) (container_memory_working_set_bytes{{{where}}})"
    limit = f"max by (pod, container) (container_spec_memory_limit_bytes{{{where}}} > 0)"
    return {
        "throttling": f"{throttled} / ({every} > 0)",
        "memory_share": f"{memory} / {limit}",
        "cpu": f"sum by (pod, container) (rate(container_cpu_usage_seconds_total{{{where}}}[{rate}]))",
    }


def stores(namespace: str) -> dict[str, str]:
    """Connections in use and allowed, as postgres_exporter and mysqld_exporter name them."""
    where = f'namespace="{quoted(namespace)}"'
    names = (
        "pg_stat_activity_count",
        "pg_settings_max_connections",
        "mysql_global_status_threads_connected",
        "mysql_global_variables_max_connections",
    )
    return {name: f"{name}{{{where}}}" for name in names}


def front_doors() -> dict[str, str]:
    """blackbox_exporter's probes; they know hosts, not namespaces."""
    names = ("probe_success", "probe_ssl_earliest_cert_expiry")
    return {name: name for name in names}


def node_services() -> dict[str, str]:
    """State of the services that run on the nodes themselves (node_exporter's systemd collector)."""
    units = (
        "kubelet|containerd|docker|crio|kube-proxy|kube-scheduler|kube-controller-manager|kube-apiserver|etcd"
    )
    return {"node_systemd_unit_state": f'node_systemd_unit_state{{name=~"({units})(\\\\.service)?"}} == 1'}


def quoted(text: str) -> str:
    """A label's value inside double quotes of PromQL."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
