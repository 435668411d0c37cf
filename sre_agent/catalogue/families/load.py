"""Demand and the processor: throttled by a limit, or outgrown by traffic."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import desired_replicas, series_of
from sre_agent.catalogue.rollouts import began_before_onset, latest_rollout, resources_to_restore
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.shift import Shift, shift_of
from sre_agent.picture.world import Picture

THROTTLED = 0.25
"""Share of scheduler periods in which the container was held back (kubernetes-mixin: CPUThrottlingHigh)."""
SURGE = 1.7
BUSY = 0.8
HEADROOM = 1.25


def _marked(picture: Picture, workload: Obj, name: str) -> tuple[Series, Shift] | None:
    """The series of that name with the greatest marked rise, if any."""
    shifts = [(one, shift) for one in series_of(picture, workload, name) if (shift := shift_of(one, picture))]
    risen = [(one, shift) for one, shift in shifts if shift.is_marked and shift.z > 0]
    return max(risen, key=lambda pair: pair[1].z) if risen else None


def _throttling(picture: Picture) -> Iterable[Lead]:
    for workload in picture.inventory.workloads:
        held = [one for one in series_of(picture, workload, "throttling") if (one.last or 0.0) >= THROTTLED]
        if not held:
            continue
        worst = max(held, key=lambda one: one.last or 0.0)
        container = worst.label("container") or str((workload.containers() or [{}])[0].get("name"))
        slow = _marked(picture, workload, "latency")
        surged = _surge(picture, workload) is not None
        before = resources_to_restore(picture, workload, container)
        yield Lead(
            cause="cpu_throttling",
            entity=workload.ref,
            weight=(DECISIVE if slow else FAIR) + (SLIGHT if before else 0) - (STRONG if surged else 0),
            statement=f"{workload.ref} is held back by its CPU limit in {worst.last or 0:.0%} of all scheduler periods.",
            citations=(worst.quote(), *((slow[0].quote(),) if slow else ())),
            hints={"container": container, **before},
        )


def _surge(picture: Picture, workload: Obj) -> tuple[Series, Shift] | None:
    found = _marked(picture, workload, "traffic")
    return found if found and (found[1].ratio or 0) >= SURGE else None


def _traffic_surge(picture: Picture) -> Iterable[Lead]:
    for workload in picture.inventory.workloads:
        surge = _surge(picture, workload)
        services = picture.inventory.services_of(workload)
        if surge is None or not services:
            continue
        series, shift = surge
        busy = [one for one in series_of(picture, workload, "workers") if (one.last or 0.0) >= BUSY]
        hurt = _marked(picture, workload, "latency") or _marked(picture, workload, "errors")
        rollout = latest_rollout(picture, workload)
        changed = rollout is not None and began_before_onset(picture, rollout.at)
        yield Lead(
            cause="traffic_surge",
            entity=services[0].ref,
            weight=(FAIR if busy else 0)
            + (FAIR if hurt else 0)
            + SLIGHT
            - (STRONG if changed or _begins_here(picture, workload) else 0),
            statement=f"{services[0].ref} gets {shift.ratio or 0:.1f} times its usual traffic "
            f"({shift.before:.1f} → {shift.during:.1f} requests a second), more than {workload.ref} can serve.",
            citations=(series.quote(), *(one.quote() for one in busy[:1])),
            hints={
                "workload": workload.name,
                "workload_kind": workload.kind,
                "replicas": replicas_for(workload, shift.ratio or 1.0),
            },
        )


CALM = 1.3


def _begins_here(picture: Picture, workload: Obj) -> bool:
    """Whether those who call it get no more than usual: then it is they who ask more often, not people."""
    names = [workload.name, *(one.name for one in picture.inventory.services_of(workload))]
    calling = {caller for name in names for caller in picture.callers.get(name, ())}
    above = [one for name in calling if (one := picture.inventory.workload_called(name, workload.namespace))]
    shifts = [shift_of(one, picture) for each in above for one in series_of(picture, each, "traffic")]
    ratios = [shift.ratio for shift in shifts if shift and shift.ratio is not None]
    return bool(ratios) and all(ratio < CALM for ratio in ratios)


def replicas_for(workload: Obj, ratio: float) -> int:
    """As many more copies as there is more traffic, with a quarter to spare, and at least one more."""
    now = desired_replicas(workload) or 1
    return max(now + 1, math.ceil(now * ratio * HEADROOM))


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
ENTRIES = (
    Entry(
        Cause(
            code="cpu_throttling",
            layer=Layer.RUNTIME,
            entity_kinds=_WORKLOADS,
            title="Held back by its CPU limit",
            description="The CPU limit is too low for the workload's normal load: the kernel makes it wait.",
            supports=("throttled periods are many while traffic is as usual, and latency rose",),
            rules_out=("throttled periods are few",),
            neighbours=(
                Neighbour("pod_cpu_overload", "its own load grew; the limit did not shrink"),
                Neighbour(
                    "node_cpu_saturation", "every pod of the node is slow, and the node has no idle CPU"
                ),
                Neighbour("traffic_surge", "traffic grew first"),
            ),
            remedies=("restore_resources", "raise_cpu_by_hand"),
        ),
        _throttling,
    ),
    Entry(
        Cause(
            code="traffic_surge",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=("Service",),
            title="More traffic than there is capacity",
            description="Demand grew well beyond the usual, and the workload's capacity is used up.",
            supports=("traffic rose, its workers are busy, and no change of its own came first",),
            rules_out=("traffic is as usual",),
            neighbours=(
                Neighbour("capacity_shortfall", "demand is as usual; capacity shrank"),
                Neighbour("retry_storm", "the growth comes from callers repeating failed calls"),
            ),
            remedies=("scale_with_traffic",),
        ),
        _traffic_surge,
    ),
)
