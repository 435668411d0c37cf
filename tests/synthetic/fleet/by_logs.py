"""Faults of which only programs tell, in the words of other makes, versions and languages; imports no rule."""

from __future__ import annotations

from tests.synthetic.fleet.seen import Seen
from tests.synthetic.fleet.town import Town


def says(
    cause: str, entity: str, speaker: str, *lines: str, form: str = "logs", also: tuple[str, ...] = ()
) -> Seen:
    """`also`: others that say the same."""

    def make(town: Town) -> None:
        for name in (speaker, *also):
            town.says(name, *lines)

    return Seen(cause, entity, form, make)


SEEN = (
    says("db_connection_exhaustion", "pg-ledger", "billing", 'io.r2dbc.postgresql.ExceptionFactory$PostgresqlNonTransientResourceException: [53300] remaining connection slots are reserved for non-replication superuser connections'),
    says("db_connection_exhaustion", "maria-core", "stock", "PDOException: SQLSTATE[HY000] [1040] Too many connections in /srv/vendor/doctrine/dbal/lib/Doctrine/DBAL/Driver/PDOConnection.php:27", form="php"),
    says("db_connection_exhaustion", "maria-core", "stock", "Mysql2::Error::ConnectionError: Too many connections", form="ruby"),
    says("connection_pool_exhaustion", "reports", "reports", "ActiveRecord::ConnectionTimeoutError: could not obtain a connection from the pool within 5.000 seconds (waited 5.003 seconds); all pooled connections were in use", form="ruby"),
    says("connection_pool_exhaustion", "reports", "reports", "Npgsql.NpgsqlException (0x80004005): The connection pool has been exhausted, either raise 'Max Pool Size' (currently 100) or 'Timeout' (currently 15 seconds)", form="dotnet"),
    says("connection_pool_exhaustion", "risk", "risk", "thread 'tokio-runtime-worker' panicked at 'called `Result::unwrap()` on an `Err` value: PoolTimedOut'", "ERROR sqlx::pool: pool timed out while waiting for an open connection", form="rust"),
    says("connection_pool_exhaustion", "billing", "billing", "com.zaxxer.hikari.pool.HikariPool - HikariPool-2 - Timeout failure stats (total=20, active=20, idle=0, waiting=187)"),
    says("db_read_only", "maria-core", "accounts", "Error 1836 (HY000): Running in read-only mode"),
    says("db_read_only", "pg-ledger", "billing", "ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)", form="go"),
    says("db_unreachable", "pg-ledger", "billing", 'failed to connect to `host=pg-ledger user=app database=shop`: dial error (dial tcp 10.96.4.2:5432: connect: connection refused)', form="pgx", also=("risk", "invoices")),
    says("db_unreachable", "maria-core", "stock", "django.db.utils.OperationalError: (2002, \"Can't connect to MySQL server on 'maria-core' (115)\")", form="django", also=("promos",)),
    says("db_unreachable", "mongo-docs", "profile", "com.mongodb.MongoTimeoutException: Timed out after 30000 ms while waiting to connect. Client view of cluster state is {type=UNKNOWN, servers=[{address=mongo-docs:27017, type=UNKNOWN, state=CONNECTING, exception={com.mongodb.MongoSocketOpenException: Exception opening socket}, caused by {java.net.ConnectException: Connection refused}}]", form="java", also=("reviews",)),
    says("db_slow_query", "pg-ledger", "pg-ledger", "LOG:  duration: 18423.511 ms  execute <unnamed>: SELECT * FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.region = $1"),
    says("db_slow_query", "maria-core", "stock", "SQLSTATE[HY000]: General error: 3024 Query execution was interrupted, maximum statement execution time exceeded", form="max-exec"),
    says("missing_index", "maria-core", "maria-core", "# Query_time: 9.318  Lock_time: 0.000 Rows_sent: 1  Rows_examined: 4210000", "SELECT * FROM items WHERE sku_ref = 'x';", form="examined"),
    says("db_lock_contention", "pg-ledger", "pg-ledger", 'LOG:  process 4711 still waiting for ShareLock on transaction 99120 after 1000.112 ms', "DETAIL:  Process holding the lock: 4700. Wait queue: 4711, 4713, 4720."),
    says("db_lock_contention", "mongo-docs", "reviews", "MongoServerError: WriteConflict error: this operation conflicted with another operation. Please retry your operation or multi-document transaction.", form="mongo"),
    says("db_replication_lag", "mongo-docs", "mongo-docs", '{"s":"W","c":"REPL","msg":"Replication lag is high","attr":{"lagSecs":412}}'),
    says("db_disk_full", "elastic-find", "search", 'ClusterBlockException[index [products] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];]'),
    says("db_disk_full", "maria-core", "maria-core", "[ERROR] mariadbd: Disk full (/tmp/#sql-temptable-1-8-2.MAI); waiting for someone to free some space... (errno: 28 \"No space left on device\")", form="maria"),
    says("mysql_invalid_credentials", "promos", "promos", "org.mariadb.jdbc.internal.util.exceptions.MariaDbSqlException: Access denied for user 'promo'@'10.4.2.3' (using password: YES)"),
    says("mysql_invalid_credentials", "promos", "promos", "Error: ER_ACCESS_DENIED_ERROR: Access denied for user 'promo'@'%' (using password: YES)", form="node"),
    says("mysql_invalid_credentials", "promos", "promos", 'level=error msg="ping failed" err="Error 1044: Access denied for user \'promo\'@\'%\' to database \'shop\'"', form="1044"),
    says("cache_unavailable", "redis-sessions", "sessions", "StackExchange.Redis.RedisConnectionException: It was not possible to connect to the redis server(s). UnableToConnect on redis-sessions:6379/Interactive", form="dotnet"),
    says("cache_unavailable", "redis-sessions", "sessions", "Predis\\Connection\\ConnectionException: Connection refused [tcp://redis-sessions:6379]", form="php"),
    says("cache_unavailable", "redis-sessions", "sessions", 'level=error msg="get session" error="dial tcp 10.96.2.9:6379: connect: connection refused"', form="go"),
    says("cache_eviction_pressure", "redis-prices", "pricing", "redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'."),
    says("cache_stampede", "redis-prices", "pricing", "WARN cache miss storm: 4821 concurrent loads of key price:all after expiry, all go to the database"),
    says("message_broker_unavailable", "kafka-bus", "orders", "KafkaJSConnectionError: Connection error: connect ECONNREFUSED 10.96.7.3:9092", form="node", also=("audit",)),
    says("message_broker_unavailable", "kafka-bus", "orders", "kafka: client has run out of available brokers to talk to: dial tcp 10.96.7.3:9092: connect: connection refused", form="sarama", also=("audit",)),
    says("message_broker_unavailable", "rabbit-tasks", "mailer", "org.springframework.amqp.AmqpConnectException: java.net.ConnectException: Connection refused", form="spring", also=("texter",)),
    says("message_broker_unavailable", "kafka-bus", "audit", "org.apache.kafka.common.errors.TimeoutException: Topic orders not present in metadata after 60000 ms.", form="metadata", also=("orders", "warehouse")),
    says("message_queue_backlog", "rabbit-tasks", "rabbit-tasks", "[warning] Queue mails has 184223 messages ready and 0 consumers"),
    says("consumer_lag", "", "audit", "WARN consumer group audit is 482113 messages behind on topic orders partition 3", "WARN lag of group audit keeps growing"),
    says("consumer_lag", "", "audit", "org.apache.kafka.clients.consumer.CommitFailedException: Commit cannot be completed since the group has already rebalanced and assigned the partitions to another member. This means that the time between subsequent calls to poll() was longer than the configured max.poll.interval.ms", form="poll-interval"),
    says("rate_limited", "mailer", "mailer", "com.sendgrid.RateLimitException: 429 too many requests, retry after 32 seconds"),
    says("third_party_outage", "api.payfast.example", "billing", "HTTPError: 502 Bad Gateway for url: https://api.payfast.example/v2/charge", form="python", also=()),
    says("third_party_outage", "api.payfast.example", "billing", "java.net.SocketTimeoutException: Connect timed out executing POST https://api.payfast.example/v2/charge", form="feign"),
    says("upstream_timeout", "billing", "orders", "feign.RetryableException: Read timed out executing POST http://billing.market.svc.cluster.local:80/charge", form="feign"),
    says("upstream_timeout", "billing", "orders", 'rpc error: code = DeadlineExceeded desc = context deadline exceeded calling billing', form="grpc"),
    says("upstream_dependency_failure", "billing", "orders", "org.springframework.web.client.HttpServerErrorException$InternalServerError: 500 Internal Server Error from POST http://billing/charge", form="spring"),
    says("circuit_breaker_open", "orders", "orders", "io.github.resilience4j.circuitbreaker.CallNotPermittedException: CircuitBreaker 'billing' is OPEN and does not permit further calls"),
    says("api_contract_mismatch", "basket", "basket", 'com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException: Unrecognized field "listPrice" (class shop.Price), not marked as ignorable', "ERROR could not read the answer of http://pricing/v3/prices"),
    says("expired_credentials", "media", "media", "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"),
    says("expired_credentials", "profile", "profile", "io.jsonwebtoken.ExpiredJwtException: JWT expired at 2026-03-01T09:12:00Z. Current time: 2026-03-01T11:58:09Z", form="jjwt"),
    says("secret_rotation_mismatch", "sessions", "sessions", "JsonWebTokenError: invalid signature (key id 2026-02 is not known; the signing key was rotated)"),
    says("service_dns_resolution_failure", "orders", "orders", "lookup billing.market.svc.cluster.local on 10.96.0.10:53: no such host", form="go"),
    says("service_dns_resolution_failure", "orders", "orders", "Error: getaddrinfo EAI_AGAIN billing", form="node"),
    says("coredns_unavailable", "", "orders", "getaddrinfo EAI_AGAIN billing", also=("pricing", "catalog", "search", "shipping", "accounts", "basket"), form="everyone"),
    says("rbac_permission_denied", "recommend", "recommend", 'io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: GET at: https://10.96.0.1/api/v1/namespaces/market/endpoints. Message: endpoints is forbidden: User "system:serviceaccount:market:default" cannot list resource "endpoints" in API group "" in the namespace "market".'),
    says("file_descriptor_exhaustion", "search", "search", "java.net.SocketException: Too many open files", form="java"),
    says("file_descriptor_exhaustion", "search", "search", "Error: EMFILE: too many open files, open '/app/views/x.html'", form="node"),
    says("thread_pool_exhaustion", "billing", "billing", "WARN Microsoft.AspNetCore.Server.Kestrel: As of \"03/01/2026 11:58:07\", the heartbeat has been running for \"00:00:14\" which is longer than \"00:00:01\". This could be caused by thread pool starvation.", form="dotnet"),
    says("garbage_collection_pressure", "billing", "billing", "[gc] GC(812) Pause Full (G1 Compaction Pause) 511M->509M(512M) 4211.3ms", "[gc] GC(813) Pause Full (G1 Compaction Pause) 511M->510M(512M) 4302.9ms"),
    says("deadlock", "stock", "stock", "WARN  io.vertx.core.impl.BlockedThreadChecker - Thread Thread[vert.x-worker-thread-3] has been blocked for 61234 ms, time limit is 60000 ms", "java.lang.Thread.State: BLOCKED (on object monitor)", "waiting to lock <0x00000000e1f> held by vert.x-worker-thread-5", "waiting to lock <0x00000000e2f> held by vert.x-worker-thread-3", form="java"),
    says("infinite_loop", "tax", "tax", "watchdog: request handler of /tax/compute has been running for 340 s without yielding; stack: tax.rules.Rounding.loop(Rounding.java:88)"),
    says("null_reference", "labels", "labels", "NoMethodError: undefined method `weight' for nil", form="ruby"),
    says("null_reference", "labels", "labels", "TypeError: null is not an object (evaluating 'order.weight')", form="safari-js"),
    says("unhandled_exception", "labels", "labels", "Unhandled exception. System.IndexOutOfRangeException: Index was outside the bounds of the array.", "   at Labels.Render.Row(Int32 n) in /src/Render.cs:line 77", form="dotnet"),
    says("unhandled_exception", "labels", "labels", "Traceback (most recent call last):", '  File "/app/labels/render.py", line 77, in row', "    return ROWS[number]", "KeyError: 'EU-7'", form="python"),
    says("data_validation_failure", "tax", "tax", "javax.validation.ConstraintViolationException: rate: must be less than or equal to 1", form="java"),
    says("schema_migration_failure", "promos", "promos", 'error: migration failed: Duplicate column name \'kind\' in line 0: ALTER TABLE promos ADD COLUMN kind (details: Error 1060)', form="golang-migrate"),
    says("schema_migration_failure", "billing", "billing", "liquibase.exception.ValidationFailedException: Validation Failed: 1 changesets check sum", form="liquibase"),
    says("data_corruption", "maria-core", "maria-core", "[ERROR] InnoDB: Database page corruption on disk or a failed file read of page [page id: space=12, page number=8]"),
    says("duplicate_processing", "invoices", "invoices", "ERROR payment 8a12 was already processed; message redelivered and charged twice"),
    says("service_env_var_address_mismatch", "returns", "returns", 'level=error msg="call failed" error="Post \\"http://order-service.market.svc.cluster.local:80/refund\\": dial tcp: lookup order-service.market.svc.cluster.local: no such host"'),
    says("gateway_misroute", "edge-gateway", "edge-gateway", '{"level":"error","path":"/api/orders/17","upstream":"catalog","status":404,"msg":"no handler for POST /orders/17 at catalog"}'),
    says("retry_storm", "orders", "orders", "WARN retrying call to billing (attempt 9 of 10), 4120 retries in the last minute"),
    says("etcd_unhealthy", "", "recommend", "rpc error: code = Unavailable desc = etcdserver: leader changed", form="client"),
    says("performance_regression", "pricing", "pricing", "WARN slow handler: POST /prices took 4210 ms (budget 200 ms), N+1 queries: 812", form="n+1"),
    says("feature_flag_regression", "basket", "basket", 'ERROR flag "new-totals" is ON: NotImplementedError in totals_v2', form="flag"),
)  # fmt: skip
