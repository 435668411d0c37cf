"""Workloads, and whole nodes, whose processor is used up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.gauges import Gauge, Moved, moves_of, strongest
from sre_agent.catalogue.machines import node_of, pods_on
from sre_agent.catalogue.own_reasons import slow_by_queries
from sre_agent.catalogue.subjects import WORKLOADS, Subject, is_companion, subjects
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Raw, items, mapping
from sre_agent.picture.quantities import quantity
from sre_agent.picture.series import Series
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

NEAR_LIMIT = 0.8
NEAR_WHILE_RISING = 0.65
"""On average: a container that is held back in its bursts shows less than its limit."""
GROWN, DOUBLED = 1.5, 2.0
NODE_BUSY = 0.9
_NODE_CPU = re.compile(r"^node.*cpu.*(?:util|usage|percent|busy|ratio)|instance:node_cpu", re.I)


@dataclass(frozen=True, eq=False)
class _Load:
    """How a workload uses its CPU: its series, the share of its limit (None: no limit), and how it grew."""

    series: Series
    share: float | None
    grown: Moved | None


def _load_of(picture: Picture, subject: Subject) -> _Load | None:
    moved = moves_of(picture, subject.owner, Gauge.CPU)
    if not moved:
        return None
    grown = strongest(moved, up=True)
    now = grown or max(moved, key=lambda one: one.shift.during)
    limit = _limit(subject, now.series)
    share = now.shift.during / limit if limit and now.shift.during < limit * 20 else None
    return _Load(now.series, share, grown if grown and grown.ratio >= GROWN else None)


def _limit(subject: Subject, series: Series) -> float | None:
    """CPU that it may use: of one pod, or of all where the series is of the whole workload."""
    told = [quantity(mapping(one, "resources", "limits").get("cpu")) for one in _meant(subject, series)]
    if not told or any(one is None for one in told):
        return None
    alone = sum(one or 0.0 for one in told)
    return alone * (1 if series.label("pod", "pod_name") else max(1, len(subject.live)))


def _meant(subject: Subject, series: Series) -> list[Raw]:
    """The containers that a series is about: the one it names, else those that do the pod's own work."""
    spec = subject.owner.pod_template() or (subject.pods[0].mapping("spec") if subject.pods else {})
    every = items(spec, "containers")
    named = [one for one in every if one.get("name") == series.label("container", "container_name")]
    own = [one for one in every if not is_companion(str(one.get("name") or ""))]
    return named or own or every


def _overload(picture: Picture) -> Iterable[Lead]:
    for subject in subjects(picture):
        load = _load_of(picture, subject)
        if load is None:
            continue
        held = strongest(moves_of(picture, subject.owner, Gauge.THROTTLING), up=True)
        rising = load.grown is not None and load.grown.ratio >= DOUBLED
        full = load.share is not None and load.share >= (NEAR_WHILE_RISING if rising else NEAR_LIMIT)
        if not full and not (load.grown and (held or load.share is None)):
            continue
        busier = strongest(moves_of(picture, subject.owner, Gauge.TRAFFIC), up=True)
        weight = (
            (STRONG if full else FAIR) + (SLIGHT * 1.5 if load.grown else 0.0) + (SLIGHT / 2 if held else 0.0)
        )
        told = f"{load.share:.0%} of its CPU limit" if load.share is not None else "much more CPU than before"
        grew = (
            f", {load.grown.ratio:.1f} times what it used before"
            if load.grown and load.grown.ratio < 90
            else ""
        )
        yield Lead(
            cause="pod_cpu_overload",
            entity=subject.owner.ref,
            weight=weight
            - (FAIR if busier and busier.ratio >= GROWN else 0.0)
            - (FAIR if held and not load.grown else 0.0)
            - (STRONG if slow_by_queries(picture, subject.owner.ref) else 0.0),
            statement=f"{subject.owner.ref} uses {told}{grew}: its own load leaves it no CPU.",
            citations=(load.series.quote(), *((held.quote(),) if held else ())),
            hints={"container": str((subject.owner.containers() or [{}])[0].get("name") or "")},
        )


def _node_busy(picture: Picture) -> Iterable[Lead]:
    for series in picture.series:
        node = node_of(picture, series)
        if not node or not _NODE_CPU.search(series.name) or series.last is None:
            continue
        scale = 100.0 if series.last > 1.5 or "percent" in series.name else 1.0
        shift = shift_of(series, picture)
        level = (shift.during if shift else series.last) / scale
        if level < NODE_BUSY:
            continue
        yield Lead(
            cause="node_cpu_saturation",
            entity=EntityRef(kind="Node", name=node),
            weight=DECISIVE if shift and shift.is_marked and shift.z > 0 else STRONG,
            statement=f"Node {node} uses {level:.0%} of its CPU: everything on it has to wait.",
            citations=(series.quote(),),
            hints={"node": node, "pods": pods_on(picture, node), "what": "CPU"},
        )


ENTRIES = (
    Entry(
        Cause(
            code="pod_cpu_overload",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Its CPU is saturated by its own load",
            description="The workload's own work needs all the CPU that it may use, and everything it does slows down.",
            supports=("its CPU use is at its limit, or has grown far beyond the usual",),
            rules_out=("its CPU use is as before",),
            neighbours=(
                Neighbour("cpu_throttling", "the load is the usual, and the limit was made smaller"),
                Neighbour("node_cpu_saturation", "the node has no idle CPU, and every pod on it is slow"),
                Neighbour("traffic_surge", "traffic grew first, and as much"),
            ),
            remedies=("scale_out_by_hand",),
        ),
        _overload,
    ),
    Entry(
        Cause(
            code="node_cpu_saturation",
            layer=Layer.INFRASTRUCTURE,
            entity_kinds=("Node",),
            title="The node's CPU is used up",
            description="The node has no idle CPU: everything on it has to wait.",
            supports=("the node's CPU utilisation is above 90 %",),
            rules_out=("the node has idle CPU",),
            neighbours=(
                Neighbour("pod_cpu_overload", "one workload is at its own limit, the node has idle CPU"),
            ),
            remedies=("relieve_node_by_hand",),
            depth=Depth.ROOT,
        ),
        _node_busy,
    ),
)
