"""Traffic, errors and latency of programs, worked out of the request counters that servers and proxies export.

A capture that asked for golden signals itself has them under these names; one that stored raw series has counters by
status and sums of durations (https://prometheus.io/docs/practices/instrumentation/, https://opentelemetry.io/docs/specs/semconv/http/http-metrics/,
https://docs.micrometer.io/micrometer/reference/, https://istio.io/latest/docs/reference/config/metrics/). Both are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from sre_agent.picture.series import MOST_RESETS, Floats, Series

GOLDEN = ("traffic", "errors", "latency")
_REQUESTS = re.compile(
    r"^(?!.*(?:client|process|scrape|handler_requests|connections?_|_bytes|_size|cache|cpu|gc_|cert))"
    r".*(?:requests?|responses?|calls|handled|upstream_rq_xx|server_duration\w*)(?:_(?:milli)?seconds)?(?:_total|_count)?(?:_by_status_total)?$"
    r"|^(?!.*client).*(?:request|server_request|server)_duration\w*_count$"
)
_DURATIONS = re.compile(
    r"^(?P<base>(?!.*(?:client|gc_|scrape|fsync|query|process|cpu)).*(?:requests?|server|response|upstream_rq|http)\w*?(?:duration|latency|time|seconds|milliseconds)\w*?)_sum$"
)
_NOT_OF_PROGRAMS = re.compile(
    r"^(?:pg|mysql|mongodb|redis|memcached|kafka|rabbitmq|elasticsearch|etcd|node|kube|kubelet|apiserver|workqueue|rest_client"
    r"|prometheus|alertmanager|grafana|loki|coredns|cilium|certmanager|authentication|authorization|storage|scheduler|csi)_"
)
"""Exporters and parts of Kubernetes: what these count are no requests of an application."""
_STATUS = (
    "response_code",
    "http_response_status_code",
    "http_status_code",
    "status_code",
    "envoy_response_code_class",
    "status",
    "code",
    "grpc_code",
    "rpc_grpc_status_code",
    "grpc_response_status",
    "classification",
)
_FAILED = re.compile(
    r"^5(?:\d\d|xx)?$|^(?:failure|STATUS_CODE_ERROR|Unknown|Internal|Unavailable|DeadlineExceeded|DataLoss|Unimplemented)$",
    re.I,
)
_WHO = (
    "destination_workload",
    "destination_service_name",
    "application",
    "deployment",
    "service_name",
    "exported_service",
    "service",
    "app",
    "pod",
    "job",
)
"""Labels that tell whose requests they are, those that a program gives itself first."""
_WHERE = (
    "exported_namespace",
    "destination_workload_namespace",
    "destination_service_namespace",
    "namespace",
)
_RATE = re.compile(r"rate\(|increase\(|delta\(")
_BACKEND = re.compile(r"^(?P<space>[a-z0-9-]+?)-(?P<name>[a-z0-9-]+)-(?:\d+|http|web)@")
"""`shop-cart-80@kubernetes`, as Traefik names what stands behind it."""


def golden_signals(series: Sequence[Series]) -> list[Series]:
    """Further series named traffic, errors and latency; none where the capture has such series itself."""
    if any(one.name in GOLDEN for one in series):
        return []
    return [*_traffic_and_errors(series), *_latency(series)]


def is_by_status(one: Series) -> bool:
    """Whether it counts the requests of one status only."""
    return _metric(one).endswith(("_total", "_count")) and bool(one.label(*_STATUS))


def _traffic_and_errors(series: Iterable[Series]) -> Iterator[Series]:
    counted: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[Series, bool]]] = {}
    for one in series:
        status = one.label(*_STATUS)
        if status and _REQUESTS.match(_metric(one)) and _is_server(one) and (who := _who(one)):
            counted.setdefault((_metric(one), who), []).append((one, bool(_FAILED.match(status))))
    for (_, who), found in counted.items():
        yield from _of_counters(dict(who), found)


def _of_counters(who: Mapping[str, str], found: list[tuple[Series, bool]]) -> Iterator[Series]:
    times, total = _summed([one for one, _ in found])
    if not times.size:
        return
    yield _derived("traffic", who, found[0][0], times, total)
    failing = [one for one, failed in found if failed]
    bad = _on(times, failing)
    share = np.divide(bad, total, out=np.zeros_like(bad), where=total > 0)
    yield _derived("errors", who, (failing or [found[0][0]])[0], times, share)


def _latency(series: Iterable[Series]) -> Iterator[Series]:
    sums: dict[tuple[str, tuple[tuple[str, str], ...]], list[Series]] = {}
    counts: dict[tuple[str, tuple[tuple[str, str], ...]], list[Series]] = {}
    for one in series:
        name = _metric(one)
        if not (name.endswith(("_sum", "_count")) and _is_server(one) and (who := _who(one))):
            continue
        if told := _DURATIONS.match(name):
            sums.setdefault((told.group("base"), who), []).append(one)
        elif name.endswith("_count"):
            counts.setdefault((name.removesuffix("_count"), who), []).append(one)
    for key, found in sums.items():
        if key in counts:
            times, spent = _summed(found)
            many = _on(times, counts[key])
            unit = 0.001 if "milli" in key[0] or key[0].endswith(("_ms", "rq_time")) else 1.0
            took = np.divide(spent * unit, many, out=np.full_like(spent, np.nan), where=many > 0)
            if times.size:
                yield _derived("latency", dict(key[1]), found[0], times, took)


def _metric(one: Series) -> str:
    return one.labels.get("__name__") or one.name


def _is_server(one: Series) -> bool:
    """Told by the one who answers; a caller's own count of the same requests would count them twice."""
    return not (
        _NOT_OF_PROGRAMS.match(_metric(one))
        or one.labels.get("reporter") == "source"
        or one.labels.get("direction") == "outbound"
        or one.labels.get("span_kind", "SPAN_KIND_SERVER") not in ("SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER")
    )


def _who(one: Series) -> tuple[tuple[str, str], ...]:
    """The labels of the program whose requests these are; empty where none tells."""
    if "@" in one.labels.get("service", "") and (behind := _BACKEND.match(one.labels["service"])):
        return (("service", behind["name"]), ("namespace", behind["space"]))
    if "envoy_cluster_name" in one.labels:
        return _of_cluster(one.labels["envoy_cluster_name"])
    label = next((name for name in _WHO if one.labels.get(name)), "")
    where = next((name for name in _WHERE if one.labels.get(name)), "")
    if not label:
        return ()
    key = "pod" if label == "pod" else "service"
    value = one.labels[label].rsplit("/", 1)[-1]
    return ((key, value), *((("namespace", one.labels[where]),) if where else ()))


def _of_cluster(name: str) -> tuple[tuple[str, str], ...]:
    """What stands behind an Envoy cluster: `outbound|8080||cart.shop.svc.cluster.local`, or a name that people gave."""
    host = name.rsplit("|", 1)[-1]
    parts = host.split(".")
    if name.startswith("inbound") or not host:
        return ()
    space = (("namespace", parts[1]),) if len(parts) > 1 and parts[1] != "svc" else ()
    return (("service", re.sub(r"[_-](?:cluster|service|backend|upstream|\d+)$", "", parts[0])), *space)


def _summed(found: Sequence[Series]) -> tuple[Floats, Floats]:
    """Rates of all of them together, on the times of the one with the most samples."""
    times = max((_rate(one)[0] for one in found), key=lambda each: each.size)
    return times, _on(times, found)


def _on(times: Floats, found: Sequence[Series]) -> Floats:
    total = np.zeros_like(times)
    for one in found:
        when, rate = _rate(one)
        if when.size:
            total += np.interp(times, when, rate, left=0.0, right=0.0)
    return total


def _rate(one: Series) -> tuple[Floats, Floats]:
    """Growth in a second between samples; what falls again and again, or comes from a query for a rate, is one already."""
    finite = np.isfinite(one.values)
    times, values = one.times[finite], one.values[finite]
    steps, seconds = np.diff(values), np.diff(times)
    if _RATE.search(one.query) or (steps < 0).sum() > max(MOST_RESETS, 0.1 * steps.size):
        return times, values
    if not steps.size or (seconds <= 0).any():
        return times[:0], values[:0]
    return times[1:], np.maximum(steps, 0.0) / seconds


def _derived(name: str, who: Mapping[str, str], base: Series, times: Floats, values: Floats) -> Series:
    written = base.written[-times.size :] if base.written else ()
    return Series(name, who, times, values, base.source, base.query, written, base.ended)
