"""On which ports the program of a workload listens, as far as anything tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sre_agent.catalogue.once import once
from sre_agent.catalogue.settings import settings_of
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import containers_of
from sre_agent.picture.literals import Sieve
from sre_agent.picture.objects import Obj, Raw, dig, items
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture

_LISTENS = Sieve(
    r"(?:listen(?:ing)?|started|serving|bound|running|server|http|grpc|accept\w*)\b[^\n]{0,60}?(?:port\(?s?\)?\s*:?\s*|(?:\d+\.){3}\d+:|\[::\]:|localhost:|\s:)(\d{2,5})\b",
    re.I,
)
_OWN_PORT = re.compile(
    r"^(?:(?:server|http|grpc|https|app|web|listen|service|container|bind|api|rest)[_.-]?)?port$", re.I
)
_LISTEN_ADDRESS = re.compile(r"^(?:listen|bind|server|http)[_.-]?addr(?:ess)?$", re.I)


@dataclass(frozen=True)
class Listening:
    """`firm`: something proves or declares it; else it was only said or set."""

    port: int
    name: str
    protocol: str
    citation: Citation
    firm: bool


def declared_ports(workload: Obj) -> list[Raw]:
    """Container ports of its template; native sidecars (init containers that keep running) have theirs too."""
    sidecars = [one for one in workload.containers(init=True) if one.get("restartPolicy") == "Always"]
    return [port for one in (*workload.containers(), *sidecars) for port in items(one, "ports")]


@once
def listening(picture: Picture, workload: Obj) -> tuple[Listening, ...]:
    """Declared ports first, then what its own probes, settings and log lines tell."""
    return (
        *_declared(workload),
        *_probed(picture, workload),
        *_set(picture, workload),
        *_said(picture, workload),
    )


def _declared(workload: Obj) -> Iterator[Listening]:
    for port in declared_ports(workload):
        number = port.get("containerPort")
        if isinstance(number, int):
            cited = workload.source.quote(as_written("containerPort", number))
            yield Listening(
                number, str(port.get("name") or ""), str(port.get("protocol") or "TCP"), cited, True
            )


def _probed(picture: Picture, workload: Obj) -> Iterator[Listening]:
    """A container that its kubelet calls ready answers on the port that the probe asks."""
    for pod in picture.inventory.live_pods_of(workload):
        for view in containers_of(pod):
            for handler in ("httpGet", "tcpSocket", "grpc"):
                port = dig(view.probe("readiness"), handler, "port")
                if view.ready and isinstance(port, int):
                    yield Listening(port, "", "TCP", view.quote("readinessProbe"), True)


def _set(picture: Picture, workload: Obj) -> Iterator[Listening]:
    for setting in settings_of(picture, workload):
        value = setting.value.strip()
        if _OWN_PORT.match(setting.name) and value.isdigit():
            yield Listening(int(value), "", "TCP", setting.quote(), False)
        elif _LISTEN_ADDRESS.match(setting.name) and (found := re.search(r":(\d{2,5})$", value)):
            yield Listening(int(found.group(1)), "", "TCP", setting.quote(), False)


def _said(picture: Picture, workload: Obj) -> Iterator[Listening]:
    for chunk in picture.logs_of(workload):
        for line in chunk.lines[:400]:
            if found := _LISTENS.search(line.message or line.raw):
                yield Listening(int(found.group(1)), "", "TCP", line.quote(), False)
                break
