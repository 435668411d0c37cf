"""Databases, caches and queues, and front doors, by the metrics of their usual exporters.

Sources: https://github.com/prometheus-community/postgres_exporter, https://github.com/prometheus/mysqld_exporter,
https://github.com/percona/mongodb_exporter, https://github.com/oliver006/redis_exporter, https://github.com/danielqsj/kafka_exporter,
https://www.rabbitmq.com/docs/prometheus, https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/, https://cert-manager.io/docs/devops-tips/prometheus-metrics/.
"""

from __future__ import annotations

from sre_agent.catalogue.blaming import ingress, store
from sre_agent.catalogue.cause import DECISIVE, STRONG
from sre_agent.catalogue.measures import Reading, above, became, found_by, measure, rises, share, zero
from sre_agent.catalogue.roles import Role

_DATABASE, _CACHE, _QUEUE = store(Role.DATABASE), store(Role.CACHE), store(Role.QUEUE)
FULL = 0.9


def _taken(one: Reading) -> bool:
    """Hardly any connection left of those that there are; MongoDB tells both in one metric, by a label."""
    mine = one.series.labels
    for other in one.picture.series_named(one.series.name):
        told = other.labels
        if (
            told.get("conn_type", told.get("state")) == "available"
            and told.get("instance") == mine.get("instance")
            and told.get("service") == mine.get("service")
        ):
            left = other.last or 0.0
            return one.now > 0 and one.now / (one.now + left) >= FULL
    return False


def _is_past(one: Reading) -> bool:
    """A point in time (Unix seconds) that lies before the present."""
    return 0.0 < one.now < one.picture.frame.now.timestamp()


def _piles_up(one: Reading) -> bool:
    return one.past is not None and one.now >= 1000 and one.now >= 1.5 * one.past


_TABLE = (
    measure("db_connection_exhaustion", r"pg_stat_activity_count|pg_stat_database_numbackends", "has hardly any connection left", share("pg_settings_max_connections", FULL), _DATABASE,
            beside="pg_settings_max_connections"),
    measure("db_connection_exhaustion", r"mysql_global_status_threads_connected", "has hardly any connection left", share("mysql_global_variables_max_connections", FULL), _DATABASE,
            beside="mysql_global_variables_max_connections"),
    measure("db_connection_exhaustion", r"mongodb_(?:ss_)?connections", "has hardly any connection left", _taken, _DATABASE, where={"conn_type": "current|^$", "state": "current|^$"}),
    measure("db_unreachable", r"pg_up|mysql_up|mongodb_up|mssql_up|elasticsearch_up|oracledb_up|cassandra_up", "cannot be reached by its exporter", zero, _DATABASE, weight=DECISIVE),
    measure("db_read_only", r"mysql_global_variables_(?:super_)?read_only|pg_replication_is_replica|pg_in_recovery", "takes no writes", became, _DATABASE),
    measure("db_slow_query", r"mysql_global_status_slow_queries", "answers many queries slowly", rises(0.2), _DATABASE, counted=True, weight=STRONG),
    measure("db_slow_query", r"pg_stat_activity_max_tx_duration|pg_stat_statements_mean_(?:exec_)?time_seconds", "has a query that runs and runs", rises(60.0), _DATABASE, weight=STRONG),
    measure("db_lock_contention", r"mysql_global_status_innodb_row_lock_waits|mysql_global_status_innodb_row_lock_time", "has transactions that wait for each other's locks", rises(2.0), _DATABASE, counted=True),
    measure("db_lock_contention", r"pg_stat_database_deadlocks|mssql_deadlocks", "has transactions that wait for each other's locks", rises(0.05), _DATABASE, counted=True),
    measure("db_replication_lag", r"mysql_(?:slave|replica)_status_seconds_behind_(?:master|source)|pg_replication_lag(?:_seconds)?|mongodb_\w*replset_member_replication_lag",
            "has a replica that lags behind", rises(30.0, 3.0), _DATABASE),
    measure("cache_unavailable", r"redis_up|memcached_up", "cannot be reached by its exporter", zero, _CACHE, weight=DECISIVE),
    measure("cache_eviction_pressure", r"redis_evicted_keys_total|memcached_items_evicted_total", "throws out what it should keep", rises(1.0), _CACHE, counted=True),
    measure("cache_eviction_pressure", r"redis_memory_used_bytes", "has used up its memory", share("redis_memory_max_bytes", 0.95), _CACHE, beside="redis_memory_max_bytes", weight=STRONG),
    measure("message_broker_unavailable", r"kafka_brokers|rabbitmq_up|nats_up|kafka_controller_kafkacontroller_activecontrollercount|rabbitmq_build_info", "has no broker that answers", zero, _QUEUE, weight=DECISIVE),
    measure("message_queue_backlog", r"rabbitmq_(?:detailed_)?queue_messages(?:_ready)?|aws_sqs_approximate_number_of_messages_visible_\w+", "has messages that pile up", _piles_up, _QUEUE),
    measure("consumer_lag", r"kafka_consumergroup_lag(?:_sum)?|kafka_consumer_fetch_manager_records_lag\w*|burrow_kafka_consumer_\w*lag", "has consumers that fall behind", _piles_up, _QUEUE),
    measure("tls_certificate_invalid", r"nginx_ingress_controller_ssl_expire_time_seconds|probe_ssl_(?:earliest|last_chain)\w*expiry\w*|certmanager_certificate_expiration_timestamp_seconds|traefik_tls_certs_not_after",
            "serves a certificate that has run out", _is_past, ingress),
    measure("tls_certificate_invalid", r"certmanager_certificate_ready_status", "has a certificate that is not ready", above(1), ingress, where={"condition": "^False$"}, weight=STRONG),
)  # fmt: skip
ENTRIES = ()
ALSO = found_by(_TABLE)
