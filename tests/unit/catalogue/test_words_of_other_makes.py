"""Words that programs of other makes and languages use for the same causes."""

from __future__ import annotations

import pytest

from sre_agent.orient.engine import Thinking, diagnose
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.synthetic.talk import APP, data_store, says, told
from tests.worlds import workload

Store = tuple[str, int]
POSTGRES: Store = ("docker.io/bitnami/postgresql:16", 5432)
MONGO: Store = ("mongo:7", 27017)
KAFKA: Store = ("confluentinc/cp-kafka:7.6.0", 9092)
RABBIT: Store = ("rabbitmq:3-management", 5672)
REDIS: Store = ("redis:7-alpine", 6379)
MYSQL: Store = ("mysql:8.4", 3306)
ELASTIC: Store = ("elasticsearch:8.13.0", 9200)
NATS: Store = ("nats:2", 4222)
MEMCACHED: Store = ("memcached:1.6", 11211)
MSSQL: Store = ("mcr.microsoft.com/mssql/server:2022-latest", 1433)
NOTHING: Store = ("", 0)
"""The complaint is about no store."""
SAID: tuple[tuple[str, str, Store, str, str], ...] = (
    ('db_connection_exhaustion', 'depot', POSTGRES, 'ledger', 'ERROR org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute'),
    ('db_connection_exhaustion', 'depot', POSTGRES, 'depot', 'FATAL:  sorry, too many clients already'),
    ('db_connection_exhaustion', 'depot', MYSQL, 'ledger', "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1040, 'Too many connections')"),
    ('db_connection_exhaustion', 'depot', MONGO, 'depot', '{"t":{"$date":"2026-03-01T11:59:00Z"},"s":"I","c":"NETWORK","id":22942,"msg":"Connection refused because there are too many open connections","attr":{"connectionCount":819}}'),
    ('db_connection_exhaustion', 'depot', MSSQL, 'ledger', 'ERROR The user connection limit of 32767 has been reached; Resource ID : 3. The session limit for the database is 1200 and has been reached.'),
    ('connection_pool_exhaustion', 'ledger', MSSQL, 'ledger', 'System.InvalidOperationException: Timeout expired.  The timeout period elapsed prior to obtaining a connection from the pool.  This may have occurred because all pooled connections were in use and max pool size was reached.'),
    ('connection_pool_exhaustion', 'ledger', POSTGRES, 'ledger', 'ERROR TimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?'),
    ('connection_pool_exhaustion', 'ledger', REDIS, 'ledger', 'redis.clients.jedis.exceptions.JedisExhaustedPoolException: Could not get a resource since the pool is exhausted'),
    ('connection_pool_exhaustion', 'ledger', MONGO, 'ledger', 'MongoWaitQueueTimeoutError: Timed out while checking out a connection from connection pool'),
    ('connection_pool_exhaustion', 'ledger', REDIS, 'ledger', 'redis: connection pool timeout'),
    ('connection_pool_exhaustion', 'ledger', POSTGRES, 'ledger', 'PrismaClientKnownRequestError: Timed out fetching a new connection from the connection pool. (Current connection pool timeout: 10, connection limit: 5)'),
    ('db_read_only', 'depot', MONGO, 'ledger', 'MongoServerError: not primary and secondaryOk=false, code 10107 NotWritablePrimary'),
    ('db_read_only', 'depot', REDIS, 'ledger', "ERROR READONLY You can't write against a read only replica."),
    ('db_read_only', 'depot', MYSQL, 'ledger', 'java.sql.SQLException: The MySQL server is running with the --super-read-only option so it cannot execute this statement'),
    ('db_read_only', 'depot', POSTGRES, 'ledger', 'ERROR: cannot execute UPDATE in a read-only transaction'),
    ('db_read_only', 'depot', ELASTIC, 'ledger', 'ERROR blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];'),
    ('db_disk_full', 'depot', POSTGRES, 'depot', 'PANIC:  could not write to file "pg_wal/xlogtemp.28": No space left on device'),
    ('db_disk_full', 'depot', POSTGRES, 'depot', 'ERROR:  could not extend file "base/16384/16399": No space left on device'),
    ('db_disk_full', 'depot', ELASTIC, 'depot', 'WARN flood stage disk watermark [95%] exceeded on [x][es-0], all indices on this node will be marked read-only'),
    ('db_disk_full', 'depot', MONGO, 'depot', '{"s":"E","c":"STORAGE","msg":"WiredTiger error message","attr":{"error":28,"message":"No space left on device"}}'),
    ('db_lock_contention', 'depot', POSTGRES, 'ledger', 'ERROR: canceling statement due to lock timeout'),
    ('db_lock_contention', 'depot', MYSQL, 'ledger', 'ERROR com.mysql.cj.jdbc.exceptions.MySQLTransactionRollbackException: Lock wait timeout exceeded; try restarting transaction'),
    ('db_lock_contention', 'depot', MYSQL, 'ledger', 'ERROR Deadlock found when trying to get lock; try restarting transaction'),
    ('db_lock_contention', 'depot', MSSQL, 'ledger', 'ERROR Transaction (Process ID 64) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction.'),
    ('db_replication_lag', 'depot', POSTGRES, 'ledger', 'WARN read from replica is stale: replication lag 312s exceeds 30s'),
    ('db_slow_query', 'depot', POSTGRES, 'ledger', 'ERROR canceling statement due to statement timeout'),
    ('db_slow_query', 'depot', MYSQL, 'depot', '# Query_time: 12.318  Lock_time: 0.000 Rows_sent: 1  Rows_examined: 51'),
    ('mysql_invalid_credentials', 'ledger', POSTGRES, 'ledger', 'FATAL: password authentication failed for user "shop"'),
    ('mysql_invalid_credentials', 'ledger', MONGO, 'ledger', 'MongoServerError: Authentication failed.'),
    ('mysql_invalid_credentials', 'ledger', MSSQL, 'ledger', "Login failed for user 'sa'."),
    ('mysql_invalid_credentials', 'ledger', MYSQL, 'ledger', "Error 1045 (28000): Access denied for user 'root'@'10.2.3.4' (using password: YES)"),
    ('mysql_invalid_credentials', 'ledger', POSTGRES, 'ledger', 'FATAL: role "shopx" does not exist'),
    ('db_unreachable', 'depot', POSTGRES, 'ledger', 'psycopg2.OperationalError: connection to server at "depot" (10.96.3.3), port 5432 failed: Connection refused Is the server running on that host and accepting TCP/IP connections?'),
    ('db_unreachable', 'depot', MONGO, 'ledger', 'MongoServerSelectionError: connect ECONNREFUSED 10.96.3.3:27017'),
    ('db_unreachable', 'depot', POSTGRES, 'ledger', 'FATAL: the database system is starting up'),
    ('cache_unavailable', 'depot', REDIS, 'ledger', 'redis.exceptions.ConnectionError: Error 111 connecting to depot:6379. Connection refused.'),
    ('cache_unavailable', 'depot', REDIS, 'ledger', '[ioredis] Unhandled error event: Error: connect ECONNREFUSED 10.96.3.3:6379'),
    ('cache_unavailable', 'depot', REDIS, 'ledger', 'ERROR LOADING Redis is loading the dataset in memory'),
    ('cache_unavailable', 'depot', REDIS, 'ledger', 'io.lettuce.core.RedisConnectionException: Unable to connect to depot:6379'),
    ('cache_unavailable', 'depot', MEMCACHED, 'ledger', 'ERROR memcache: connect timeout to 10.96.3.3:11211'),
    ('cache_eviction_pressure', 'depot', REDIS, 'ledger', "ERROR OOM command not allowed when used memory > 'maxmemory'."),
    ('message_broker_unavailable', 'depot', KAFKA, 'ledger', '[Producer clientId=producer-1] Connection to node -1 (depot/10.96.3.3:9092) could not be established. Broker may not be available.'),
    ('message_broker_unavailable', 'depot', KAFKA, 'ledger', '%3|1700000000.1|FAIL|rdkafka#producer-1| [thrd:depot:9092/bootstrap]: depot:9092/bootstrap: Connect to ipv4#10.96.3.3:9092 failed: Connection refused (after 0ms in state CONNECT)'),
    ('message_broker_unavailable', 'depot', RABBIT, 'ledger', 'pika.exceptions.AMQPConnectionError: [Errno 111] Connection refused'),
    ('message_broker_unavailable', 'depot', RABBIT, 'ledger', 'Error: connect ECONNREFUSED 10.96.3.3:5672'),
    ('message_broker_unavailable', 'depot', NATS, 'ledger', 'ERROR nats: no servers available for connection'),
    ('rate_limited', 'ledger', NOTHING, 'ledger', 'ERROR stripe: 429 Too Many Requests: Request rate limit exceeded'),
    ('third_party_outage', 'api.stripe.com', NOTHING, 'ledger', 'ERROR POST https://api.stripe.com/v1/charges: 503 Service Unavailable'),
    ('circuit_breaker_open', 'ledger', NOTHING, 'ledger', 'ERROR Polly.CircuitBreaker.BrokenCircuitException: The circuit is now open and is not allowing calls.'),
    ('circuit_breaker_open', 'ledger', NOTHING, 'ledger', 'hystrix: circuit open for parcel'),
    ('expired_credentials', 'ledger', NOTHING, 'ledger', 'ERROR botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.'),
    ('expired_credentials', 'ledger', NOTHING, 'ledger', 'ERROR 401 Unauthorized: jwt expired'),
    ('api_contract_mismatch', 'ledger', NOTHING, 'ledger', 'ERROR parcel: rpc error: code = Unimplemented desc = unknown method Quote for service parcel.v2.Parcel'),
    ('api_contract_mismatch', 'ledger', NOTHING, 'ledger', 'ERROR json: cannot unmarshal string into Go struct field Stock.amount of type int while decoding answer of parcel'),
    ('null_reference', 'ledger', NOTHING, 'ledger', 'java.lang.NullPointerException: Cannot invoke "com.acme.Order.getId()" because "order" is null'),
    ('null_reference', 'ledger', NOTHING, 'ledger', "TypeError: Cannot read properties of undefined (reading 'price')"),
    ('null_reference', 'ledger', NOTHING, 'ledger', "AttributeError: 'NoneType' object has no attribute 'total'"),
    ('null_reference', 'ledger', NOTHING, 'ledger', 'panic: runtime error: invalid memory address or nil pointer dereference'),
    ('null_reference', 'ledger', NOTHING, 'ledger', 'System.NullReferenceException: Object reference not set to an instance of an object.'),
    ('null_reference', 'ledger', NOTHING, 'ledger', 'PHP Fatal error:  Uncaught Error: Call to a member function total() on null in /app/src/Cart.php:41'),
    ('null_reference', 'ledger', NOTHING, 'ledger', "NoMethodError (undefined method `total' for nil:NilClass)"),
    ('unhandled_exception', 'ledger', NOTHING, 'ledger', "thread 'main' panicked at src/main.rs:12:5: index out of bounds: the len is 3 but the index is 7"),
    ('schema_migration_failure', 'ledger', POSTGRES, 'ledger', 'org.flywaydb.core.api.exception.FlywayValidateException: Validate failed: Migrations have failed validation. Migration checksum mismatch for migration version 7'),
    ('schema_migration_failure', 'ledger', POSTGRES, 'ledger', 'ERROR: column orders.discount does not exist'),
    ('schema_migration_failure', 'ledger', MYSQL, 'ledger', "ERROR 1054 (42S22): Unknown column 'discount' in 'field list'"),
    ('schema_migration_failure', 'ledger', POSTGRES, 'ledger', "alembic.util.exc.CommandError: Can't locate revision identified by 'ae1027a6acf'"),
    ('data_corruption', 'depot', POSTGRES, 'depot', 'ERROR:  invalid page in block 12 of relation base/16384/16399'),
    ('file_descriptor_exhaustion', 'ledger', NOTHING, 'ledger', 'ERROR accept tcp [::]:8080: accept4: too many open files'),
    ('thread_pool_exhaustion', 'ledger', NOTHING, 'ledger', 'java.util.concurrent.RejectedExecutionException: Task rejected from java.util.concurrent.ThreadPoolExecutor@1[Running, pool size = 200, active threads = 200, queued tasks = 1000]'),
    ('thread_pool_exhaustion', 'ledger', NOTHING, 'ledger', 'java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached'),
    ('garbage_collection_pressure', 'ledger', NOTHING, 'ledger', 'java.lang.OutOfMemoryError: GC overhead limit exceeded'),
    ('deadlock', 'ledger', NOTHING, 'ledger', 'fatal error: all goroutines are asleep - deadlock!'),
    ('deadlock', 'ledger', NOTHING, 'ledger', 'Found one Java-level deadlock:'),
    ('rbac_permission_denied', 'ledger', NOTHING, 'ledger', 'ERROR configmaps "x" is forbidden: User "system:serviceaccount:acme:default" cannot get resource "configmaps" in API group "" in the namespace "acme"'),
    ('service_dns_resolution_failure', 'ledger', NOTHING, 'ledger', 'java.net.UnknownHostException: parcel: Temporary failure in name resolution'),
    ('duplicate_processing', 'ledger', POSTGRES, 'ledger', 'ERROR: duplicate key value violates unique constraint "payments_idempotency_key"'),
    ('data_validation_failure', 'ledger', NOTHING, 'ledger', 'pydantic_core._pydantic_core.ValidationError: 1 validation error for Order\namount Input should be a valid integer'),
)  # fmt: skip
"""(cause, whom it blames, the store in use, who says it, its words)."""


def told_of(store: Store, speaker: str, words: str) -> Cluster:
    """The shop, two of whose workloads use one store, and the words in a log."""
    cluster = shop()
    image, port = store
    if image:
        data_store(cluster, "depot", image, port, kind="StatefulSet")
        for name in APP:
            for container in cluster.main(name):
                container.setdefault("env", []).append(told("STORE_URL", f"tcp://depot:{port}"))
            cluster.edges.append((name, "depot"))
    cluster.alert("HighErrorRate", workload("ledger"))
    says(cluster, speaker, words, times=4)
    return cluster


@pytest.mark.promise("SEE-8")
@pytest.mark.parametrize(("cause", "entity", "store", "speaker", "words"), SAID, ids=[f"{one[0]}-{one[4][:30]}" for one in SAID])  # fmt: skip
def test_other_makes_of_stores_and_languages_are_understood(
    cause: str, entity: str, store: Store, speaker: str, words: str
) -> None:
    found = diagnose(told_of(store, speaker, words).picture(), Thinking(may_ask=False)).diagnosis
    best = found.hypotheses[0]
    assert (best.cause, best.entity.name) == (cause, entity)
