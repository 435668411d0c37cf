"""Nodes that alerts themselves call ill: a label names the node, and the words say what was measured there.

Heard where the series behind the alert were not recorded. Rules of this kind: `NodeNetworkReceiveErrs`,
`NodeNetworkTransmitErrs` (kube-prometheus), and those that people write over `node_netstat_Tcp_RetransSegs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import SLIGHT, STRONG, Lead
from sre_agent.catalogue.families.node_signals import APART
from sre_agent.catalogue.machines import names_of_nodes, pods_on
from sre_agent.domain.alert import Alert
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.source import Source
from sre_agent.picture.world import Picture

_LOSS = re.compile(
    r"retransmi|retrans\b|packet.?loss|(?:lost|dropped) packets?|packets? (?:are )?(?:lost|dropped)"
    r"|network.?(?:receive|transmit).?(?:errs|errors|drop)",
    re.I,
)
_LEVEL = re.compile(r"(?:current(?:ly)?|now|value)\W{0,4}(?:(?:is|at|of)\W{0,3})?(\d+(?:\.\d+)?)", re.I)
_LABELS = ("node", "nodename", "kubernetes_node", "instance")


def _loss(picture: Picture) -> Iterable[Lead]:
    """Of several nodes that lose traffic, the one that loses far more: those that speak with it send again too."""
    source = picture.frame.alerts_source
    if source is None:
        return
    told = _told(picture)
    for node, (alert, level) in told.items():
        others = [other for name, (_, other) in told.items() if name != node]
        if not others or level >= APART * max(others):
            yield _lead(picture, node, alert, source)


def _told(picture: Picture) -> dict[str, tuple[Alert, float]]:
    """Node → the alert that says most of its losses, and the level it gives (0 where it gives none)."""
    found: dict[str, tuple[Alert, float]] = {}
    for alert in picture.frame.alerts:
        node = _node_of(picture, alert)
        if node and _LOSS.search(" ".join([alert.name, *alert.annotations.values()])):
            level = max((_level(text) for text in alert.annotations.values()), default=0.0)
            if node not in found or level > found[node][1]:
                found[node] = (alert, level)
    return found


def _level(text: str) -> float:
    match = _LEVEL.search(text)
    return float(match.group(1)) if match else 0.0


def _node_of(picture: Picture, alert: Alert) -> str:
    """The node that a label names; a workload's alert that also tells where it runs is not about the node."""
    if any(alert.labels.get(name) for name in ("pod", "deployment", "statefulset", "service")):
        return ""
    known = names_of_nodes(picture)
    for label in _LABELS:
        name = alert.labels.get(label, "").rsplit(":", 1)[0]
        if name and (name in known or not known):
            return name
    return ""


def _lead(picture: Picture, node: str, alert: Alert, source: Source) -> Lead:
    words = next((text for text in alert.annotations.values() if _LOSS.search(text)), alert.name)
    return Lead(
        cause="node_network_packet_loss",
        entity=EntityRef(kind="Node", name=node),
        weight=STRONG + SLIGHT,
        statement=f"Traffic of node {node} is lost, by the alert {alert.name}: {words[:160]}",
        citations=(source.quote(words),),
        hints={"node": node, "pods": pods_on(picture, node)},
    )


ENTRIES = ()
ALSO = (("node_network_packet_loss", _loss),)
