"""Faults of which only an alert tells: its rule's own expression, its labels and its words, as the public rule sets write them; imports no rule."""

from __future__ import annotations

from tests.synthetic.fleet.seen import Seen
from tests.synthetic.fleet.town import Town

KSM = {"job": "kube-state-metrics", "namespace": "market"}


def alert(
    cause: str, entity: str, name: str, expr: str, words: str, form: str = "alert", /, **labels: str
) -> Seen:
    def make(town: Town) -> None:
        town.fires(name, words, expr, **labels)
        town.complaint = ""

    return Seen(cause, entity, form, make)


SEEN = (
    alert("etcd_unhealthy", "", "etcdNoLeader", "etcd_server_has_leader{job=~\".*etcd.*\"} == 0", "etcd cluster \"etcd\": member 10.0.0.11:2379 has no leader.", job="etcd", instance="10.0.0.11:2379"),
    alert("etcd_unhealthy", "", "etcdHighFsyncDurations", "histogram_quantile(0.99, rate(etcd_disk_wal_fsync_duration_seconds_bucket{job=~\".*etcd.*\"}[5m])) > 1", "etcd cluster \"etcd\": 99th percentile fsync durations are 2.3s on etcd instance 10.0.0.11:2379.", "alert-fsync", job="etcd", instance="10.0.0.11:2379"),
    alert("kube_apiserver_unavailable", "", "KubeAPIDown", 'absent(up{job="apiserver"} == 1)', "KubeAPI has disappeared from Prometheus target discovery."),
    alert("kube_scheduler_unavailable", "", "KubeSchedulerDown", 'absent(up{job="kube-scheduler"} == 1)', "KubeScheduler has disappeared from Prometheus target discovery."),
    alert("kube_controller_manager_unavailable", "", "KubeControllerManagerDown", 'absent(up{job="kube-controller-manager"} == 1)', "KubeControllerManager has disappeared from Prometheus target discovery."),
    alert("kube_proxy_unavailable", "worker-c", "KubeProxyDown", 'up{job="kube-proxy"} == 0', "kube-proxy on worker-c is down.", job="kube-proxy", node="worker-c"),
    alert("kubelet_unavailable", "worker-c", "KubeletDown", 'up{job="kubelet", metrics_path="/metrics"} == 0', "Kubelet on worker-c is down.", job="kubelet", node="worker-c"),
    alert("coredns_unavailable", "", "CoreDNSDown", 'absent(up{job="kube-dns"} == 1)', "CoreDNS has disappeared from Prometheus target discovery."),
    alert("coredns_unavailable", "", "CoreDNSErrorsHigh", 'sum without (pod, instance, server, zone, view, rcode, plugin) (rate(coredns_dns_responses_total{job="kube-dns",rcode="SERVFAIL"}[5m])) / sum(rate(coredns_dns_responses_total{job="kube-dns"}[5m])) > 0.03', "CoreDNS is returning SERVFAIL for 42% of requests.", "alert-servfail", job="kube-dns"),
    alert("api_server_throttling", "", "KubeAPITerminatedRequests", 'sum(rate(apiserver_request_terminations_total{job="apiserver"}[10m])) / (sum(rate(apiserver_request_total{job="apiserver"}[10m])) + sum(rate(apiserver_request_terminations_total{job="apiserver"}[10m]))) > 0.20', "The kubernetes apiserver has terminated 31% of its incoming requests."),
    alert("certificate_expired", "", "KubeletClientCertificateExpiration", "kubelet_certificate_manager_client_ttl_seconds < 3600", "Client certificate for Kubelet on node worker-c expires in 0s.", node="worker-c"),
    alert("node_not_ready", "worker-c", "KubeNodeNotReady", 'kube_node_status_condition{job="kube-state-metrics",condition="Ready",status="true"} == 0', "worker-c has been unready for more than 15 minutes.", node="worker-c", condition="Ready"),
    alert("node_memory_pressure", "worker-c", "KubeNodePressure", 'kube_node_status_condition{job="kube-state-metrics",condition=~"(MemoryPressure|DiskPressure|PIDPressure)",status="true"} == 1', "worker-c has active Condition MemoryPressure.", node="worker-c", condition="MemoryPressure"),
    alert("node_disk_pressure", "worker-c", "KubernetesNodeDiskPressure", 'kube_node_status_condition{condition="DiskPressure",status="true"} == 1', "Node worker-c has DiskPressure condition", node="worker-c", condition="DiskPressure"),
    alert("node_pid_pressure", "worker-c", "KubeNodePressure", 'kube_node_status_condition{condition=~"(MemoryPressure|DiskPressure|PIDPressure)",status="true"} == 1', "worker-c has active Condition PIDPressure.", node="worker-c", condition="PIDPressure"),
    alert("node_network_unavailable", "worker-c", "KubernetesNodeNetworkUnavailable", 'kube_node_status_condition{condition="NetworkUnavailable",status="true"} == 1', "Node worker-c has NetworkUnavailable condition", node="worker-c", condition="NetworkUnavailable"),
    alert("node_cpu_saturation", "worker-c", "HostHighCpuLoad", '(sum by (instance) (avg by (mode, instance) (rate(node_cpu_seconds_total{mode!="idle"}[2m]))) > 0.8)', "CPU load is > 80%\n  VALUE = 0.99", node="worker-c", instance="worker-c:9100"),
    alert("node_cpu_saturation", "worker-c", "NodeSystemSaturation", 'node_load1{job="node-exporter"} / count without (cpu, mode) (node_cpu_seconds_total{job="node-exporter", mode="idle"}) > 2', "System load per core at worker-c:9100 has been above 2 for the last 15 minutes, is currently at 9.31.", "alert-load", instance="worker-c:9100", job="node-exporter"),
    alert("node_clock_skew", "worker-c", "NodeClockSkewDetected", "(node_timex_offset_seconds{job=\"node-exporter\"} > 0.05 and deriv(node_timex_offset_seconds{job=\"node-exporter\"}[5m]) >= 0)", "Clock at worker-c:9100 is out of sync by more than 0.05s.", instance="worker-c:9100", job="node-exporter"),
    alert("disk_io_saturation", "worker-c", "NodeDiskIOSaturation", 'rate(node_disk_io_time_weighted_seconds_total{job="node-exporter", device=~"nvme.+"}[5m]) > 10', "Disk IO queue (aqu-sq) is high on nvme0n1 at worker-c:9100, has been above 10 for the last 30 minutes, is currently at 41.20.", instance="worker-c:9100", device="nvme0n1", job="node-exporter"),
    alert("pod_cidr_exhausted", "worker-c", "NodeHasNoPodIPs", "cilium_ipam_available == 0", "No pod addresses are left on worker-c.", node="worker-c"),
    alert("volume_full", "pg-ledger", "KubePersistentVolumeFillingUp", 'kubelet_volume_stats_available_bytes{job="kubelet", metrics_path="/metrics"} / kubelet_volume_stats_capacity_bytes{job="kubelet", metrics_path="/metrics"} < 0.03', "The PersistentVolume claimed by data-pg-ledger-0 in Namespace market is only 0.4% free.", namespace="market", persistentvolumeclaim="data-pg-ledger-0", job="kubelet"),
    alert("namespace_pod_quota_exceeded", "market", "KubeQuotaFullyUsed", 'kube_resourcequota{job="kube-state-metrics", type="used"} / ignoring(instance, job, type) (kube_resourcequota{job="kube-state-metrics", type="hard"} > 0) == 1', "Namespace market is using 100% of its pods quota.", namespace="market", resource="pods", resourcequota="fair"),
    alert("namespace_cpu_quota_exceeded", "market", "KubeQuotaExceeded", 'kube_resourcequota{type="used"} / ignoring(instance, job, type) (kube_resourcequota{type="hard"} > 0) > 1', "Namespace market is using 104% of its requests.cpu quota.", namespace="market", resource="requests.cpu", resourcequota="fair"),
    alert("oom_killed", "pricing", "KubernetesContainerOomKiller", '(kube_pod_container_status_restarts_total - kube_pod_container_status_restarts_total offset 10m >= 1) and ignoring (reason) min_over_time(kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}[10m]) == 1', "Container main in pod market/pricing-r1-0 has been OOMKilled 3 times in the last 10 minutes.", namespace="market", pod="pricing-r1-0", container="main", reason="OOMKilled"),
    alert("cpu_throttling", "pricing", "CPUThrottlingHigh", 'sum by (container, pod, namespace) (increase(container_cpu_cfs_throttled_periods_total{container!=""}[5m])) / sum by (container, pod, namespace) (increase(container_cpu_cfs_periods_total[5m])) > (25 / 100)', "91.2% throttling of CPU in namespace market for container main in pod pricing-r1-0.", namespace="market", pod="pricing-r1-0", container="main"),
    alert("hpa_at_maximum", "search", "KubeHpaMaxedOut", 'kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics"} == kube_horizontalpodautoscaler_spec_max_replicas{job="kube-state-metrics"}', "HPA market/search has been running at max replicas for longer than 15 minutes.", horizontalpodautoscaler="search", namespace="market"),
    alert("hpa_metrics_unavailable", "search", "KubernetesHpaMetricsUnavailability", 'kube_horizontalpodautoscaler_status_condition{status="false", condition="ScalingActive"} == 1', "HPA market/search is unable to collect metrics", horizontalpodautoscaler="search", namespace="market"),
    alert("rollout_stuck", "returns", "KubeDeploymentRolloutStuck", 'kube_deployment_status_condition{condition="Progressing", status="false",job="kube-state-metrics"} != 0', "Rollout of deployment market/returns is not progressing for longer than 15 minutes.", deployment="returns", namespace="market"),
    alert("job_deadline_exceeded", "closing", "KubeJobNotCompleted", 'kube_job_status_failed{reason="DeadlineExceeded"} > 0', "Job market/closing was ended by its deadline.", job_name="closing", namespace="market", reason="DeadlineExceeded"),
    alert("cronjob_suspended", "settle", "KubernetesCronjobSuspended", "kube_cronjob_spec_suspend != 0", "CronJob market/settle is suspended", cronjob="settle", namespace="market"),
    alert("pdb_blocks_eviction", "stock", "KubePdbNotEnoughHealthyPods", '(kube_poddisruptionbudget_status_desired_healthy{job="kube-state-metrics"} - kube_poddisruptionbudget_status_current_healthy{job="kube-state-metrics"}) > 0', "PDB market/stock expects 1 more healthy pods. The desired number of healthy pods has not been met for at least 15m; evictions of node worker-b are refused.", poddisruptionbudget="stock", namespace="market"),
    alert("namespace_terminating_stuck", "old-space", "NamespaceStuckTerminating", 'kube_namespace_status_phase{phase="Terminating"} == 1', "Namespace old-space has been terminating for 3h.", namespace="old-space", phase="Terminating"),
    alert("db_connection_exhaustion", "pg-ledger", "PostgresqlTooManyConnections", "sum by (instance, job, server) (pg_stat_activity_count) > min by (instance, job, server) (pg_settings_max_connections * 0.8)", "PostgreSQL instance has too many connections (> 80%).\n  VALUE = 99", service="pg-ledger", namespace="market"),
    alert("db_connection_exhaustion", "maria-core", "MysqlTooManyConnections(>80%)", "max_over_time(mysql_global_status_threads_connected[1m]) / mysql_global_variables_max_connections * 100 > 80", "More than 80% of MySQL connections are in use on maria-core:9104", "alert-mysql", instance="maria-core:9104", namespace="market"),
    alert("db_unreachable", "pg-ledger", "PostgresqlDown", "pg_up == 0", "Postgresql instance is down\n  VALUE = 0", service="pg-ledger", namespace="market"),
    alert("db_unreachable", "maria-core", "MysqlDown", "mysql_up == 0", "MySQL instance is down on maria-core:9104", "alert-mysql", instance="maria-core:9104", namespace="market"),
    alert("db_lock_contention", "pg-ledger", "PostgresqlDeadLocks", "increase(pg_stat_database_deadlocks{datname!~\"template.*|postgres\"}[1m]) > 5", "PostgreSQL has dead-locks", service="pg-ledger", namespace="market", datname="shop"),
    alert("db_slow_query", "maria-core", "MysqlSlowQueries", "increase(mysql_global_status_slow_queries[1m]) > 0", "MySQL server mysql has some new slow query.", instance="maria-core:9104", namespace="market"),
    alert("db_replication_lag", "maria-core", "MysqlSlaveReplicationLag", "((mysql_slave_status_seconds_behind_master - mysql_slave_status_sql_delay) and on (instance) mysql_slave_status_master_server_id > 0) > 30", "MySQL replication lag on maria-core:9104", instance="maria-core:9104", namespace="market"),
    alert("cache_unavailable", "redis-sessions", "RedisDown", "redis_up == 0", "Redis instance is down", instance="redis-sessions:9121", namespace="market"),
    alert("cache_eviction_pressure", "redis-prices", "RedisOutOfConfiguredMaxmemory", "redis_memory_used_bytes / redis_memory_max_bytes * 100 > 90", "Redis is running out of configured maxmemory (> 90%)", instance="redis-prices:9121", namespace="market"),
    alert("message_broker_unavailable", "rabbit-tasks", "RabbitmqNodeDown", "sum(rabbitmq_build_info) < 1", "Less than 1 node running in RabbitMQ cluster rabbit-tasks", service="rabbit-tasks", namespace="market"),
    alert("message_queue_backlog", "rabbit-tasks", "RabbitmqTooManyReadyMessages", "sum(rabbitmq_queue_messages_ready) by (queue) > 1000", "RabbitMQ too many ready messages in queue mails", service="rabbit-tasks", namespace="market", queue="mails"),
    alert("consumer_lag", "", "KafkaConsumerLag", "sum(kafka_consumergroup_lag) by (consumergroup) > 10000", "Kafka consumer group audit is lagging", service="kafka-bus", namespace="market", consumergroup="audit"),
    alert("file_descriptor_exhaustion", "search", "ProcessNearFDLimits", "process_open_fds / process_max_fds * 100 > 95", "search-r1-0 uses 99% of its file descriptors.", namespace="market", pod="search-r1-0"),
    alert("garbage_collection_pressure", "billing", "JvmGcPressure", 'rate(jvm_gc_pause_seconds_sum{application!=""}[5m]) > 0.3', "The JVM of billing-r1-0 spends 62% of its time in garbage collection.", namespace="market", pod="billing-r1-0"),
    alert("thread_pool_exhaustion", "billing", "TomcatThreadsBusy", "tomcat_threads_busy_threads / tomcat_threads_config_max_threads > 0.95", "All of Tomcat's threads are busy in billing-r1-0.", namespace="market", pod="billing-r1-0"),
    alert("connection_pool_exhaustion", "billing", "HikariPoolPending", "hikaricp_connections_pending > 5", "42 threads wait for a connection of HikariPool-1 in billing-r1-0.", namespace="market", pod="billing-r1-0", pool="HikariPool-1"),
    alert("tls_certificate_invalid", "", "BlackboxSslCertificateExpired", "((last_over_time(probe_ssl_earliest_cert_expiry[10m]) - time()) / 86400) < 0", "SSL certificate has expired already", instance="https://shop.example"),
    alert("circuit_breaker_open", "orders", "CircuitBreakerOpen", 'resilience4j_circuitbreaker_state{state="open"} == 1', "The circuit breaker billing of orders-r1-0 is open.", namespace="market", pod="orders-r1-0"),
    alert("disk_io_saturation", "worker-c", "HostUnusualDiskIo", 'rate(node_disk_io_time_seconds_total[5m]) > 0.8', "Disk usage >80%. Check storage for issues or increase IOPS capabilities.", "alert-host", instance="worker-c:9100"),
    alert("memory_leak", "search", "ContainerMemoryGrows", "deriv(container_memory_working_set_bytes[1h]) > 0 and predict_linear(container_memory_working_set_bytes[1h], 3600) > container_spec_memory_limit_bytes", "Memory of main in search-r1-0 grows steadily and will reach its limit within the hour.", namespace="market", pod="search-r1-0", container="main"),
)  # fmt: skip
