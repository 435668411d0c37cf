"""Caches, queues, dependencies, limits and agreements: what programs say of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.talk import kept_shop, said_long_ago, says
from tests.worlds import NOW, stamp


def said(speaker: str, *lines: str, times: int = 3, **settings: str) -> Callable[[], Cluster]:
    def make() -> Cluster:
        cluster = kept_shop(**settings)
        says(cluster, speaker, *lines, times=times)
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


def measured(alert: str, *series: tuple[str, dict[str, str], float, float]) -> Callable[[], Cluster]:
    def make() -> Cluster:
        cluster = kept_shop(alert)
        for one in series:
            cluster.series(*one)
        return cluster

    make.__name__ = f"measured_{series[0][0]}"
    return make


CACHE_GONE = said(
    "ledger", "redis.exceptions.ConnectionError: Error 111 connecting to larder:6379. Connection refused."
)
CACHE_LOADING = said("ledger", "ReplyError: LOADING Redis is loading the dataset in memory")
CACHE_FULL = said("ledger", "ReplyError: OOM command not allowed when used memory > 'maxmemory'.")
EVICTING = measured("larder", ("redis_evicted_keys_rate", {"service": "larder"}, 0.0, 240.0))
STAMPEDE = measured("larder", ("redis_cache_hit_ratio", {"service": "larder"}, 0.95, 0.05))
BROKER_GONE = said("ledger", "pika.exceptions.AMQPConnectionError: Connection refused")
KAFKA_GONE = said(
    "ledger",
    "WARN [Producer clientId=p1] Connection to node -1 (belt/10.96.3.3:5672) could not be established. Broker may not be available.",
)
BACKLOG = measured(
    "belt", ("rabbitmq_queue_messages_ready", {"queue": "orders", "instance": "belt:15692"}, 10.0, 9000.0)
)
LAG = measured(
    "belt", ("kafka_consumergroup_lag", {"consumergroup": "billing", "topic": "orders"}, 50.0, 250000.0)
)
THROWN_OUT = said(
    "ledger",
    "ERROR consumer poll timeout has expired: the time between polls was longer than max.poll.interval.ms",
)
PAY = "ERROR POST https://api.payments-example.com/v1/charges: "
OUTSIDE = said("ledger", f"{PAY}status 503 Service Unavailable")
OUTSIDE_LATE = said(
    "ledger",
    f"{PAY}net/http: request canceled (Client.Timeout exceeded while awaiting headers): context deadline exceeded",
)
LIMITED = said("ledger", f"{PAY}429 Too Many Requests")
LIMITED_GRPC = said("ledger", "rpc error: code = ResourceExhausted desc = rate limit exceeded for client")
BREAKER = said(
    "ledger",
    "io.github.resilience4j.circuitbreaker.CallNotPermittedException: CircuitBreaker 'parcel' is OPEN and does not permit further calls",
)
UPSTREAM = said("ledger", "ERROR GET http://parcel:80/stock: status 500 Internal Server Error")
LATE = said("ledger", "ERROR GET http://parcel:80/stock: context deadline exceeded")
CONTRACT = said(
    "ledger", "rpc error: code = Unimplemented desc = unknown method Reserve for service parcel.v2.Stock"
)
CONTRACT_JSON = said(
    "ledger",
    'UnrecognizedPropertyException: Unrecognized field "discount" (class Order), not marked as ignorable',
)
EXPIRED = said("ledger", "ERROR auth: jwt expired at 2026-03-01T11:00:00Z")
EXPIRED_AWS = said("ledger", "ExpiredTokenException: The security token included in the request is expired")
DENIED = said("ledger", 'FATAL: password authentication failed for user "app"')
FINE = said("ledger", "WARN slow request: 210 ms")


def rotated(minutes: float = 3) -> Cluster:
    cluster = DENIED()
    secret: dict[str, Any] = {"name": "vault-login", "key": "password"}
    for container in cluster.main("ledger"):
        container["env"].append({"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": secret}})
    written = {"managedFields": [{"manager": "kubectl", "time": stamp(NOW - timedelta(minutes=minutes))}]}
    cluster.named("secrets", "Secret", "vault-login", type="Opaque", data={"password": ""}, metadata=written)
    return cluster


def old_secret() -> Cluster:
    return rotated(minutes=60 * 24 * 30)


def storm() -> Cluster:
    cluster = kept_shop("parcel")
    says(cluster, "ledger", "WARN GET http://parcel:80 failed, retrying (attempt 3/5)", times=20)
    cluster.series("traffic", {"service": "parcel"}, 5.0, 25.0)
    return cluster


def surge() -> Cluster:
    cluster = kept_shop("parcel")
    says(cluster, "ledger", "WARN GET http://parcel:80 failed, retrying (attempt 2/5)", times=2)
    for name in ("portal", "ledger", "parcel"):
        cluster.series("traffic", {"service": name}, 5.0, 25.0)
    return cluster


CASES = (
    Case("cache_unavailable", "larder", CACHE_GONE, CACHE_FULL, "cache_eviction_pressure"),
    Case(
        "cache_unavailable",
        "larder",
        CACHE_LOADING,
        long_ago("ledger", "Error 111 connecting to larder:6379. Connection refused."),
    ),
    Case("cache_eviction_pressure", "larder", CACHE_FULL, CACHE_GONE, "cache_unavailable"),
    Case("cache_eviction_pressure", "larder", EVICTING, STAMPEDE, "cache_stampede"),
    Case("cache_stampede", "larder", STAMPEDE, EVICTING, "cache_eviction_pressure"),
    Case("message_broker_unavailable", "belt", BROKER_GONE, BACKLOG, "message_queue_backlog"),
    Case("message_broker_unavailable", "belt", KAFKA_GONE, THROWN_OUT, "consumer_lag"),
    Case("message_queue_backlog", "belt", BACKLOG, LAG, "consumer_lag"),
    Case("consumer_lag", "belt", LAG, BACKLOG, "message_queue_backlog"),
    Case("consumer_lag", "belt", THROWN_OUT, BROKER_GONE, "message_broker_unavailable"),
    Case("third_party_outage", "api.payments-example.com", OUTSIDE, UPSTREAM, "upstream_dependency_failure"),
    Case("third_party_outage", "api.payments-example.com", OUTSIDE_LATE, LIMITED, "rate_limited"),
    Case("rate_limited", "ledger", LIMITED, OUTSIDE, "third_party_outage"),
    Case("rate_limited", "ledger", LIMITED_GRPC, BREAKER, "circuit_breaker_open"),
    Case("circuit_breaker_open", "ledger", BREAKER, LIMITED_GRPC, "rate_limited"),
    Case("retry_storm", "ledger", storm, surge),
    Case("upstream_dependency_failure", "parcel", UPSTREAM, LATE, "upstream_timeout"),
    Case("upstream_timeout", "parcel", LATE, UPSTREAM, "upstream_dependency_failure"),
    Case("api_contract_mismatch", "ledger", CONTRACT, FINE),
    Case("api_contract_mismatch", "ledger", CONTRACT_JSON, UPSTREAM, "upstream_dependency_failure"),
    Case("expired_credentials", "ledger", EXPIRED, DENIED, "mysql_invalid_credentials"),
    Case("expired_credentials", "ledger", EXPIRED_AWS, rotated, "secret_rotation_mismatch"),
    Case("secret_rotation_mismatch", "ledger", rotated, old_secret, "mysql_invalid_credentials"),
)
