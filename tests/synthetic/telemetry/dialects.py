"""How systems name their services and series: every quantity under several names, as a gauge, a counter or a stair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STYLES: Final[Mapping[str, tuple[str, ...]]] = {
    "joined": (
        "adverts",
        "basket",
        "checkout",
        "currency",
        "mailer",
        "payment",
        "catalogue",
        "advice",
        "parcel",
    ),
    "hyphens": (
        "ts-order-service",
        "front-end",
        "queue-master",
        "user-db",
        "ts-seat-service",
        "ts-price-mongo",
    ),
    "underscores": ("cart_api", "cart", "auth_gateway", "auth", "stock_reader", "media_frontend"),
    "camel": ("OrderApi", "PetSearch", "PayForAdoption", "ListAdoptions", "TrafficGenerator"),
}
"""Word lists; more services get a number behind."""

GAUGE, COUNTER, STAIR = "gauge", "counter", "stair"


@dataclass(frozen=True)
class Dialect:
    """quantity → (metric's name, form); quantities without an entry are not exported. `extra`: names of series that say nothing."""

    named: Mapping[str, tuple[str, str]]
    constant: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()


DIALECTS: Final[Mapping[str, Dialect]] = {
    "short": Dialect(
        {
            "cpu": ("cpu", GAUGE), "mem": ("mem", GAUGE), "disk": ("diskio", GAUGE), "socket": ("socket", GAUGE),
            "load": ("workload", GAUGE), "p50": ("latency-50", GAUGE), "p90": ("latency-90", GAUGE),
            "failed": ("error", GAUGE),
        }
    ),
    "bare": Dialect({"cpu": ("cpu", GAUGE), "mem": ("mem", GAUGE), "load": ("load", GAUGE), "p50": ("latency", GAUGE),
                     "failed": ("error", GAUGE)}),
    "container": Dialect(
        {
            "cpu": ("container-cpu-usage-seconds-total", GAUGE), "mem": ("container-memory-working-set-bytes", STAIR),
            "disk": ("container-fs-writes-bytes-total", GAUGE), "reads": ("container-fs-reads-total", GAUGE),
            "socket": ("container-sockets", STAIR), "threads": ("container-threads", STAIR),
            "rx": ("container-network-receive-bytes-total", GAUGE), "tx": ("container-network-transmit-bytes-total", GAUGE),
            "load": ("istio-request-total", GAUGE), "p50": ("istio-latency-50", GAUGE), "p90": ("istio-latency-90", GAUGE),
            "p99": ("istio-latency-99", GAUGE), "failed": ("istio-error-total", GAUGE),
        },
        constant=("container-spec-memory-limit-bytes", "container-spec-cpu-quota", "container-start-time-seconds"),
        noise=("container-last-seen", "container-memory-failcnt", "go-gc-duration-seconds"),
    ),
    "counters": Dialect(
        {
            "cpu": ("process-cpu-seconds-total", COUNTER), "mem": ("process-resident-memory-bytes", STAIR),
            "disk": ("node-disk-written-bytes-total", COUNTER), "socket": ("process-open-fds", STAIR),
            "rx": ("network-receive-bytes-total", COUNTER), "load": ("http-requests-total", COUNTER),
            "p50": ("http-request-duration-seconds-p50", GAUGE), "p99": ("http-request-duration-seconds-p99", GAUGE),
            "failed": ("http-request-errors-total", COUNTER),
        },
        constant=("process-start-time-seconds", "process-max-fds"),
    ),
    "cloud": Dialect(
        {
            "cpu": ("CPUUtilization", GAUGE), "mem": ("MemoryUsedPercent", GAUGE), "load": ("RequestCount", GAUGE),
            "p50": ("LatencyAverageMs", GAUGE), "p99": ("LatencyP99", GAUGE), "healthy": ("Availability", GAUGE),
            "failed": ("Http5xxCount", GAUGE),
        }
    ),
}  # fmt: skip
