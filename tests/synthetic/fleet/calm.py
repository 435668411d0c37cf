"""The larger application, well, with what exporters of a system that has run for years report all the time; imports no rule."""

from __future__ import annotations

from collections.abc import Callable

from tests.synthetic.fleet.by_metrics import (
    KSM,
    Make,
    both,
    counted_pods,
    counter,
    gauge,
    node_counters,
    nodes,
    of_pods,
)
from tests.synthetic.fleet.town import Town, town

STATES: tuple[tuple[str, Make], ...] = (
    ("jobs that failed days ago", gauge("kube_job_status_failed", 1, **KSM, job_name="import-2871", reason="BackoffLimitExceeded")),
    ("pods evicted last week", gauge("kube_pod_status_reason", 1, **KSM, pod="media-5f6d7c8b9-ev0", reason="Evicted")),
    ("a schedule that is suspended on purpose", gauge("kube_cronjob_spec_suspend", 1, **KSM, cronjob="yearly")),
    ("kills long past", of_pods("kube_pod_container_status_last_terminated_reason", "geo", 1, reason="OOMKilled")),
    ("a replica that is one", gauge("pg_replication_is_replica", 1, namespace="market", service="pg-ledger")),
    ("a cache that always evicts", counter("redis_evicted_keys_total", 40, 40, namespace="market", instance="redis-prices:9121")),
    ("a cache as full as it may be", both(
        gauge("redis_memory_used_bytes", 9.0e8, namespace="market", instance="redis-prices:9121"), gauge("redis_memory_max_bytes", 1.0e9, namespace="market", instance="redis-prices:9121"))),
    ("consumers with a usual lag", gauge("kafka_consumergroup_lag", 5200, 5100, namespace="market", service="kafka-bus", consumergroup="audit")),
    ("a queue that is never empty", gauge("rabbitmq_queue_messages_ready", 3000, 2900, namespace="market", service="rabbit-tasks", queue="mails")),
    ("an autoscaler at work", both(
        gauge("kube_horizontalpodautoscaler_status_desired_replicas", 4, 3, **KSM, horizontalpodautoscaler="search"),
        gauge("kube_horizontalpodautoscaler_spec_max_replicas", 10, **KSM, horizontalpodautoscaler="search"),
        gauge("kube_horizontalpodautoscaler_status_condition", 1, **KSM, horizontalpodautoscaler="search", condition="ScalingActive", status="true"))),
    ("throttling now and then", both(
        counted_pods("container_cpu_cfs_throttled_periods_total", "pricing", 0.4, 0.4), counted_pods("container_cpu_cfs_periods_total", "pricing", 10, 10))),
    ("retransmissions as always", node_counters("node_netstat_Tcp_RetransSegs", 3, 2)),
    ("busy nodes", nodes("node_load1", 3.1, 2.9)),
    ("disks at work", node_counters("node_disk_io_time_seconds_total", 0.4, 0.3, device="nvme0n1")),
    ("exact clocks", nodes("node_timex_offset_seconds", 0.003, 0.001)),
    ("connections as always", both(
        gauge("pg_stat_activity_count", 61, 58, namespace="market", service="pg-ledger"), gauge("pg_settings_max_connections", 100, namespace="market", service="pg-ledger"),
        gauge("mysql_global_status_threads_connected", 90, 88, namespace="market", instance="maria-core:9104"),
        gauge("mysql_global_variables_max_connections", 151, namespace="market", instance="maria-core:9104"))),
    ("some slow queries", counter("mysql_global_status_slow_queries", 0.1, 0.1, namespace="market", instance="maria-core:9104")),
    ("a leader of etcd", both(gauge("etcd_server_has_leader", 1, job="etcd", instance="10.0.0.11:2379"), counter("etcd_server_leader_changes_seen_total", 0, 0, job="etcd", instance="10.0.0.11:2379"))),
    ("garbage collected", counted_pods("jvm_gc_pause_seconds_sum", "billing", 0.02, 0.02)),
    ("pools with room", both(of_pods("hikaricp_connections_pending", "billing", 0), of_pods("hikaricp_connections_active", "billing", 4, 3), of_pods("hikaricp_connections_max", "billing", 10))),
    ("names that do not exist", both(
        counter("coredns_dns_responses_total", 30, 29, job="kube-dns", rcode="NXDOMAIN"), counter("coredns_dns_responses_total", 0.2, 0.2, job="kube-dns", rcode="SERVFAIL"))),
    ("certificates with time left", gauge("probe_ssl_earliest_cert_expiry", 1.79e9, namespace="market", instance="https://shop.example")),
    ("targets that are up", both(*(gauge("up", 1, job=job, instance=f"10.0.0.11:{port}") for job, port in (("kubelet", 10250), ("apiserver", 6443), ("kube-dns", 9153))))),
    ("a target of no importance that is down", gauge("up", 0, job="grafana", instance="10.9.0.2:3000", namespace="monitoring")),
    ("a quota with little room", both(
        gauge("kube_resourcequota", 19, **KSM, resourcequota="fair", resource="requests.cpu", type="used"), gauge("kube_resourcequota", 20, **KSM, resourcequota="fair", resource="requests.cpu", type="hard"))),
    ("a webhook that denies", counter("apiserver_admission_webhook_rejection_count", 0.01, 0.01, job="apiserver", name="policy", error_type="admission")),
    ("budgets that hold", gauge("kube_poddisruptionbudget_status_pod_disruptions_allowed", 0, **KSM, poddisruptionbudget="stock")),
    ("the usual rise of the morning", counted_pods("http_requests_total", "catalog", 70, 55, code="200")),
    ("processes with many files", both(of_pods("process_open_fds", "search", 400), of_pods("process_max_fds", "search", 1024))),
)  # fmt: skip
WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("a lost election", "warehouse", ("INFO lost leadership election, stepping down", "INFO attempting to acquire leader lease market/warehouse", "INFO successfully acquired lease")),
    ("a deprecated version of the API", "recommend", ("WARN v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",)),
    ("one failed request", "edge-gateway", ("WARN GET /catalog 502 upstream reset, retried: 200",)),
    ("clients that go away", "search", ("INFO client closed the connection before the answer",)),
    ("a rebalance", "audit", ("INFO [Consumer groupId=audit] (Re-)joining group", "INFO Successfully joined group with generation 41")),
    ("a checkpoint", "pg-ledger", ("LOG:  checkpoint complete: wrote 1021 buffers (6.2%)", "LOG:  automatic vacuum of table shop.public.entries")),
    ("a backup", "reports", ("INFO backup finished: 12 GiB in 312 s", "INFO pruned 3 old backups")),
    ("wrong passwords of people", "accounts", ("INFO login refused for user 8812: wrong password", "INFO 401 POST /sessions")),
)  # fmt: skip


def _with(change: Callable[[Town], None]) -> Callable[[], Town]:
    def make() -> Town:
        made = town()
        change(made)
        return made

    return make


def _saying(speaker: str, lines: tuple[str, ...]) -> Callable[[Town], None]:
    return lambda made: made.says(speaker, *lines, times=1)


CALM = {
    **{name: _with(change) for name, change in STATES},
    **{name: _with(_saying(speaker, lines)) for name, speaker, lines in WORDS},
    "all of it together": _with(lambda made: both(*(change for _, change in STATES))(made)),
}
