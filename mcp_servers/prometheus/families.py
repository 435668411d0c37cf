"""The metric families by which programs conventionally tell their golden signals. Data alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CODE_LABELS: Final = (
    "code",
    "status",
    "status_code",
    "http_status_code",
    "http_response_status_code",
    "response_code",
    "http_status",
    "statusCode",
    "grpc_code",
    "rpc_grpc_status_code",
    "classification",
)
"""Where a request's outcome stands, first found first."""

HTTP_FAILED: Final = "5.."
GRPC_FAILED: Final = (
    "Unknown|DeadlineExceeded|ResourceExhausted|Internal|Unavailable|DataLoss|"
    "UNKNOWN|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|INTERNAL|UNAVAILABLE|DATA_LOSS|2|4|8|13|14|15"
)


@dataclass(frozen=True)
class Requests:
    """A counter of requests answered. `failed`: which outcomes are the server's fault."""

    metric: str
    failed: str = HTTP_FAILED
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Durations:
    """A histogram (or summary) of how long requests took, by its name without `_bucket`."""

    metric: str
    unit: str = "seconds"
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fill:
    """How full something is: `used` by `most` (or alone, where there is no bound to hold it against)."""

    what: str
    used: str
    most: str = ""
    by: tuple[str, ...] = ("pod", "instance")
    rate: bool = False
    used_only: tuple[str, ...] = ()
    most_only: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return "ratio" if self.most else "count"


REQUESTS: Final = (
    Requests("http_requests_total"),
    Requests("http_server_requests_total"),
    Requests("http_server_request_duration_seconds_count"),
    Requests("http_request_duration_seconds_count"),
    Requests("http_server_requests_seconds_count"),
    Requests("http_server_duration_milliseconds_count"),
    Requests("http_requests_received_total"),
    Requests("starlette_requests_total"),
    Requests("flask_http_request_total"),
    Requests("django_http_responses_total_by_status_total"),
    Requests("grpc_server_handled_total", GRPC_FAILED),
    Requests("rpc_server_duration_milliseconds_count", GRPC_FAILED),
    Requests("rpc_server_call_duration_seconds_count", GRPC_FAILED),
    Requests("istio_requests_total"),
    Requests("response_total", "failure", ('direction="inbound"',)),
    Requests("nginx_ingress_controller_requests"),
    Requests("traefik_service_requests_total"),
    Requests("pg_stat_database_xact_commit", ""),
    Requests("mysql_global_status_queries", ""),
    Requests("redis_commands_processed_total", ""),
)

DURATIONS: Final = (
    Durations("http_server_request_duration_seconds"),
    Durations("http_request_duration_seconds"),
    Durations("http_server_requests_seconds"),
    Durations("http_server_duration_milliseconds", "milliseconds"),
    Durations("http_request_duration_highr_seconds"),
    Durations("flask_http_request_duration_seconds"),
    Durations("starlette_request_duration_seconds"),
    Durations("grpc_server_handling_seconds"),
    Durations("rpc_server_duration_milliseconds", "milliseconds"),
    Durations("rpc_server_call_duration_seconds"),
    Durations("istio_request_duration_milliseconds", "milliseconds"),
    Durations("response_latency_ms", "milliseconds", ('direction="inbound"',)),
    Durations("nginx_ingress_controller_request_duration_seconds"),
    Durations("traefik_service_request_duration_seconds"),
)

_REAL_CONTAINERS: Final = ('container!=""', 'container!="POD"')
_LIMITS: Final = "kube_pod_container_resource_limits"

FILLS: Final = (
    Fill(
        "CPU used of its limit",
        "container_cpu_usage_seconds_total",
        _LIMITS,
        by=("pod",),
        rate=True,
        used_only=_REAL_CONTAINERS,
        most_only=('resource="cpu"',),
    ),
    Fill(
        "memory (working set) of its limit",
        "container_memory_working_set_bytes",
        _LIMITS,
        by=("pod",),
        used_only=_REAL_CONTAINERS,
        most_only=('resource="memory"',),
    ),
    Fill(
        "share of CPU periods that were throttled",
        "container_cpu_cfs_throttled_periods_total",
        "container_cpu_cfs_periods_total",
        by=("pod",),
        rate=True,
    ),
    Fill("workers busy", "http_server_active_requests", "http_server_workers"),
    Fill("threads busy (Tomcat)", "tomcat_threads_busy_threads", "tomcat_threads_config_max_threads"),
    Fill("threads busy (executor)", "executor_active_threads", "executor_pool_max_threads"),
    Fill("processes busy (PHP-FPM)", "phpfpm_active_processes", "phpfpm_total_processes"),
    Fill("connection pool in use (Hikari)", "hikaricp_connections_active", "hikaricp_connections_max"),
    Fill("callers waiting for a connection (Hikari)", "hikaricp_connections_pending"),
    Fill(
        "connection pool in use",
        "db_client_connections_usage",
        "db_client_connections_max",
        used_only=('state="used"',),
    ),
    Fill("connection pool in use (database client)", "db_pool_in_use_connections", "db_pool_max_size"),
    Fill("connection pool in use (Go)", "go_sql_in_use_connections", "go_sql_max_open_connections"),
    Fill("requests waiting for a worker", "http_server_queued_requests"),
    Fill("database connections in use (PostgreSQL)", "pg_stat_activity_count", "pg_settings_max_connections"),
    Fill(
        "database connections in use (MySQL)",
        "mysql_global_status_threads_connected",
        "mysql_global_variables_max_connections",
    ),
    Fill("memory of its bound (Redis)", "redis_memory_used_bytes", "redis_memory_max_bytes"),
    Fill("clients of their bound (Redis)", "redis_connected_clients", "redis_config_maxclients"),
    Fill(
        "heap of its bound (JVM)",
        "jvm_memory_used_bytes",
        "jvm_memory_max_bytes",
        used_only=('area="heap"',),
        most_only=('area="heap"',),
    ),
    Fill("file descriptors of their bound", "process_open_fds", "process_max_fds"),
    Fill(
        "volume used",
        "kubelet_volume_stats_used_bytes",
        "kubelet_volume_stats_capacity_bytes",
        by=("persistentvolumeclaim",),
    ),
    Fill("queue depth", "queue_depth"),
    Fill("queue length", "queue_length"),
    Fill("work queue depth", "workqueue_depth"),
    Fill("messages waiting (RabbitMQ)", "rabbitmq_queue_messages_ready", by=("queue",)),
)
