"""Nodes whose traffic, clock or disk is ill, by the figures of node_exporter and by attempts from and to them.

Names: node_netstat_Tcp_RetransSegs, node_network_*_drop, node_timex_offset_seconds, node_timex_sync_status,
node_disk_io_time_seconds, node_cpu iowait (https://github.com/prometheus/node_exporter), whatever a capture calls them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.machines import node_of, pods_on
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

_LOSS = re.compile(
    r"retrans|packet_?loss|(?:receive|transmit)_(?:drop|errs)|dropped_packets|(?:^|_)drops?(?:_|$)", re.I
)
_DELAY = re.compile(r"(?:^|_)(?:ping|rtt|round_?trip|network_latency|node_latency|probe_duration)", re.I)
_OFFSET = re.compile(r"timex_offset_seconds|clock_?(?:offset|skew)|ntp_offset|chrony.*offset", re.I)
_SYNC = re.compile(r"timex_sync_status", re.I)
_DISK = re.compile(r"disk_(?:io_)?(?:util|busy|time_seconds)|io_?wait|disk_io_utili|ioutil", re.I)
_SKEW_WORDS = re.compile(
    r"clock (?:skew|drift|is out of sync)|certificate .{0,40}not yet valid: current time|token used before issued|(?:signature|request) (?:not yet current|has expired|time too skewed)|RequestTimeTooSkewed|clocks? .{0,20}differ",
    re.I,
)
BUSY_DISK, SKEW_SECONDS = 0.9, 0.5
APART = 5.0
"""How many times the median of the other nodes a node's figure must be to stand out."""


def _by_node(picture: Picture, pattern: re.Pattern[str]) -> dict[str, list[tuple[Series, float]]]:
    """Node → its series of that kind with their level during the incident (growth, for counters)."""
    found: dict[str, list[tuple[Series, float]]] = {}
    for series in picture.series:
        node = node_of(picture, series) if pattern.search(series.name) else ""
        if node and (level := _level(picture, series)) is not None:
            found.setdefault(node, []).append((series, level))
    return found


def _level(picture: Picture, series: Series) -> float | None:
    finite = series.values[np.isfinite(series.values)]
    if not finite.size:
        return None
    if (
        finite.size >= 3
        and series.name.endswith(("_total", "RetransSegs"))
        and bool(np.all(np.diff(finite) >= 0))
    ):
        seconds = float(series.times[-1] - series.times[0]) or 1.0
        return float(finite[-1] - finite[0]) / seconds
    inside = series.between(picture.onset.timestamp(), picture.frame.now.timestamp() + 1)
    return float(np.median(inside if inside.size else finite))


def _standing_out(
    picture: Picture, pattern: re.Pattern[str], least: float
) -> Iterator[tuple[str, Series, float, float]]:
    """(node, series, its level, the others' median) of the node that is far above the others, or above its own past."""
    levels = _by_node(picture, pattern)
    tops = {node: max(several, key=lambda one: one[1]) for node, several in levels.items()}
    for node, (series, level) in tops.items():
        others = [other[1] for name, other in tops.items() if name != node]
        usual = float(np.median(others)) if others else _past(picture, series)
        if usual is not None and level >= least and level >= APART * max(usual, least / APART):
            yield node, series, level, usual


def _past(picture: Picture, series: Series) -> float | None:
    start = picture.onset.timestamp()
    past = series.between(start - picture.frame.baseline_seconds, start - picture.frame.guard_seconds)
    return float(np.median(past)) if past.size >= 4 else None


def _lead(picture: Picture, cause: str, node: str, weight: float, words: str, *series: Series) -> Lead:
    hints = {"node": node, "pods": pods_on(picture, node), "what": "disk bandwidth"}
    return Lead(cause, EntityRef(kind="Node", name=node), weight, words, tuple(one.quote() for one in series), hints=hints)  # type: ignore[arg-type]


def _loss(picture: Picture) -> Iterable[Lead]:
    for node, series, level, usual in _standing_out(picture, _LOSS, 1.0):
        words = f"Traffic of node {node} is lost: {level:.1f} retransmitted or dropped packets a second, where the others have {usual:.1f}."
        yield _lead(picture, "node_network_packet_loss", node, STRONG + SLIGHT, words, series)


def _delay(picture: Picture) -> Iterable[Lead]:
    for node, series, level, usual in _standing_out(picture, _DELAY, 0.01):
        words = f"Traffic of node {node} is slow: {level:.3f}, where the others have {usual:.3f}."
        yield _lead(picture, "node_network_delay", node, STRONG, words, series)


def _clock(picture: Picture) -> Iterable[Lead]:
    for node, several in _by_node(picture, _OFFSET).items():
        series, level = max(several, key=lambda one: abs(one[1]))
        if abs(level) >= SKEW_SECONDS:
            yield _lead(
                picture,
                "node_clock_skew",
                node,
                DECISIVE,
                f"The clock of node {node} is off by {level:.1f} s.",
                series,
            )
    for node, several in _by_node(picture, _SYNC).items():
        if several[0][0].last == 0.0:
            yield _lead(
                picture,
                "node_clock_skew",
                node,
                FAIR,
                f"The clock of node {node} is not synchronised.",
                several[0][0],
            )
    found = list(heard(picture, _SKEW_WORDS))
    pods = {pod.name: str(pod.dig("spec", "nodeName") or "") for pod in picture.inventory.pods}
    nodes = {
        node for saying, _ in found for pod, node in pods.items() if node and pod in saying.line.source.name
    }
    if len(nodes) == 1:
        node = next(iter(nodes))
        words = f"The clock of node {node} is off, by what its pods say: {found[-1][0].text[:140]}"
        yield Lead(
            "node_clock_skew",
            EntityRef(kind="Node", name=node),
            STRONG - least_doubt(found),
            words,
            quotes(found),
            hints={"node": node},
        )


def _disk(picture: Picture) -> Iterable[Lead]:
    for node, several in _by_node(picture, _DISK).items():
        series, level = max(several, key=lambda one: one[1])
        share = level / 100.0 if level > 1.5 else level
        least = 0.4 if re.search(r"io_?wait", series.name, re.I) else BUSY_DISK
        if share >= least:
            yield _lead(
                picture,
                "disk_io_saturation",
                node,
                STRONG + SLIGHT,
                f"The disk of node {node} is busy {share:.0%} of the time.",
                series,
            )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, entity_kinds=("Node",))
ENTRIES = (
    Entry(
        _cause(
            code="node_network_packet_loss", title="The node loses traffic", description="Traffic of everything on one node is lost or sent again.",
            supports=("retransmissions or drops of one node are far above the others'",), rules_out=("all nodes have as many",),
            neighbours=(Neighbour("pod_network_packet_loss", "one workload alone loses traffic, wherever it runs"), Neighbour("node_network_delay", "nothing is lost, all is slow")),
            remedies=("look_at_network_by_hand",),
        ),
        _loss,
    ),
    Entry(
        _cause(
            code="node_network_delay", title="The node's traffic is slow", description="Traffic of everything on one node is slow.",
            supports=("round trips to or from one node are far above the others'",), rules_out=("only one workload of the node is slow",),
            neighbours=(Neighbour("pod_network_delay", "one workload alone is slow, wherever it runs"), Neighbour("node_network_packet_loss", "retransmissions rise")),
            remedies=("look_at_network_by_hand",),
        ),
        _delay,
    ),
    Entry(
        _cause(
            code="node_clock_skew", title="The node's clock is off", description="The node's clock differs from the others'.",
            supports=("the offset is above half a second", "'not yet valid: current time', 'token used before issued' on one node"), rules_out=("the offset is small",),
            neighbours=(Neighbour("certificate_expired", "the clock is right, and the certificate has run out"),), remedies=("set_clock_by_hand",),
        ),
        _clock,
    ),
    Entry(
        _cause(
            code="disk_io_saturation", title="The node's disk is the bottleneck", description="The node's disk is busy all the time, and everything that reads or writes waits.",
            supports=("the disk is busy above 90 % of the time", "the CPU waits for the disk"), rules_out=("the disk is idle much of the time",),
            neighbours=(Neighbour("node_disk_pressure", "the disk is full, not busy"), Neighbour("db_slow_query", "one query is slow, and the disk is idle")),
            remedies=("relieve_node_by_hand",),
        ),
        _disk,
    ),
)  # fmt: skip
