"""What kind of program a workload runs, told from its image, its name and the ports it serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from sre_agent.catalogue.once import once
from sre_agent.picture.objects import Obj, items
from sre_agent.picture.world import Picture


class Role(StrEnum):
    DATABASE = "database"
    CACHE = "cache"
    QUEUE = "queue"
    GATEWAY = "gateway"


_WORDS = {
    Role.DATABASE: frozenset(
        [
            "mysql",
            "mysqld",
            "mariadb",
            "percona",
            "postgres",
            "postgresql",
            "pg",
            "mongo",
            "mongodb",
            "mongod",
            "cockroach",
            "cockroachdb",
            "mssql",
            "sqlserver",
            "oracle",
            "cassandra",
            "scylla",
            "couchdb",
            "couchbase",
            "tidb",
            "yugabyte",
            "clickhouse",
            "influxdb",
            "elasticsearch",
            "opensearch",
            "neo4j",
            "timescaledb",
            "vitess",
            "db",
            "database",
            "galera",
            "spilo",
        ]
    ),
    Role.CACHE: frozenset(
        [
            "redis",
            "memcached",
            "memcache",
            "valkey",
            "keydb",
            "dragonfly",
            "hazelcast",
            "ignite",
            "varnish",
            "cache",
        ]
    ),
    Role.QUEUE: frozenset(
        [
            "rabbitmq",
            "rabbit",
            "kafka",
            "nats",
            "activemq",
            "artemis",
            "pulsar",
            "rocketmq",
            "redpanda",
            "mosquitto",
            "emqx",
            "broker",
            "mq",
        ]
    ),
    Role.GATEWAY: frozenset(
        [
            "gateway",
            "nginx",
            "envoy",
            "haproxy",
            "traefik",
            "kong",
            "openresty",
            "apisix",
            "ambassador",
            "contour",
            "caddy",
            "zuul",
            "ingress",
            "ingressgateway",
            "apigw",
            "proxy",
        ]
    ),
}
_NOT_ITSELF = frozenset(
    [
        "exporter",
        "operator",
        "backup",
        "client",
        "admin",
        "ui",
        "migrate",
        "migration",
        "init",
        "job",
        "metrics",
        "insights",
        "commander",
    ]
)
"""Words of programs that serve a database or queue without being one."""
PORTS = {
    Role.DATABASE: frozenset({3306, 33060, 5432, 27017, 1433, 1521, 9042, 9200, 26257, 5984, 8123}),
    Role.CACHE: frozenset({6379, 26379, 11211}),
    Role.QUEUE: frozenset({5672, 5671, 9092, 9093, 4222, 61616, 6650, 1883, 9876}),
}
"""Ports registered with IANA or set by the programs' own defaults."""
_SPLIT = re.compile(r"[^a-z]+")


def words_of(name: str) -> frozenset[str]:
    """The words of a name: `redis-cart2` → redis, cart."""
    return frozenset(_SPLIT.split(name.lower()))


def role_of(workload: Obj) -> Role | None:
    """By the image of its containers first, then by its own name, then by the ports it declares."""
    images = [_program(str(container.get("image") or "")) for container in workload.containers()]
    for name in (*images, workload.name):
        if found := role_of_name(name):
            return found
    declared = {port.get("containerPort") for one in workload.containers() for port in items(one, "ports")}
    by_port = next((role for role, ports in PORTS.items() if declared & ports), None)
    return by_port or _role_of_variables(workload)


_VARIABLES = (
    (
        Role.DATABASE,
        re.compile(
            r"^(?:MYSQL|MARIADB)_(?:ROOT|RANDOM|ALLOW)|^POSTGRES_(?:PASSWORD|DB|USER)$|^PGDATA$|^MONGO_INITDB|^ACCEPT_EULA$"
        ),
    ),
    (Role.QUEUE, re.compile(r"^RABBITMQ_(?:DEFAULT|ERLANG|NODE)|^KAFKA_(?:LISTENERS|ADVERTISED|BROKER|CFG)")),
)
"""Variables that only the servers' own images read."""


def _role_of_variables(workload: Obj) -> Role | None:
    names = [str(one.get("name")) for container in workload.containers() for one in items(container, "env")]
    return next((role for role, known in _VARIABLES if any(known.match(name) for name in names)), None)


def _program(image: str) -> str:
    """`reg.example:5000/library/mysql:8.0` → `mysql`."""
    return image.rsplit("/", 1)[-1].split("@", 1)[0].split(":", 1)[0]


def role_of_name(name: str) -> Role | None:
    """What a host or program of this name most likely is."""
    words = words_of(name)
    if words & _NOT_ITSELF:
        return None
    return next((role for role, known in _WORDS.items() if words & known), None)


def role_of_port(port: int | None) -> Role | None:
    return next((role for role, ports in PORTS.items() if port in ports), None)


def having_role(picture: Picture, role: Role) -> tuple[Obj, ...]:
    """Workloads of that kind."""
    return _by_role(picture).get(role, ())


@once
def _by_role(picture: Picture) -> Mapping[Role, tuple[Obj, ...]]:
    found: dict[Role, list[Obj]] = {}
    for workload in picture.inventory.workloads:
        role = role_of(workload) if workload.kind not in ("Job", "CronJob") else None
        if role is not None:
            found.setdefault(role, []).append(workload)
    return {role: tuple(several) for role, several in found.items()}
