"""Probes as they are written, and what the kubelet said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.catalogue.words import is_timely
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import Raw, dig, items, mapping
from sre_agent.picture.world import Picture

KINDS = ("liveness", "readiness", "startup")
HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec")
_KILLED = re.compile(r"failed (liveness|startup) probe, will be restarted", re.I)


@dataclass(frozen=True)
class Probe:
    """One probe as it is written, its port looked up by name."""

    kind: str
    raw: Raw
    handler: str
    port: int | None

    @property
    def path(self) -> str:
        return str(dig(self.raw, "httpGet", "path") or "/")

    @property
    def scheme(self) -> str:
        return str(dig(self.raw, "httpGet", "scheme") or "HTTP").upper()

    def seconds(self, field: str, default: int) -> int:
        told = self.raw.get(field)
        return told if isinstance(told, int) else default

    @property
    def delay(self) -> timedelta:
        return timedelta(seconds=self.seconds("initialDelaySeconds", 0))

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=self.seconds("timeoutSeconds", 1))

    @property
    def patience(self) -> timedelta:
        """From the start until it gives up."""
        rounds = self.seconds("failureThreshold", 3) - 1
        return self.delay + self.timeout + timedelta(seconds=rounds * self.seconds("periodSeconds", 10))


def probe_of(view: ContainerView, kind: str) -> Probe | None:
    raw = view.probe(kind)
    for handler in HANDLERS:
        if handler in raw:
            return Probe(kind, raw, handler, _port(view, dig(raw, handler, "port")))
    return None


def _port(view: ContainerView, told: object) -> int | None:
    if isinstance(told, int) or (str(told).isdecimal() and len(str(told)) < 6):
        return int(str(told))
    named = [one for one in items(view.spec, "ports") if one.get("name") == told and one.get("containerPort")]
    return int(named[0]["containerPort"]) if named else None


def failed(picture: Picture, view: ContainerView, kind: str) -> tuple[EventView, ...]:
    """Failures of this probe, oldest first."""
    head = f"{kind} probe"
    return tuple(
        event
        for event in picture.events_about(view.pod)
        if event.reason == "Unhealthy"
        and head in event.message.lower()
        and is_timely(picture, event)
        and _is_about(event, view)
    )


def _is_about(event: EventView, view: ContainerView) -> bool:
    field = str(event.obj.dig("involvedObject", "fieldPath") or "")
    return "{" not in field or f"{{{view.name}}}" in field


def killed(picture: Picture, view: ContainerView) -> tuple[EventView, ...]:
    """Events that the kubelet ended it because of a probe."""
    return tuple(
        event
        for event in picture.events_about(view.pod)
        if _KILLED.search(event.message) and is_timely(picture, event) and _is_about(event, view)
    )


def timings(probe: Probe) -> dict[str, int]:
    """What it says of times, for a remedy or a person."""
    fields = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold")
    return {field: int(told) for field in fields if isinstance(told := mapping(probe.raw).get(field), int)}
