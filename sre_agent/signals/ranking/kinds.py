"""What a series tells by its metric's name: a resource, a symptom users feel, or traffic; and which way is bad."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A resource's rise can be a cause; a symptom travels from the callee to its callers; traffic comes from outside."""

    RESOURCE = "resource"
    NETWORK = "network"
    LATENCY = "latency"
    FAILURE = "failure"
    HEALTH = "health"
    """High is good: availability, success, readiness."""
    TRAFFIC = "traffic"
    VOLUME = "volume"
    """Bytes and packets: they follow traffic."""
    OTHER = "other"


_WORDS: Final = re.compile(r"[a-z]+|\d+")
_CAMEL: Final = re.compile(r"([a-z])([A-Z])")


def _known(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ROLES: Final[tuple[tuple[Role, frozenset[str]], ...]] = (
    (Role.NETWORK, _known("drop drops dropped retransmit retrans retransmits loss")),
    (Role.HEALTH, _known("availability success available ready up healthy apdex")),
    (Role.RESOURCE, _known("cpu gc disk diskio io iops throttled throttling")),
    (Role.FAILURE, _known("error errors err errs failure failures failed fault faults exceptions xx")),
    (Role.LATENCY, _known("latency duration rt time delay elapsed p50 p90 p95 p99")),
    (Role.VOLUME, _known("network net rx tx receive transmit packets bandwidth bytes")),
    (
        Role.RESOURCE,
        _known(
            "mem memory heap rss fs filesystem socket sockets fd fds files connections conn threads queue saturation usage "
            "utilization restarts swap pool inodes"
        ),
    ),
    (
        Role.TRAFFIC,
        _known("load requests request workload traffic qps rps tps throughput calls count rate hits ops"),
    ),
)
_OF_NETWORKS: Final = _known("network net rx tx receive transmit")
_OF_FAILURES: Final = _known("error errors err errs")
_OF_CLOCKS: Final = _known("start started seen created timestamp updated modified")
"""With `time` they name a moment, and no duration."""
_OF_MEMORY: Final = _known("mem memory heap rss swap fs filesystem disk")


def role_of(metric: str) -> Role:
    """By the first role that knows one of the name's words; errors of a network are the network's, bytes of memory memory's."""
    words = set(_WORDS.findall(_CAMEL.sub(r"\1 \2", metric).lower()))
    if words & _OF_NETWORKS and words & _OF_FAILURES:
        return Role.NETWORK
    if words & _OF_CLOCKS and words & {"time", "last", "timestamp"}:
        return Role.OTHER
    if words & _OF_MEMORY:
        return Role.RESOURCE
    for role, known in _ROLES:
        if words & known:
            return role
    return _by_beginning(metric.lower())


def _by_beginning(metric: str) -> Role:
    """`cpuutil`, `latencyms`: names written in one."""
    return next(
        (role for role, known in _ROLES if any(len(word) > 2 and metric.startswith(word) for word in known)),
        Role.OTHER,
    )


def bad_direction(role: Role) -> int:
    """+1 where a rise is bad, -1 where a fall is, 0 where either may be."""
    if role is Role.HEALTH:
        return -1
    return 0 if role in (Role.TRAFFIC, Role.VOLUME, Role.OTHER) else 1
