"""A second set of traces, written after the rules were mended for the first; imports no rule."""

from __future__ import annotations

from tests.synthetic.fleet.by_alerts import alert
from tests.synthetic.fleet.by_events import crash, mounting, only_events, placing, probe, refused, seen, waits
from tests.synthetic.fleet.by_logs import says
from tests.synthetic.fleet.by_metrics import KSM, counted_pods, counter, gauge, node_counters, nodes, of_pods
from tests.synthetic.fleet.seen import both as together
from tests.synthetic.fleet.town import Town

_m = "metrics-2"


def _reserve(town: Town) -> None:
    for node in town.lists["nodes"]:
        if node["metadata"]["name"].startswith("worker"):
            town.taint(node["metadata"]["name"], "gpu", "only")


SEEN = (
    # series
    seen("db_unreachable", "elastic-find", gauge("elasticsearch_cluster_health_up", 0, 1, namespace="market", service="elastic-find"), _m),
    seen("db_connection_exhaustion", "pg-ledger", together(
        gauge("pg_stat_database_numbackends", 198, 40, namespace="market", server="pg-ledger.market.svc:5432", datname="shop"),
        gauge("pg_settings_max_connections", 200, namespace="market", server="pg-ledger.market.svc:5432")), _m),
    seen("cache_unavailable", "redis-prices", gauge("redis_up", 0, 1, namespace="monitoring", target="redis://redis-prices.market:6379", job="redis-exporter"), _m),
    seen("db_replication_lag", "mongo-docs", gauge("mongodb_mongod_replset_member_replication_lag", 700, 1, namespace="market", pod="mongo-docs-0"), _m),
    seen("oom_killed", "stock", of_pods("kube_pod_container_status_terminated_reason", "stock", 1, 0, reason="OOMKilled"), _m),
    seen("garbage_collection_pressure", "risk", counted_pods("jvm_gc_collection_seconds_sum", "risk", 0.5, 0.01), _m),
    seen("connection_pool_exhaustion", "risk", of_pods("db_client_connections_pending_requests", "risk", 60, 0), _m),
    seen("circuit_breaker_open", "orders", of_pods("hystrix_circuit_breaker_open", "orders", 1, 0), _m),
    seen("etcd_unhealthy", "", counter("etcd_server_proposals_failed_total", 2, 0, job="etcd", instance="10.0.0.11:2379"), _m),
    seen("node_network_packet_loss", "worker-c", node_counters("node_network_transmit_drop_total", 400, 1, device="eth0"), _m),
    seen("node_cpu_saturation", "worker-c", nodes("node_load5", 40, 1.0), _m),
    seen("node_clock_skew", "worker-c", nodes("node_timex_offset_seconds", -2.7, 0.0001), _m),
    seen("message_queue_backlog", "rabbit-tasks", gauge("rabbitmq_queue_messages", 51000, 30, namespace="market", service="rabbit-tasks", queue="sms"), _m),
    seen("consumer_lag", "", gauge("kafka_consumergroup_lag_sum", 90000, 40, namespace="market", service="kafka-bus", consumergroup="audit"), _m),
    seen("tls_certificate_invalid", "", gauge("probe_ssl_earliest_cert_expiry", 1.72e9, instance="https://shop.example", job="blackbox"), _m),
    seen("namespace_memory_quota_exceeded", "market", together(
        gauge("kube_resourcequota", 6.4e10, **KSM, resourcequota="fair", resource="limits.memory", type="hard"),
        gauge("kube_resourcequota", 6.4e10, **KSM, resourcequota="fair", resource="limits.memory", type="used")), _m),
    # alerts
    alert("kubelet_unavailable", "worker-c", "KubernetesKubeletUnreachable", 'up{job="kubelet"} == 0', "kubelet unreachable", "alert-2", node="worker-c", job="kubelet"),
    alert("node_memory_pressure", "worker-c", "KubernetesNodeMemoryPressure", 'kube_node_status_condition{condition="MemoryPressure",status="true"} == 1', "Node worker-c has MemoryPressure condition", "alert-2", node="worker-c"),
    alert("db_unreachable", "mongo-docs", "MongodbDown", "mongodb_up == 0", "MongoDB instance is down", "alert-2", service="mongo-docs", namespace="market"),
    alert("cache_eviction_pressure", "redis-prices", "RedisEvictions", "increase(redis_evicted_keys_total[5m]) > 100", "Redis evicts keys", "alert-2", instance="redis-prices:9121", namespace="market"),
    alert("volume_full", "mongo-docs", "KubernetesVolumeOutOfDiskSpace", "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes * 100 < 1", "Volume is almost full (< 1% left)", "alert-2", persistentvolumeclaim="data-mongo-docs-0", namespace="market"),
    alert("job_backoff_exceeded", "closing", "KubernetesJobFailed", 'kube_job_status_failed{reason="BackoffLimitExceeded"} > 0', "Job closing failed to complete", "alert-2", job_name="closing", namespace="market"),
    alert("message_broker_unavailable", "kafka-bus", "KafkaBrokersGone", "kafka_brokers < 1", "No Kafka broker is left", "alert-2", service="kafka-bus", namespace="market"),
    alert("disk_io_saturation", "worker-c", "DiskBusy", "irate(node_disk_io_time_seconds_total[5m]) > 0.95", "Disk of worker-c is busy", "alert-2", node="worker-c"),
    # words
    says("db_connection_exhaustion", "pg-ledger", "risk", "asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already", form="logs-2"),
    says("db_unreachable", "pg-ledger", "billing", "org.postgresql.util.PSQLException: Connection to pg-ledger:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.", form="logs-2", also=("risk",)),
    says("db_unreachable", "pg-ledger", "reports", "SequelizeConnectionRefusedError: connect ECONNREFUSED 10.96.4.2:5432", form="logs-2-node", also=("risk", "invoices")),
    says("cache_unavailable", "redis-sessions", "sessions", "MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20). connect ECONNREFUSED redis-sessions:6379", form="logs-2"),
    says("mysql_invalid_credentials", "stock", "stock", "java.sql.SQLInvalidAuthorizationSpecException: (conn=12) Access denied for user 'stock'@'10.2.0.9' (using password: YES)", form="logs-2"),
    says("db_lock_contention", "pg-ledger", "billing", "psycopg.errors.DeadlockDetected: deadlock detected", form="logs-2"),
    says("message_broker_unavailable", "rabbit-tasks", "mailer", "dial tcp: connect: connection refused amqp://rabbit-tasks:5672/", form="logs-2", also=("texter",)),
    says("third_party_outage", "sms.gateway.example", "texter", "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='sms.gateway.example', port=443): Max retries exceeded with url: /send", form="logs-2"),
    says("null_reference", "tax", "tax", "kotlin.KotlinNullPointerException", "    at shop.tax.Rates.of(Rates.kt:31)", form="logs-2"),
    says("unhandled_exception", "tax", "tax", "PHP Fatal error:  Uncaught DivisionByZeroError: Division by zero in /app/src/Rate.php:12", form="logs-2"),
    says("schema_migration_failure", "billing", "billing", "PG::UndefinedColumn: ERROR:  column entries.region does not exist", form="logs-2"),
    says("expired_credentials", "media", "media", "google.auth.exceptions.RefreshError: ('invalid_grant: Token has been expired or revoked.')", form="logs-2"),
    says("rate_limited", "geo", "geo", "googlemaps.exceptions._OverQueryLimit: OVER_QUERY_LIMIT (You have exceeded your rate-limit for this API.)", form="logs-2"),
    says("file_descriptor_exhaustion", "media", "media", "IOError: [Errno 24] Too many open files: '/tmp/x'", form="logs-2"),
    says("thread_pool_exhaustion", "billing", "billing", "org.springframework.core.task.TaskRejectedException: ExecutorService in active state did not accept task", form="logs-2"),
    # events
    seen("incorrect_image_reference", "media", only_events("media", "Failed", 'Failed to pull image "ghcr.io/market/media:nope": rpc error: code = NotFound desc = failed to pull and unpack image "ghcr.io/market/media:nope": not found'), "events-2"),
    seen("missing_config_key", "geo", waits("geo", "CreateContainerConfigError", "couldn't find key mode in ConfigMap market/geo-conf"), "events-2"),
    seen("container_permission_denied", "tax", crash("tax", 126, "", "/bin/sh: ./start.sh: Permission denied"), "events-2"),
    seen("liveness_probe_incorrect_path", "geo", probe("geo", "liveness", "failed: HTTP probe failed with statuscode: 404", True, httpGet={"path": "/actuator/alive", "port": 8080}), "events-2"),
    seen("limit_range_violation", "pricing", refused("pricing", 'pods "pricing-r1-x" is forbidden: minimum memory usage per Container is 1Gi, but request is 256Mi'), "events-2"),
    seen("pod_security_violation", "pricing", refused("pricing", 'pods "pricing-r1-x" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)'), "events-2"),
    seen("volume_attach_failed", "mongo-docs", mounting("mongo-docs", 'AttachVolume.Attach failed for volume "pv-mongo-docs" : rpc error: code = NotFound desc = ControllerPublishVolume: disk not found', "FailedAttachVolume"), "events-2"),
    seen("taint_toleration_mismatch", "pricing", placing("pricing", "0/11 nodes are available: 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 8 node(s) had untolerated taint {gpu: only}.", _reserve), "events-2"),
)  # fmt: skip
