"""The traffic of one workload alone: slow, lost, or cut, while its processor and its node are well."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.cause import SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.gauges import Gauge, Moved, moves_of, strongest
from sre_agent.catalogue.looking import desired_replicas
from sre_agent.catalogue.own_reasons import slow_by_itself
from sre_agent.catalogue.rollouts import began_before_onset, latest_rollout
from sre_agent.catalogue.slowness import (
    Bottleneck,
    bottlenecks,
    callees,
    conditions,
    neighbours_on_node,
    silent,
)
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import Obj
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

LOST = 0.97
FEW = 0.5
BEYOND_DOUBT = 3.0
"""Latency so many times the usual is more than a busy machine's own; below, the network is one guess of several."""
SENT_AGAIN = 0.5
"""Segments a second; below this a busy network sends some again by itself."""


def _delay(picture: Picture) -> Iterable[Lead]:
    for found in _alone(picture):
        own = found.condition
        if own.slower is None or _lossy(picture, own.workload) or silent(picture, own.workload):
            continue
        guessed = not _is_network_measured(picture, own.workload)
        if guessed and _lacks_pods(picture, own.workload):
            continue
        yield _lead(
            "pod_network_delay",
            found,
            f"The traffic of {own.workload.ref} became slow: its latency rose from {own.slower.shift.before:.4g} to "
            f"{own.slower.shift.during:.4g} while its processor, its traffic and what it calls are as before",
            certainty=min(1.0, (own.slower.ratio - 1) / (BEYOND_DOUBT - 1)),
            guessed=guessed,
        )


def _loss(picture: Picture) -> Iterable[Lead]:
    for found in _alone(picture):
        signs = _lossy(picture, found.condition.workload)
        if signs and not silent(picture, found.condition.workload):
            yield _lead(
                "pod_network_packet_loss",
                found,
                f"Packets of {found.condition.workload.ref} are lost: its requests fail or are sent again, and its slowest "
                "ones grow most, while its processor is idle",
                *signs,
            )


def _alone(picture: Picture) -> list[Bottleneck]:
    """The workload that explains most of who suffers, where its own processor and the others on its node are well."""
    return [
        one
        for one in bottlenecks(picture)[:1]
        if not one.condition.busy
        and not one.condition.more_traffic
        and not _node_suffers(picture, one)
        and not _changed_itself(picture, one.condition.workload)
        and not slow_by_itself(picture, one.condition.workload)
        and not any(silent(picture, below) for below in _called(picture, one.condition.workload))
    ]


def _changed_itself(picture: Picture, workload: Obj) -> bool:
    """A roll-out or a scaling down of its own shortly before explains its slowness without the network."""
    rollout = latest_rollout(picture, workload)
    if rollout is not None and began_before_onset(picture, rollout.at):
        return True
    told = [one for one in picture.events_about(workload) if one.reason == "ScalingReplicaSet"]
    return any("Scaled down" in one.message and _is_recent(picture, one) for one in told)


def _is_recent(picture: Picture, event: EventView) -> bool:
    return event.last_at is not None and began_before_onset(picture, event.last_at)


def _called(picture: Picture, workload: Obj) -> list[Obj]:
    found = (
        picture.inventory.workload_called(name, workload.namespace) for name in callees(picture, workload)
    )
    return [one for one in found if one is not None]


def _node_suffers(picture: Picture, found: Bottleneck) -> bool:
    """At least two others of its node suffer that it does not explain."""
    known = conditions(picture)
    others = neighbours_on_node(picture, found.condition.workload) - found.explained
    return sum(known[name].suffers and not known[name].busy for name in others if name in known) >= 2


def _is_network_measured(picture: Picture, workload: Obj) -> bool:
    """Whether its packets were counted: else slowness at an idle processor may as well be locks, pools or a store."""
    kinds = (Gauge.PACKETS_IN, Gauge.PACKETS_OUT, Gauge.RETRANSMITS, Gauge.DROPS)
    return any(moves_of(picture, workload, kind) for kind in kinds)


def _lacks_pods(picture: Picture, workload: Obj) -> bool:
    """Whether it has fewer ready pods than it should: then those that are left have more to do."""
    ready = sum(is_ready(pod) for pod in picture.inventory.live_pods_of(workload))
    return ready < (desired_replicas(workload) or 1)


def _lead(
    cause: str, found: Bottleneck, words: str, *more: Moved, certainty: float = 1.0, guessed: bool = False
) -> Lead:
    own = found.condition
    weight = (
        STRONG * certainty * found.share**2
        + (SLIGHT if own.slower else 0.0)
        + (SLIGHT if found.waiting or len(found.explained) > 2 else 0.0)
    )
    told = [*more, *own.told(), *(one.slower for one in found.waiting if one.slower)]
    return Lead(
        cause=cause,
        entity=own.workload.ref,
        weight=SLIGHT / 4 if guessed else weight + SLIGHT * len(more),
        statement=f"{words}.",
        citations=tuple(dict.fromkeys(one.quote() for one in told))[:5],
    )


def _lossy(picture: Picture, workload: Obj) -> list[Moved]:
    """What only lost packets explain: segments sent again. Where nobody counted these, a share of failed requests."""
    if strong := strongest(moves_of(picture, workload, Gauge.RETRANSMITS), up=True):
        return [strong]
    dropped = strongest(moves_of(picture, workload, Gauge.DROPS), up=True)
    if dropped is not None and dropped.shift.during >= 1.0:
        return [dropped]
    if (node := _node_retransmits(picture, workload)) is not None:
        return [node]
    counted = any("retrans" in one.name for one in picture.series)
    failing = strongest(moves_of(picture, workload, Gauge.SUCCESS), up=False)
    return [failing] if not counted and failing and FEW <= failing.ratio <= LOST else []


def _node_retransmits(picture: Picture, workload: Obj) -> Moved | None:
    """Segments sent again on a node where it runs, and on no other node."""
    nodes = {pod.dig("spec", "nodeName") for pod in picture.inventory.live_pods_of(workload)}
    risen: dict[str, Moved] = {}
    for series in picture.series:
        node = series.label("node", "nodename", "instance").split(":")[0]
        shift = shift_of(series, picture) if "retrans" in series.name and node else None
        if shift and shift.is_marked and shift.during >= max(SENT_AGAIN, 5 * shift.before):
            risen[node] = Moved(series, shift)
    return next(iter(risen.values())) if len(risen) == 1 and set(risen) <= nodes else None


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="pod_network_delay",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="The traffic of one workload is slow",
            description="Packets to or from one workload's pods take longer; the workload itself, its node and what it calls are well.",
            supports=(
                "latency of one workload and of all who call it rose, its CPU did not",
                "others on the same node are as before",
            ),
            rules_out=(
                "its CPU or its throttling rose",
                "what it calls became slow first",
                "everything on its node is slow",
            ),
            neighbours=(
                Neighbour("node_network_delay", "other workloads on the same node are slow too"),
                Neighbour("pod_cpu_overload", "its CPU is used up or throttled"),
                Neighbour(
                    "pod_network_packet_loss",
                    "segments are sent again, requests fail, and the slowest requests grow most",
                ),
                Neighbour("db_slow_query", "the time passes in the database it calls"),
            ),
            remedies=("restart_workload", "inspect_network_by_hand"),
        ),
        _delay,
    ),
    Entry(
        Cause(
            code="pod_network_packet_loss",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="The traffic of one workload is lost in part",
            description="Packets to or from one workload's pods are lost: segments are sent again, requests are late by whole retransmission times or fail.",
            supports=(
                "retransmissions rose with one workload's latency",
                "its slowest requests grew far more than the usual ones",
            ),
            rules_out=("everything on its node loses packets", "all its requests are late by the same time"),
            neighbours=(
                Neighbour("pod_network_delay", "all requests are late alike and none is sent again"),
                Neighbour("node_network_packet_loss", "others on the same node lose packets too"),
                Neighbour("pod_network_partition", "nothing at all comes through"),
            ),
            remedies=("restart_workload", "inspect_network_by_hand"),
        ),
        _loss,
    ),
)
