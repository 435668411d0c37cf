"""What alerts say of nodes counts where nothing else was recorded, and of several ill nodes the far worse one is named."""

from __future__ import annotations

from dataclasses import replace

from sre_agent.catalogue.index import entries
from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.picture.source import Source
from sre_agent.picture.world import Picture
from tests.synthetic.shops import shop
from tests.worlds import ONSET

SOURCE = Source("E1", "alerts.json")


def alert(words: str, **labels: str) -> Alert:
    return Alert(
        fingerprint=words,
        status=AlertStatus.FIRING,
        labels={"alertname": "NetworkQuality", **labels},
        annotations={"description": words},
        starts_at=ONSET,
    )


def blamed(*alerts: Alert, source: Source | None = SOURCE) -> list[str]:
    picture: Picture = shop().picture()
    frame = replace(picture.frame, alerts=alerts, alerts_source=source)
    found = entries()["node_network_packet_loss"].find(replace(picture, frame=frame))
    return [lead.entity.name for lead in found]


def nodes() -> list[str]:
    return [node.name for node in shop().picture().inventory.of("Node")]


def test_a_node_that_an_alert_says_loses_packets_is_named_with_the_alerts_words() -> None:
    first, *_ = nodes()
    assert blamed(alert("TCP retransmission: normal 0.0, current=9.1 a second", node=first)) == [first]


def test_of_two_the_far_worse_is_named_and_of_two_alike_none() -> None:
    first, second, *_ = nodes()
    mild = alert("TCP retransmission: current=0.5", node=first)
    bad = alert("TCP retransmission: current=9.1", node=second)
    assert blamed(mild, bad) == [second]
    assert blamed(bad, alert("TCP retransmission: current=8.8", node=first)) == []


def test_another_trouble_of_a_node_or_the_losses_of_a_workload_are_not_this() -> None:
    first, *_ = nodes()
    assert blamed(alert("the disk is 91 % full", node=first)) == []
    assert blamed(alert("packet loss, current=3", node=first, pod="web-1")) == []
    assert blamed(alert("packet loss, current=3", node="unheard-of")) == []


def test_what_cannot_be_quoted_is_not_claimed() -> None:
    first, *_ = nodes()
    assert blamed(alert("packet loss, current=3", node=first), source=None) == []
