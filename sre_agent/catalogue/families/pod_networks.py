"""The traffic of one workload alone: slow, lost, or cut, while its processor and its node are well."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.attempts import attempts_at
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.gauges import Gauge, Moved, moves_of, strongest
from sre_agent.catalogue.hearing import by_speaker, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.said import pattern
from sre_agent.catalogue.slowness import Bottleneck, bottlenecks, callees, conditions, neighbours_on_node
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

LOST = 0.97
FEW = 0.5
SILENT = 0.1
SENT_AGAIN = 0.5
"""Segments a second; below this a busy network sends some again by itself."""


def _delay(picture: Picture) -> Iterable[Lead]:
    for found in _alone(picture):
        own = found.condition
        if own.slower is None or _lossy(picture, own.workload) or _silent(picture, own.workload):
            continue
        yield _lead(
            "pod_network_delay",
            found,
            f"The traffic of {own.workload.ref} became slow: its latency rose from {own.slower.shift.before:.4g} to "
            f"{own.slower.shift.during:.4g} while its processor, its traffic and what it calls are as before",
        )


def _loss(picture: Picture) -> Iterable[Lead]:
    for found in _alone(picture):
        signs = _lossy(picture, found.condition.workload)
        if signs and not _silent(picture, found.condition.workload):
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
        and not any(_silent(picture, below) for below in _called(picture, one.condition.workload))
    ]


def _called(picture: Picture, workload: Obj) -> list[Obj]:
    found = (
        picture.inventory.workload_named(name, workload.namespace) for name in callees(picture, workload)
    )
    return [one for one in found if one is not None]


def _node_suffers(picture: Picture, found: Bottleneck) -> bool:
    """At least two others of its node suffer that it does not explain."""
    known = conditions(picture)
    others = neighbours_on_node(picture, found.condition.workload) - found.explained
    return sum(known[name].suffers and not known[name].busy for name in others if name in known) >= 2


def _lead(cause: str, found: Bottleneck, words: str, *more: Moved) -> Lead:
    own = found.condition
    weight = STRONG * found.share**2 + (SLIGHT if own.slower else 0.0) + (SLIGHT if found.waiting else 0.0)
    told = [*more, *own.told(), *(one.slower for one in found.waiting if one.slower)]
    return Lead(
        cause=cause,
        entity=own.workload.ref,
        weight=weight + SLIGHT * len(more),
        statement=f"{words}.",
        citations=tuple(dict.fromkeys(one.quote() for one in told))[:5],
    )


def _lossy(picture: Picture, workload: Obj) -> list[Moved]:
    """What only lost packets explain: segments sent again. Where nobody counted these, a share of failed requests."""
    if strong := strongest(moves_of(picture, workload, Gauge.RETRANSMITS), up=True):
        return [strong]
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


def _silent(picture: Picture, workload: Obj) -> Moved | None:
    """Its packets, or where these were not counted its requests, fell to nearly nothing."""
    packets = (
        *moves_of(picture, workload, Gauge.PACKETS_IN),
        *moves_of(picture, workload, Gauge.PACKETS_OUT),
    )
    moved = strongest(packets or moves_of(picture, workload, Gauge.TRAFFIC), up=False)
    return moved if moved and moved.ratio <= SILENT else None


_NO_PEER = pattern(
    r"\bpeers? (?:\S+ )?(?:is |went )?(?:down|unreachable|lost|disconnected)\b|lost (?:connection to |contact with )?(?:peer|neighbou?r)",
    r"neighbou?r (?:\S+ )?(?:is |went )?down|no heartbeat from|split[- ]brain|network partition|partition(?:ed)? from",
)


def _no_peers(picture: Picture) -> Iterable[Lead]:
    """A workload that says it lost those it talks with."""
    for ref, found in by_speaker(heard(picture, _NO_PEER)).items():
        yield Lead(
            cause="pod_network_partition",
            entity=ref,
            weight=STRONG - SLIGHT - least_doubt(found),
            statement=f"{ref} has lost those it talks with: {shortly(found[-1])}",
            citations=quotes(found),
        )


def _partition(picture: Picture) -> Iterable[Lead]:
    yield from _no_peers(picture)
    yield from _cut_off(picture)


def _cut_off(picture: Picture) -> Iterable[Lead]:
    """Nothing comes through to a workload that is ready, though its Service is right and no policy says so."""
    for workload in picture.inventory.workloads:
        pods = picture.inventory.live_pods_of(workload)
        services = picture.inventory.services_of(workload)
        if not pods or not services or not all(is_ready(pod) for pod in pods):
            continue
        silent, attempts = _silent(picture, workload), attempts_at(picture, services[0])
        timed_out = attempts.timed_out and not attempts.refused and not attempts.answered
        if not silent or not (timed_out or attempts.failed_probes):
            continue
        yield Lead(
            cause="pod_network_partition",
            entity=workload.ref,
            weight=STRONG + SLIGHT if timed_out else FAIR,
            statement=f"{workload.ref} is cut off: it is ready, its traffic fell to nothing, and those who call it wait in vain.",
            citations=(silent.quote(), *attempts.citations()),
        )


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
    Entry(
        Cause(
            code="pod_network_partition",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="One workload is cut off from its callers",
            description="Nothing comes through to or from one workload's pods, although they are ready and no policy forbids it.",
            supports=(
                "its traffic fell to nothing while its pods are ready",
                "callers' connections time out and are not refused",
            ),
            rules_out=(
                "a NetworkPolicy forbids the traffic",
                "connections are refused",
                "its pods are not ready",
            ),
            neighbours=(
                Neighbour("network_policy_blocking", "a NetworkPolicy that selects its pods forbids it"),
                Neighbour("service_port_mapping_mismatch", "connections are refused at once"),
                Neighbour("node_network_unavailable", "everything on its node is cut off"),
            ),
            remedies=("restart_workload", "inspect_network_by_hand"),
        ),
        _partition,
    ),
)
