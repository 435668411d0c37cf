"""Which workloads became slow or lost traffic at the onset, and which one of them all the others wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sre_agent.catalogue.gauges import Gauge, Moved, moves_of, strongest
from sre_agent.catalogue.once import once
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

SLOWER = 1.5
"""Latency so many times the usual is one that people feel."""
LESS = 0.7
MORE_CPU = 1.4
FELT = 0.02
"""A delay that is a smaller share of the largest one is an echo of it."""
MOST = 0.6
SILENT = 0.1


@dataclass(frozen=True, eq=False)
class Condition:
    """How one workload changed: None where it did not, or was not measured."""

    workload: Obj
    slower: Moved | None
    failing: Moved | None
    fewer_packets: Moved | None
    less_traffic: Moved | None
    more_traffic: Moved | None
    more_cpu: Moved | None
    throttled: Moved | None
    has_latency: bool = False

    @property
    def suffers(self) -> bool:
        return self.slower is not None or self.failing is not None

    @property
    def busy(self) -> bool:
        """Its own processor explains its slowness."""
        return self.more_cpu is not None or self.throttled is not None

    @property
    def delay(self) -> float:
        """How much its latency grew, in the unit of the series."""
        return self.slower.shift.during - self.slower.shift.before if self.slower else 0.0

    def told(self) -> list[Moved]:
        return [
            one
            for one in (self.slower, self.failing, self.fewer_packets, self.less_traffic)
            if one is not None
        ]


@once
def conditions(picture: Picture) -> Mapping[str, Condition]:
    """Workload name → its condition, for workloads of the incident's namespace; small echoes of a delay left out."""
    found = {}
    for workload in picture.inventory.workloads:
        if not picture.frame.namespace or workload.namespace == picture.frame.namespace:
            found[workload.name] = _condition(picture, workload)
    largest = max((one.delay for one in found.values()), default=0.0)
    return {
        name: one if one.delay >= FELT * largest else replace(one, slower=None) for name, one in found.items()
    }


def _condition(picture: Picture, workload: Obj) -> Condition:
    def up(gauge: Gauge, least: float) -> Moved | None:
        moved = strongest(moves_of(picture, workload, gauge), up=True)
        return moved if moved and moved.ratio >= least else None

    def down(*gauges: Gauge, most: float = LESS) -> Moved | None:
        for gauge in gauges:
            moved = strongest(moves_of(picture, workload, gauge), up=False)
            if moved and moved.ratio <= most:
                return moved
        return None

    return Condition(
        workload=workload,
        slower=up(Gauge.LATENCY, SLOWER),
        failing=up(Gauge.ERRORS, 1.5) or down(Gauge.SUCCESS, most=0.97),
        fewer_packets=down(Gauge.PACKETS_IN, Gauge.PACKETS_OUT),
        less_traffic=down(Gauge.TRAFFIC),
        more_traffic=up(Gauge.TRAFFIC, SLOWER),
        more_cpu=up(Gauge.CPU, MORE_CPU),
        throttled=up(Gauge.THROTTLING, 2.0),
        has_latency=any(
            one.shift.during or one.shift.before for one in moves_of(picture, workload, Gauge.LATENCY)
        ),
    )


def callees(picture: Picture, workload: Obj) -> list[str]:
    """Names of the workloads it calls."""
    names = [workload.name, *(one.name for one in picture.inventory.services_of(workload))]
    called = [callee for name in names for callee in picture.calls.get(name, ())]
    return [
        name for one in dict.fromkeys(called) if (name := _workload_name(picture, one, workload.namespace))
    ]


def callers(picture: Picture, workload: Obj) -> list[str]:
    """Names of the workloads that call it."""
    names = [workload.name, *(one.name for one in picture.inventory.services_of(workload))]
    calling = [caller for name in names for caller in picture.callers.get(name, ())]
    return [
        name for one in dict.fromkeys(calling) if (name := _workload_name(picture, one, workload.namespace))
    ]


def _workload_name(picture: Picture, name: str, namespace: str) -> str:
    workload = picture.inventory.workload_called(name, namespace)
    return workload.name if workload else ""


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """A workload that those who suffer wait for, or that makes all it calls wait.

    `share`: of those who suffer, how many it explains; `explained`: their names.
    """

    condition: Condition
    share: float
    explained: frozenset[str]
    waiting: tuple[Condition, ...]


@once
def bottlenecks(picture: Picture) -> tuple[Bottleneck, ...]:
    """Workloads that explain who suffers, the one that explains most first."""
    known = conditions(picture)
    ill = {name for name, one in known.items() if one.suffers}
    found = [made for name in ill if (made := _bottleneck(picture, known[name], ill, known)) is not None]
    return tuple(sorted(found, key=_order, reverse=True))


def _order(one: Bottleneck) -> tuple[Any, ...]:
    slower = one.condition.slower
    return round(one.share, 2), one.condition.busy, slower is not None, slower.shift.z if slower else 0.0


def _bottleneck(
    picture: Picture, own: Condition, ill: set[str], known: Mapping[str, Condition]
) -> Bottleneck | None:
    """A slow callee explains its callers. A slow caller explains its callees only if most of them suffer, far less than it."""
    name = own.workload.name
    below = [known[one] for one in callees(picture, own.workload) if one in known and known[one].has_latency]
    suffering = [one for one in below if one.suffers]
    if suffering and not _makes_them_wait(picture, own, below, suffering):
        return None
    explained = {name} | _upstream(picture, own.workload) | _below(picture, own.workload, bool(suffering))
    waiting = tuple(known[one] for one in callers(picture, own.workload) if one in ill)
    return Bottleneck(own, len(ill & explained) / len(ill), frozenset(ill & explained), waiting)


def _makes_them_wait(
    picture: Picture, own: Condition, below: list[Condition], suffering: list[Condition]
) -> bool:
    """Whether it is the caller: nearly all that it calls suffer, on its own node and elsewhere, and far less than it.

    A caller without processor time reads answers late, so that even one callee looks slow.
    """
    if any(one.delay >= 0.5 * own.delay for one in suffering):
        return False
    if own.busy:
        return True
    if len(suffering) < 2 or len(suffering) < MOST * len(below):
        return False
    near = neighbours_on_node(picture, own.workload)
    far = [one for one in below if one.workload.name not in near]
    return not far or sum(one.suffers for one in far) >= MOST * len(far)


def _below(picture: Picture, workload: Obj, wanted: bool) -> set[str]:
    return set(picture.downstream_of(workload.name)) if wanted else set()


def _upstream(picture: Picture, workload: Obj) -> set[str]:
    seen: set[str] = set()
    queue = [workload]
    while queue:
        for name in callers(picture, queue.pop()):
            above = picture.inventory.workload_called(name, workload.namespace)
            if above is not None and above.name not in seen:
                seen.add(above.name)
                queue.append(above)
    return seen


def neighbours_on_node(picture: Picture, workload: Obj) -> set[str]:
    """Other workloads of the incident's namespace with a pod on the same node."""
    nodes = {pod.dig("spec", "nodeName") for pod in picture.inventory.live_pods_of(workload)} - {None}
    names = {
        picture.inventory.top_owner(pod).name
        for pod in picture.inventory.pods
        if pod.namespace == workload.namespace and pod.dig("spec", "nodeName") in nodes
    }
    return names - {workload.name}


def silent(picture: Picture, workload: Obj) -> Moved | None:
    """Its packets, or where these were not counted its requests, fell to nearly nothing."""
    packets = (
        *moves_of(picture, workload, Gauge.PACKETS_IN),
        *moves_of(picture, workload, Gauge.PACKETS_OUT),
    )
    moved = strongest(packets or moves_of(picture, workload, Gauge.TRAFFIC), up=False)
    return moved if moved and moved.ratio <= SILENT else None
