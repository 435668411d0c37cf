"""Faults of which only series tell, as the usual exporters name them; imports no rule.

Names: kube-state-metrics, cAdvisor, node_exporter, kubelet, etcd, API server, CoreDNS, postgres_exporter, mysqld_exporter,
mongodb_exporter, redis_exporter, kafka_exporter, RabbitMQ's own, ingress-nginx, Envoy, Istio, Linkerd, JVM (Micrometer), Go client.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.synthetic.fleet.seen import Make, Seen, both
from tests.synthetic.fleet.town import Town

KSM = {"job": "kube-state-metrics", "instance": "10.9.0.7:8080", "namespace": "market"}
CADVISOR = {"job": "kubelet", "metrics_path": "/metrics/cadvisor", "namespace": "market", "container": "main"}


def gauge(name: str, value: float, before: float | None = None, /, **labels: str) -> Make:
    def make(town: Town) -> None:
        town.level(name, labels, value, before)

    return make


def counter(name: str, rate: float, before: float = 0.0, /, **labels: str) -> Make:
    def make(town: Town) -> None:
        town.counter(name, labels, rate, before)

    return make


def of_pods(name: str, workload: str, value: float, before: float | None = None, /, **labels: str) -> Make:
    """A gauge of each pod of a workload, as cAdvisor and kube-state-metrics label it."""

    def make(town: Town) -> None:
        for worn in pod_labels(town, workload):
            town.level(name, {**worn, **labels}, value, before)

    return make


def counted_pods(name: str, workload: str, rate: float, before: float = 0.0, /, **labels: str) -> Make:
    def make(town: Town) -> None:
        for worn in pod_labels(town, workload):
            town.counter(name, {**worn, **labels}, rate, before)

    return make


def pod_labels(town: Town, workload: str) -> Iterator[dict[str, str]]:
    for pod in town.pods_of(workload):
        yield {"namespace": "market", "pod": pod["metadata"]["name"], "container": "main"}


def nodes(name: str, ill: float, well: float, **labels: str) -> Make:
    """A gauge of every node, of which worker-c stands out."""

    def make(town: Town) -> None:
        for worn, is_ill in node_labels(town):
            town.level(name, {**worn, **labels}, ill if is_ill else well, well)

    return make


def node_counters(name: str, ill: float, well: float, **labels: str) -> Make:
    def make(town: Town) -> None:
        for worn, is_ill in node_labels(town):
            town.counter(name, {**worn, **labels}, ill if is_ill else well, well)

    return make


def node_labels(town: Town) -> Iterator[tuple[dict[str, str], bool]]:
    """As node_exporter labels each node, and whether it is the one that stands out."""
    for node in town.lists["nodes"]:
        own = node["metadata"]["name"]
        yield {"node": own, "job": "node-exporter", "instance": f"{own}:9100"}, own == "worker-c"


def node_condition(kind: str) -> Make:
    def make(town: Town) -> None:
        for node in town.lists["nodes"]:
            own = node["metadata"]["name"]
            for status in ("true", "false", "unknown"):
                is_so = status == ("true" if own == "worker-c" else "false")
                town.level(
                    "kube_node_status_condition",
                    {**KSM, "node": own, "condition": kind, "status": status},
                    float(is_so),
                )
        town.absent.add("nodes")

    return make


def seen(cause: str, entity: str, make: Make, form: str = "metrics") -> Seen:
    return Seen(cause, entity, form, make)


SEEN = (
    seen("etcd_unhealthy", "", gauge("etcd_server_has_leader", 0, 1, job="etcd", instance="10.0.0.11:2379")),
    seen("etcd_unhealthy", "", counter("etcd_server_leader_changes_seen_total", 0.05, job="etcd", instance="10.0.0.11:2379"), "leader-changes"),
    seen("kube_apiserver_unavailable", "", gauge("up", 0, 1, job="apiserver", instance="10.0.0.11:6443")),
    seen("kube_controller_manager_unavailable", "", gauge("up", 0, 1, job="kube-controller-manager", instance="10.0.0.11:10257")),
    seen("kubelet_unavailable", "worker-c", gauge("up", 0, 1, job="kubelet", node="worker-c", instance="10.0.0.33:10250", metrics_path="/metrics")),
    seen("api_server_throttling", "", counter("apiserver_flowcontrol_rejected_requests_total", 12, job="apiserver", priority_level="workload-low", reason="queue-full")),
    seen("coredns_unavailable", "", both(
        counter("coredns_dns_responses_total", 40, 0.1, job="kube-dns", rcode="SERVFAIL", instance="10.3.0.4:9153"),
        counter("coredns_dns_responses_total", 5, 60, job="kube-dns", rcode="NOERROR", instance="10.3.0.4:9153"))),
    seen("coredns_unavailable", "", gauge("up", 0, 1, job="kube-dns", instance="10.3.0.4:9153"), "metrics-up"),
    seen("node_not_ready", "worker-c", gauge("kube_node_status_condition", 0, 1, node="worker-c", condition="Ready", status="true", job="kube-state-metrics")),
    seen("node_memory_pressure", "worker-c", node_condition("MemoryPressure")),
    seen("node_disk_pressure", "worker-c", node_condition("DiskPressure")),
    seen("node_pid_pressure", "worker-c", node_condition("PIDPressure")),
    seen("node_network_unavailable", "worker-c", node_condition("NetworkUnavailable")),
    seen("node_cpu_saturation", "worker-c", nodes("node_load1", 61, 1.2)),
    seen("node_cpu_saturation", "worker-c", nodes("instance:node_cpu_utilisation:rate5m", 0.995, 0.31), "recording-rule"),
    seen("node_network_packet_loss", "worker-c", node_counters("node_netstat_Tcp_RetransSegs", 310, 2)),
    seen("node_network_packet_loss", "worker-c", node_counters("node_network_receive_errs_total", 90, 0, device="eth0"), "rx-errors"),
    seen("node_network_delay", "worker-c", nodes("ping_rtt_mean_seconds", 0.21, 0.0004)),
    seen("node_clock_skew", "worker-c", nodes("node_timex_offset_seconds", 4.2, 0.00002)),
    seen("disk_io_saturation", "worker-c", node_counters("node_disk_io_time_seconds_total", 0.998, 0.04, device="nvme0n1")),
    seen("volume_full", "pg-ledger", both(
        gauge("kubelet_volume_stats_available_bytes", 1.1e6, namespace="market", persistentvolumeclaim="data-pg-ledger-0", node="worker-b"),
        gauge("kubelet_volume_stats_capacity_bytes", 2.1e10, namespace="market", persistentvolumeclaim="data-pg-ledger-0", node="worker-b"))),
    seen("certificate_expired", "", gauge("kubelet_certificate_manager_client_ttl_seconds", -3600, node="worker-c", job="kubelet")),
    seen("admission_webhook_unavailable", "", both(
        counter("apiserver_admission_webhook_rejection_count", 3, job="apiserver", name="policy.guard.example", error_type="calling_webhook_error", rejection_code="0"),)),
    seen("namespace_cpu_quota_exceeded", "market", both(
        gauge("kube_resourcequota", 20, **KSM, resourcequota="fair", resource="requests.cpu", type="hard"),
        gauge("kube_resourcequota", 20, **KSM, resourcequota="fair", resource="requests.cpu", type="used"),
        gauge("kube_deployment_spec_replicas", 4, 2, **KSM, deployment="pricing"),
        gauge("kube_deployment_status_replicas_available", 2, **KSM, deployment="pricing"))),
    seen("oom_killed", "pricing", both(
        of_pods("kube_pod_container_status_last_terminated_reason", "pricing", 1, 0, reason="OOMKilled"),
        counted_pods("kube_pod_container_status_restarts_total", "pricing", 0.02))),
    seen("oom_killed", "pricing", counted_pods("container_oom_events_total", "pricing", 0.02), "cadvisor"),
    seen("memory_leak", "search", lambda town: _growing(town, "search", "container_memory_working_set_bytes", 2e8, 5e8)),
    seen("file_descriptor_exhaustion", "search", both(
        of_pods("process_open_fds", "search", 1023, 140, job="search"), of_pods("process_max_fds", "search", 1024, job="search"))),
    seen("thread_pool_exhaustion", "billing", both(
        of_pods("tomcat_threads_busy_threads", "billing", 200, 12), of_pods("tomcat_threads_config_max_threads", "billing", 200))),
    seen("thread_pool_exhaustion", "billing", both(
        of_pods("executor_active_threads", "billing", 50, 4, name="http"), of_pods("executor_pool_max_threads", "billing", 50, name="http"),
        of_pods("executor_queued_tasks", "billing", 900, 0, name="http")), "executor"),
    seen("garbage_collection_pressure", "billing", counted_pods("jvm_gc_pause_seconds_sum", "billing", 0.62, 0.01)),
    seen("cpu_throttling", "pricing", both(
        counted_pods("container_cpu_cfs_throttled_periods_total", "pricing", 9.1, 0.1), counted_pods("container_cpu_cfs_periods_total", "pricing", 10, 10))),
    seen("pod_cpu_overload", "recommend", both(
        counted_pods("container_cpu_usage_seconds_total", "recommend", 0.99, 0.12), of_pods("kube_pod_container_resource_limits", "recommend", 1, resource="cpu"))),
    seen("hpa_at_maximum", "search", both(
        gauge("kube_horizontalpodautoscaler_status_desired_replicas", 10, 3, **KSM, horizontalpodautoscaler="search"),
        gauge("kube_horizontalpodautoscaler_spec_max_replicas", 10, **KSM, horizontalpodautoscaler="search"),
        gauge("kube_horizontalpodautoscaler_status_condition", 1, 0, **KSM, horizontalpodautoscaler="search", condition="ScalingLimited", status="true"))),
    seen("hpa_metrics_unavailable", "search", gauge("kube_horizontalpodautoscaler_status_condition", 1, 0, **KSM, horizontalpodautoscaler="search", condition="ScalingActive", status="false")),
    seen("deployment_zero_replicas", "stock", both(
        gauge("kube_deployment_spec_replicas", 0, 2, **KSM, deployment="stock"), lambda town: town.absent.update(("deployments", "replicasets", "pods", "endpoints")))),
    seen("job_backoff_exceeded", "closing", gauge("kube_job_status_failed", 1, 0, **KSM, job_name="closing", reason="BackoffLimitExceeded")),
    seen("job_deadline_exceeded", "closing", gauge("kube_job_status_failed", 1, 0, **KSM, job_name="closing", reason="DeadlineExceeded")),
    seen("cronjob_suspended", "settle", gauge("kube_cronjob_spec_suspend", 1, 0, **KSM, cronjob="settle")),
    seen("pdb_blocks_eviction", "stock", both(
        gauge("kube_poddisruptionbudget_status_pod_disruptions_allowed", 0, 1, **KSM, poddisruptionbudget="stock"),
        counter("apiserver_request_total", 2, job="apiserver", resource="pods", subresource="eviction", code="429", verb="POST"))),
    seen("db_connection_exhaustion", "pg-ledger", both(
        gauge("pg_stat_activity_count", 97, 20, namespace="market", service="pg-ledger", datname="shop", state="idle"),
        gauge("pg_settings_max_connections", 100, namespace="market", service="pg-ledger"))),
    seen("db_connection_exhaustion", "maria-core", both(
        gauge("mysql_global_status_threads_connected", 151, 30, namespace="market", instance="maria-core:9104"),
        gauge("mysql_global_variables_max_connections", 151, namespace="market", instance="maria-core:9104")), "mysql"),
    seen("db_connection_exhaustion", "mongo-docs", both(
        gauge("mongodb_ss_connections", 1, 700, namespace="market", service="mongo-docs", conn_type="available"),
        gauge("mongodb_ss_connections", 819, 119, namespace="market", service="mongo-docs", conn_type="current")), "mongo"),
    seen("db_read_only", "maria-core", gauge("mysql_global_variables_read_only", 1, 0, namespace="market", instance="maria-core:9104")),
    seen("db_read_only", "pg-ledger", gauge("pg_replication_is_replica", 1, 0, namespace="market", service="pg-ledger"), "pg"),
    seen("db_unreachable", "pg-ledger", gauge("pg_up", 0, 1, namespace="market", service="pg-ledger")),
    seen("db_unreachable", "maria-core", gauge("mysql_up", 0, 1, namespace="market", instance="maria-core:9104"), "mysql"),
    seen("db_unreachable", "mongo-docs", gauge("mongodb_up", 0, 1, namespace="market", service="mongo-docs"), "mongo"),
    seen("db_slow_query", "maria-core", counter("mysql_global_status_slow_queries", 4, 0, namespace="market", instance="maria-core:9104")),
    seen("db_slow_query", "pg-ledger", gauge("pg_stat_activity_max_tx_duration", 840, 0.2, namespace="market", service="pg-ledger", state="active"), "pg"),
    seen("db_lock_contention", "maria-core", counter("mysql_global_status_innodb_row_lock_waits", 30, 0.1, namespace="market", instance="maria-core:9104")),
    seen("db_lock_contention", "pg-ledger", counter("pg_stat_database_deadlocks", 0.5, 0, namespace="market", service="pg-ledger", datname="shop"), "pg"),
    seen("db_replication_lag", "maria-core", gauge("mysql_slave_status_seconds_behind_master", 900, 0, namespace="market", instance="maria-core:9104")),
    seen("db_replication_lag", "pg-ledger", gauge("pg_replication_lag_seconds", 600, 0.1, namespace="market", service="pg-ledger"), "pg"),
    seen("connection_pool_exhaustion", "billing", both(
        of_pods("hikaricp_connections_pending", "billing", 42, 0, pool="HikariPool-1"), of_pods("hikaricp_connections_active", "billing", 10, 2, pool="HikariPool-1"),
        of_pods("hikaricp_connections_max", "billing", 10, pool="HikariPool-1"))),
    seen("connection_pool_exhaustion", "stock", both(
        of_pods("go_sql_in_use_connections", "stock", 20, 3), of_pods("go_sql_max_open_connections", "stock", 20), counted_pods("go_sql_wait_count_total", "stock", 55)), "go"),
    seen("cache_unavailable", "redis-sessions", gauge("redis_up", 0, 1, namespace="market", instance="redis-sessions:9121")),
    seen("cache_eviction_pressure", "redis-prices", both(
        counter("redis_evicted_keys_total", 800, 0, namespace="market", instance="redis-prices:9121"),
        gauge("redis_memory_used_bytes", 1.0e9, 4e8, namespace="market", instance="redis-prices:9121"),
        gauge("redis_memory_max_bytes", 1.0e9, namespace="market", instance="redis-prices:9121"))),
    seen("message_broker_unavailable", "kafka-bus", gauge("kafka_brokers", 0, 1, namespace="market", service="kafka-bus")),
    seen("message_broker_unavailable", "rabbit-tasks", gauge("rabbitmq_up", 0, 1, namespace="market", service="rabbit-tasks"), "rabbit"),
    seen("message_queue_backlog", "rabbit-tasks", lambda town: _growing(town, "", "rabbitmq_queue_messages_ready", 20, 90000, namespace="market", service="rabbit-tasks", queue="mails")),
    seen("consumer_lag", "", lambda town: _growing(town, "", "kafka_consumergroup_lag", 10, 400000, namespace="market", service="kafka-bus", consumergroup="audit", topic="orders")),
    seen("rate_limited", "", counter("istio_requests_total", 30, 0, namespace="market", destination_workload="pricing", reporter="destination", response_code="429", response_flags="RL")),
    seen("circuit_breaker_open", "orders", of_pods("resilience4j_circuitbreaker_state", "orders", 1, 0, name="billing", state="open")),
    seen("tls_certificate_invalid", "", gauge("nginx_ingress_controller_ssl_expire_time_seconds", 1.7e9, namespace="market", host="shop.example", secret_name="shop-tls")),
    seen("tls_certificate_invalid", "", gauge("certmanager_certificate_ready_status", 1, 0, namespace="market", name="shop-tls", condition="False"), "cert-manager"),
    seen("rollout_stuck", "returns", both(
        gauge("kube_deployment_status_condition", 1, 0, **KSM, deployment="returns", condition="Progressing", status="false"),
        gauge("kube_deployment_spec_replicas", 2, **KSM, deployment="returns"))),
    seen("namespace_terminating_stuck", "old-space", gauge("kube_namespace_status_phase", 1, 0, job="kube-state-metrics", namespace="old-space", phase="Terminating")),
    seen("traffic_surge", "", lambda town: _surge(town)),
    seen("retry_storm", "", both(
        counter("envoy_cluster_upstream_rq_retry", 400, 1, namespace="market", pod="orders-r1-0", envoy_cluster_name="billing"),
        counter("envoy_cluster_upstream_rq_total", 600, 60, namespace="market", pod="orders-r1-0", envoy_cluster_name="billing"))),
    seen("incorrect_image_reference", "media", of_pods("kube_pod_container_status_waiting_reason", "media", 1, 0, reason="InvalidImageName")),
    seen("container_config_invalid", "media", of_pods("kube_pod_container_status_waiting_reason", "media", 1, 0, reason="CreateContainerConfigError")),
    seen("pod_evicted", "media", both(*(gauge("kube_pod_status_reason", 1, 0, **KSM, pod=f"media-r1-{number}", reason="Evicted") for number in (7, 8)))),
    seen("pod_cidr_exhausted", "worker-c", gauge("cilium_ipam_available", 0, 60, node="worker-c", job="cilium-agent")),
    seen("storage_provisioner_unavailable", "", counter("csi_sidecar_operations_seconds_count", 0.3, 0, job="ebs-csi-controller", method_name="/csi.v1.Controller/CreateVolume", grpc_status_code="DeadlineExceeded")),
)  # fmt: skip


def _growing(town: Town, workload: str, name: str, start: float, end: float, **labels: str) -> None:
    """A gauge that climbs steadily all the time, unlike a step."""
    for place in (
        [
            {"namespace": "market", "pod": one["metadata"]["name"], "container": "main"}
            for one in town.pods_of(workload)
        ]
        if workload
        else [dict(labels)]
    ):
        town.series(name, place, start, start)
        values = town.answers[-1].answer["series"][0]["values"]
        for number, pair in enumerate(values):
            pair[1] = str(round(start + (end - start) * number / len(values)))


def _surge(town: Town) -> None:
    for name in ("edge-gateway", "catalog", "pricing"):
        town.counter("http_requests_total", {"namespace": "market", "service": name, "code": "200"}, 900, 60)
        town.level("http_request_duration_seconds_p95", {"namespace": "market", "service": name}, 2.1, 0.08)
