"""Workloads, by the metrics of kube-state-metrics, cAdvisor, the kubelet and the usual client libraries.

Sources: https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics, https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md,
https://docs.micrometer.io/micrometer/reference/reference/jvm.html, https://github.com/prometheus/client_golang (process and sql.DB collectors).
"""

from __future__ import annotations

from sre_agent.catalogue.blaming import budgeted, mounting, named, namespace, scaled, workload
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG
from sre_agent.catalogue.measures import (
    Measure,
    Reading,
    above,
    became,
    found_by,
    measure,
    rate_of,
    rises,
    share,
)
from sre_agent.catalogue.measures import zero as is_zero

_JOB = named("Job", "job_name", "exported_job")
_CRON = named("CronJob", "cronjob")
_WAITING = "kube_pod_container_status_waiting_reason"


def _waits(cause: str, reason: str, says: str) -> Measure:
    return measure(cause, _WAITING, says, above(1), workload, where={"reason": f"^{reason}$"})


def _quota(cause: str, resource: str, what: str) -> Measure:
    """All of it is used; that something is refused for it shows elsewhere."""
    return measure(
        cause, "kube_resourcequota", f"has used up its quota of {what}", _is_used_up, namespace,
        where={"type": "^used$|^$", "resource": resource}, weight=FAIR + SLIGHT,
    )  # fmt: skip


def _is_used_up(one: Reading) -> bool:
    """The hard limit is a series of the same metric, told apart by its label `type`."""
    mine = one.series.labels
    for other in one.picture.series_named("kube_resourcequota"):
        told = other.labels
        if told.get("type") == "hard" and all(
            told.get(key) == mine.get(key) for key in ("namespace", "resourcequota", "resource")
        ):
            return bool(other.last) and one.now >= (other.last or 0.0)
    return False


def _mostly_retries(one: Reading) -> bool:
    """More repetitions than first tries, where Envoy's count of all tries stands beside; a few retries are usual when calls fail."""
    mine = one.series.labels
    for other in one.picture.series_named("envoy_cluster_upstream_rq_total", "envoy_cluster_upstream_rq"):
        if all(other.labels.get(key) == mine.get(key) for key in ("envoy_cluster_name", "pod", "instance")):
            return one.now >= 0.5 * rate_of(other)
    return False


def _fewer(one: Reading) -> bool:
    """Half or less of the replicas that were wanted before, and not none."""
    return 0.0 < one.now <= 0.5 * (one.past or 0.0)


def _none_left(one: Reading) -> bool:
    return one.now == 0.0 and (one.past or 0.0) > 0.0


def _switched_off(one: Reading) -> bool:
    """Nothing wanted now, where something was before."""
    return one.now == 0.0 and (one.past or 0.0) > 0.0


_TABLE = (
    measure("oom_killed", r"kube_pod_container_status_(?:last_)?terminated_reason", "was killed for its memory", became, workload, where={"reason": "^OOMKilled$"}, weight=DECISIVE),
    measure("oom_killed", r"container_oom_events_total", "was killed for its memory", rises(0.001), workload, counted=True),
    _waits("incorrect_image_reference", "InvalidImageName", "has an image name that is none"),
    _waits("container_config_invalid", "(?:CreateContainerConfigError|CreateContainerError)", "cannot have its container made"),
    measure("pod_evicted", r"kube_pod_status_reason", "was evicted", became, workload, where={"reason": "^Evicted$"}, weight=STRONG),
    measure("cpu_throttling", r"container_cpu_cfs_throttled_periods_total", "is throttled most of the time", above(2.5), workload, counted=True, weight=FAIR + SLIGHT),
    measure("file_descriptor_exhaustion", r"process_open_fds|process_files_open_files", "has all its file descriptors in use",
            lambda one: share("process_max_fds", 0.95)(one) or share("process_files_max_files", 0.95)(one), workload),
    measure("thread_pool_exhaustion", r"tomcat_threads_busy_threads|jetty_threads_busy|hystrix_thread_pool_active", "has all its threads busy",
            lambda one: share("tomcat_threads_config_max_threads", 0.95)(one) or share("jetty_threads_config_max", 0.95)(one), workload),
    measure("thread_pool_exhaustion", r"executor_active_threads", "has all the threads of its executor busy", share("executor_pool_max_threads", 0.95), workload),
    measure("garbage_collection_pressure", r"jvm_gc_(?:pause|collection)_seconds_sum|jvm_gc_overhead(?:_percent)?", "spends its time in garbage collection", above(0.3), workload, counted=True),
    measure("connection_pool_exhaustion", r"hikaricp_connections_pending|db_client_connections_pending_requests|c3p0_num_threads_awaiting_checkout",
            "has threads that wait for a connection of its own pool", rises(5.0, 3.0), workload),
    measure("connection_pool_exhaustion", r"go_sql_in_use_connections|db_client_connections_usage|jdbc_connections_active", "has every connection of its own pool in use",
            lambda one: share("go_sql_max_open_connections", 0.98)(one) or share("jdbc_connections_max", 0.98)(one), workload),
    measure("circuit_breaker_open", r"resilience4j_circuitbreaker_state|hystrix_circuit_breaker_open|envoy_cluster_circuit_breakers_default_\w*open", "has a circuit breaker open",
            above(1), workload, where={"state": "^open$|^$"}),
    measure("retry_storm", r"envoy_cluster_upstream_rq_retry(?:_total)?", "repeats its calls so often that repetitions are most of what it sends",
            lambda one: rises(1.0)(one) and _mostly_retries(one), workload, counted=True, weight=STRONG, by_alert=False),
    measure("retry_storm", r"envoy_cluster_upstream_rq_retry_(?:overflow|limit_exceeded)(?:_total)?", "wants to repeat more calls than it may", rises(1.0), workload, counted=True,
            weight=STRONG + SLIGHT),
    measure("hpa_at_maximum", r"kube_horizontalpodautoscaler_status_(?:desired|current)_replicas", "has as many replicas as its autoscaler may give it",
            share("kube_horizontalpodautoscaler_spec_max_replicas", 1.0), scaled, beside="kube_horizontalpodautoscaler_spec_max_replicas", weight=FAIR + SLIGHT),
    measure("hpa_at_maximum", r"kube_horizontalpodautoscaler_status_condition", "has an autoscaler that may not give it more", became, scaled,
            where={"condition": "^ScalingLimited$", "status": "^true$"}, weight=FAIR + SLIGHT),
    measure("hpa_metrics_unavailable", r"kube_horizontalpodautoscaler_status_condition", "has an autoscaler that gets no metrics", above(1), scaled,
            where={"condition": "^ScalingActive$", "status": "^false$"}),
    measure("deployment_zero_replicas", r"kube_deployment_spec_replicas|kube_statefulset_replicas", "was scaled to nothing", _switched_off, workload, by_alert=False),
    measure("replica_count_insufficient", r"kube_deployment_spec_replicas|kube_statefulset_replicas", "has far fewer replicas than it had", _fewer, workload, weight=STRONG, by_alert=False),
    measure("service_no_ready_endpoints", r"kube_endpoint_address_available", "has no ready endpoint left", _none_left, named("Service", "endpoint", "service"), weight=DECISIVE),
    measure("pod_network_packet_loss", r"\w*(?:retransmi\w+|retrans\w*)_total", "sends far more of its segments again than before", rises(20.0, 10.0), workload, counted=True,
            where={"node": "^$"}, weight=STRONG, by_alert=False),
    measure("pod_network_delay", r"(?:pod|container)_network_\w*(?:latency|rtt|delay)\w*|tcp_(?:s?rtt|connect_latency)\w*", "is far slower to reach than before", rises(0.0, 5.0), workload, weight=STRONG,
            by_alert=False),
    measure("rollout_stuck", r"kube_deployment_status_condition", "does not finish its roll-out", above(1), workload, where={"condition": "^Progressing$", "status": "^false$"}),
    measure("job_deadline_exceeded", r"kube_job_status_failed", "ran into its deadline", became, _JOB, where={"reason": "^DeadlineExceeded$"}, weight=DECISIVE),
    measure("job_backoff_exceeded", r"kube_job_status_failed", "failed as often as it may", became, _JOB, where={"reason": "^BackoffLimitExceeded$"}, weight=DECISIVE),
    measure("cronjob_suspended", r"kube_cronjob_spec_suspend", "is suspended", became, _CRON, weight=DECISIVE),
    measure("pdb_blocks_eviction", r"kube_poddisruptionbudget_status_pod_disruptions_allowed", "may not be evicted by its budget",
            lambda one: is_zero(one) and (one.past or 0.0) > 0.0, budgeted, weight=FAIR + SLIGHT),
    measure("pdb_blocks_eviction", r"kube_poddisruptionbudget_status_(?:desired|current)_healthy", "has fewer healthy pods than its budget wants", lambda one: False, budgeted, weight=FAIR),
    measure("volume_full", r"kubelet_volume_stats_available_bytes", "has a volume with hardly any space left", lambda one: False, mounting),
    measure("namespace_terminating_stuck", r"kube_namespace_status_phase", "has been going for long, and does not go", above(1), namespace, where={"phase": "^Terminating$"}, weight=STRONG),
    measure("rate_limited", r"istio_requests_total|envoy_cluster_ratelimit_over_limit|nginx_ingress_controller_requests", "refuses requests for their number",
            rises(1.0), workload, where={"response_code": "^429$|^$", "status": "^429$|^$"}, counted=True, weight=FAIR + SLIGHT, by_alert=False),
    _quota("namespace_cpu_quota_exceeded", r"cpu$", "CPU"),
    _quota("namespace_memory_quota_exceeded", r"memory$", "memory"),
    _quota("namespace_pod_quota_exceeded", r"^(?:count/)?pods$", "pods"),
    _quota("namespace_service_quota_exceeded", r"services", "services"),
    _quota("namespace_storage_quota_exceeded", r"storage$|persistentvolumeclaims", "storage"),
    measure("memory_leak", r"container_memory_(?:working_set|rss|usage)\w*|process_resident_memory_bytes|jvm_memory_used_bytes", "uses more and more memory", lambda one: False, workload,
            weight=FAIR, by_alert=False),
)  # fmt: skip
ENTRIES = ()
ALSO = found_by(_TABLE)
