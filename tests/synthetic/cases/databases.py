"""Databases, their clients, and what each says."""

from __future__ import annotations

from collections.abc import Callable

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.talk import kept_shop, said_long_ago, says


def said(speaker: str, *lines: str, **settings: str) -> Callable[[], Cluster]:
    """A kept shop in which one workload says these lines."""

    def make() -> Cluster:
        cluster = kept_shop(**settings)
        says(cluster, speaker, *lines)
        return cluster

    make.__name__ = "_".join([speaker, *lines[0].split()[:4]])
    return make


def long_ago(speaker: str, *lines: str) -> Callable[[], Cluster]:
    def make() -> Cluster:
        cluster = kept_shop()
        said_long_ago(cluster, speaker, *lines)
        return cluster

    make.__name__ = f"{speaker}_long_ago"
    return make


FULL = said("ledger", "FATAL: sorry, too many clients already (SQLSTATE 53300)")
FULL_TOO = said(
    "ledger",
    'java.sql.SQLNonTransientConnectionException: Data source rejected establishment of connection, message from server: "Too many connections"',
)
POOL = said(
    "ledger",
    "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=42)",
)
POOL_PYTHON = said(
    "ledger",
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
)
POOL_OF_NOTHING = said(
    "ledger",
    "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms (total=0, active=0, idle=0, waiting=3)",
    "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
)
READ_ONLY = said(
    "ledger",
    "pymysql.err.OperationalError: (1290, 'The MySQL server is running with the --read-only option so it cannot execute this statement')",
)
READ_ONLY_PG = said(
    "ledger", "psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction"
)
DISK = said(
    "vault",
    "[ERROR] [MY-012639] [InnoDB] Write to file ./shop/orders.ibd failed: No space left on device",
    "[ERROR] The table 'orders' is full",
)
LOCKED = said("ledger", "ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction")
LOCKED_PG = said("ledger", "ERROR: deadlock detected (SQLSTATE 40P01)")
SLOW = said("vault", "LOG:  duration: 8423.511 ms  statement: SELECT total FROM orders WHERE day = $1")
SCAN = said(
    "vault",
    '{"s":"W","c":"COMMAND","msg":"Slow query","attr":{"ns":"shop.orders","planSummary":"COLLSCAN","docsExamined":1200000,"durationMillis":9120}}',
)
LAG = said("vault", "WARNING replica is lagging behind the primary by 412 seconds")
REFUSED = said("ledger", "ERROR 1045 (28000): Access denied for user 'app'@'10.1.0.4' (using password: YES)")
REFUSED_PG = said("ledger", 'FATAL: password authentication failed for user "app"')
GONE = said(
    "ledger",
    "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
    "Caused by: java.net.ConnectException: Connection refused (vault:3306)",
)
DEADLOCKED_THREADS = said("ledger", "WARN request took 900 ms")


def lag_measured() -> Cluster:
    cluster = kept_shop("vault")
    cluster.series("mysql_slave_status_seconds_behind_master", {"service": "vault"}, 1.0, 400.0)
    return cluster


def down() -> Cluster:
    cluster = GONE()
    for pod in cluster.pods_of("vault"):
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return cluster


CASES = (
    Case("db_connection_exhaustion", "vault", FULL, POOL, "connection_pool_exhaustion"),
    Case(
        "db_connection_exhaustion",
        "vault",
        FULL_TOO,
        long_ago("ledger", "FATAL: sorry, too many clients already"),
    ),
    Case("connection_pool_exhaustion", "ledger", POOL, POOL_OF_NOTHING),
    Case("connection_pool_exhaustion", "ledger", POOL_PYTHON, FULL, "db_connection_exhaustion"),
    Case("db_read_only", "vault", READ_ONLY, DISK, "db_disk_full"),
    Case("db_read_only", "vault", READ_ONLY_PG, REFUSED, "mysql_invalid_credentials"),
    Case("db_disk_full", "vault", DISK, READ_ONLY, "db_read_only"),
    Case("db_lock_contention", "vault", LOCKED, SLOW, "db_slow_query"),
    Case("db_lock_contention", "vault", LOCKED_PG, DEADLOCKED_THREADS),
    Case("db_slow_query", "vault", SLOW, SCAN, "missing_index"),
    Case("missing_index", "vault", SCAN, SLOW, "db_slow_query"),
    Case("db_replication_lag", "vault", LAG, SLOW, "db_slow_query"),
    Case("db_replication_lag", "vault", lag_measured, LOCKED, "db_lock_contention"),
    Case("db_unreachable", "vault", down, FULL, "db_connection_exhaustion"),
    Case("mysql_invalid_credentials", "ledger", REFUSED, down, "db_unreachable"),
    Case(
        "mysql_invalid_credentials",
        "ledger",
        REFUSED_PG,
        long_ago("ledger", "Access denied for user 'app'@'10.1.0.4'"),
    ),
)
