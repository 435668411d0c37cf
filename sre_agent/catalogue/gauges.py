"""Metric series by what they measure, whatever they are called, and how much each moved at the onset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter

from sre_agent.catalogue.once import once
from sre_agent.domain.evidence import Citation
from sre_agent.picture.golden import is_by_status
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import BY_EXPORTER, Series
from sre_agent.picture.shift import Shift, shift_of
from sre_agent.picture.world import Picture


class Gauge(StrEnum):
    LATENCY = "latency"
    ERRORS = "errors"
    SUCCESS = "success"
    TRAFFIC = "traffic"
    CPU = "cpu"
    THROTTLING = "throttling"
    PACKETS_IN = "packets in"
    PACKETS_OUT = "packets out"
    RETRANSMITS = "retransmits"
    DROPS = "dropped packets"


_NAMES = (
    (Gauge.THROTTLING, re.compile(r"throttl", re.I)),
    (Gauge.RETRANSMITS, re.compile(r"retrans|tcp_timeouts", re.I)),
    (Gauge.DROPS, re.compile(r"network.*(?:drop|_err)|packets_dropped|packet_?loss", re.I)),
    (Gauge.SUCCESS, re.compile(r"success|availability", re.I)),
    (Gauge.ERRORS, re.compile(r"^errors$|error_?(?:rate|ratio|percent)|errors?_per|failure_?(?:rate|ratio)|(?:^|_)5xx", re.I)),
    (Gauge.PACKETS_IN, re.compile(r"(?:receive|rx|inbound|ingress).*(?:packets|bytes|pps|bps)|packets_in|bytes_in", re.I)),
    (Gauge.PACKETS_OUT, re.compile(r"(?:transmit|tx|outbound|egress|sent).*(?:packets|bytes|pps|bps)|packets_out|bytes_out", re.I)),
    (Gauge.LATENCY, re.compile(r"latency|response_?time|duration(?!.*_(?:count|bucket|sum))|(?:^|_)p(?:50|9\d)(?:$|_)", re.I)),
    (Gauge.TRAFFIC, re.compile(r"^traffic$|requests?_(?:per_second|rate|total)|(?:^|_)(?:rps|qps|throughput|workload)(?:$|_)|request_?count", re.I)),
    (Gauge.CPU, re.compile(r"cpu_?(?:usage|cores|util|percent|load)|(?:^|_)cpu$", re.I)),
)  # fmt: skip
_SUBJECT = (
    "pod",
    "pod_name",
    "destination_workload",
    "destination_service_name",
    "service",
    "deployment",
    "statefulset",
    "daemonset",
    "workload",
    "app",
    "service_name",
    "job",
    "server",
    "instance",
)


_INNER = re.compile(
    r"^(?:pg|mysql|mongodb|redis|memcached|kafka|rabbitmq|elasticsearch|etcd|node|kube|kubelet|jvm|go|process|apiserver|workqueue"
    r"|rest_client|prometheus|alertmanager|coredns|cilium|certmanager|hikaricp|tomcat)_"
)
"""Prefixes of exporters and runtimes: what these measure are no requests of the workload's clients."""
_OF_CLIENTS = (Gauge.LATENCY, Gauge.ERRORS, Gauge.SUCCESS, Gauge.TRAFFIC)


def gauge_of(series: Series) -> Gauge | None:
    """What a series measures, by the words of its name; that of a node is none of these."""
    if series.label("node", "nodename") and not series.label("pod", "service"):
        return None
    found = _gauge_called(series.name)
    if found is Gauge.TRAFFIC and is_by_status(series):
        return None  # read together with its siblings of other statuses, as errors and traffic
    return None if found in _OF_CLIENTS and _INNER.match(series.name) else found


@lru_cache(maxsize=4096)
def _gauge_called(name: str) -> Gauge | None:
    return next((gauge for gauge, pattern in _NAMES if pattern.search(name)), None)


@dataclass(frozen=True, eq=False)
class Moved:
    """A series and its shift at the onset."""

    series: Series
    shift: Shift

    @property
    def ratio(self) -> float:
        """During over before; a large number where there was nothing before."""
        if self.shift.ratio is None:
            return 99.0 if self.shift.during > 0 else 1.0
        return self.shift.ratio

    @property
    def rose(self) -> bool:
        return self.shift.is_marked and self.shift.z > 0

    @property
    def fell(self) -> bool:
        return self.shift.is_marked and self.shift.z < 0

    def quote(self) -> Citation:
        return self.series.quote()


@once
def _moves(picture: Picture) -> Mapping[tuple[str, Gauge], tuple[Moved, ...]]:
    """(workload or service name, gauge) → its series with their shifts, in the incident's namespace."""
    found: dict[tuple[str, Gauge], list[Moved]] = {}
    for series in picture.series:
        gauge, subject = gauge_of(series), subject_of(picture, series)
        if gauge is not None and subject and (shift := shift_of(series, picture)) is not None:
            found.setdefault((subject, gauge), []).append(Moved(series, shift))
    return {key: tuple(several) for key, several in found.items()}


def subject_of(picture: Picture, series: Series) -> str:
    """Whom a series is about: the workload of its pod, else the name in the first label that tells one."""
    if BY_EXPORTER.match(series.name) and (watched := _watched(picture, series)):
        return watched
    for label in _SUBJECT:
        value = series.labels.get(label)
        if not value:
            continue
        if label in ("pod", "pod_name"):
            return _owner_name(picture, value)
        return value.split(":")[0].split(".")[0]
    return ""


_WATCHED = ("exported_pod", "exported_service", "server", "target", "addr", "host", "instance", "cluster")
"""Labels in which exporters tell what they watch; `pod` and `service` beside them are the exporter's own."""


def _watched(picture: Picture, series: Series) -> str:
    for label in _WATCHED:
        told = series.labels.get(label, "").rsplit("://", 1)[-1].rsplit("@", 1)[-1]
        name = re.split(r"[/:.]", told)[0]
        if name and (found := _known_names(picture).get(name)):
            return found
    return ""


@once
def _known_names(picture: Picture) -> Mapping[str, str]:
    """Names of workloads and pods → the workload's."""
    return {**_owners(picture), **{one.name: one.name for one in picture.inventory.workloads}}


@once
def _owners(picture: Picture) -> Mapping[str, str]:
    return {pod.name: picture.inventory.top_owner(pod).name for pod in picture.inventory.pods}


def _owner_name(picture: Picture, pod: str) -> str:
    known = _owners(picture).get(pod)
    if known is not None:
        return known
    return re.sub(r"-[a-z0-9]{5,10}-[a-z0-9]{5}$|-\d+$", "", pod)


@once
def moves_of(picture: Picture, workload: Obj, gauge: Gauge) -> tuple[Moved, ...]:
    """Series of that kind about a workload, under its own name or its Services'."""
    names = dict.fromkeys([workload.name, *(one.name for one in picture.inventory.services_of(workload))])
    return tuple(
        moved
        for name in names
        for moved in _moves(picture).get((name, gauge), ())
        if moved.series.is_of(workload.namespace)
    )


def strongest(moved: tuple[Moved, ...], *, up: bool) -> Moved | None:
    """The one that moved most in that direction, where any did so markedly."""
    fitting = [one for one in moved if (one.rose if up else one.fell)]
    return max(fitting, key=lambda one: abs(one.shift.z)) if fitting else None


@once
def measured(picture: Picture, pattern: re.Pattern[str]) -> tuple[Series, ...]:
    """Series whose name, or the query behind it, has these words."""
    named = {name for name in _names(picture) if pattern.search(name)}
    return tuple(
        one for one in picture.series if one.name in named or one.labels.get("__name__", "") in named
    )


@once
def _names(picture: Picture) -> frozenset[str]:
    """The names of all series and of the metrics behind them: few, however many series there are."""
    return frozenset(name for one in picture.series for name in (one.name, one.labels.get("__name__", "")))


Placed = tuple[int, Series]


@once
def _measured_by_subject(picture: Picture, pattern: re.Pattern[str]) -> Mapping[str, list[Placed]]:
    found: dict[str, list[Placed]] = {}
    for place, one in enumerate(measured(picture, pattern)):
        found.setdefault(subject_of(picture, one), []).append((place, one))
    return found


def measured_of(picture: Picture, workload: Obj, pattern: re.Pattern[str]) -> list[Series]:
    """Such series about one workload, in the order of all."""
    names = {workload.name, *(one.name for one in picture.inventory.services_of(workload))}
    by_subject = _measured_by_subject(picture, pattern)
    found = [placed for name in names for placed in by_subject.get(name, ())]
    return [one for _, one in sorted(found, key=itemgetter(0)) if one.is_of(workload.namespace)]
