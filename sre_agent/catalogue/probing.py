"""What is wrong with a probe that fails: its port, its path, its protocol, its timing, or not the probe at all.

Words: the kubelet's prober (`Liveness probe failed: Get "http://…": dial tcp …: connect: connection refused`, `HTTP probe failed
with statuscode: 404`, `timeout: failed to connect service …`, `will be restarted`), Go's HTTP client on a wrong protocol
(`malformed HTTP response`, `server gave HTTP response to HTTPS client`). Defaults: timeout 1 s, period 10 s, three failures
(https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sre_agent.catalogue.asking import KINDS, Probe, failed, killed, probe_of
from sre_agent.catalogue.listening import listening
from sre_agent.catalogue.once import once
from sre_agent.catalogue.subjects import Subject, live_containers
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import items
from sre_agent.picture.world import Picture

_STATUS = re.compile(r"HTTP probe failed with statuscode: (\d+)")
_REFUSED = re.compile(r"connection refused|no route to host|failed to connect service", re.I)
_OTHER_TONGUE = re.compile(
    r"malformed HTTP|server gave HTTP response to HTTPS|HTTP request to an HTTPS server|first record does not look like a TLS|http2: |server preface|transport connection broken"
    r"|does not implement the grpc health|unimplemented|unknown service grpc\.health|tls: |x509: ",
    re.I,
)
_CUT = re.compile(r"connection reset|\bEOF\b|broken pipe", re.I)
_LATE = re.compile(r"deadline exceeded|i/o timeout|Client\.Timeout|timed out|timeout:", re.I)
IMPATIENT = timedelta(seconds=10)
"""A liveness probe that kills so soon after the start gives hardly any program the time to begin."""
BY_SIGNAL = (0, 2, 130, 137, 143)
"""Exit codes of a program that was told to end; others are of its own making."""


class Wrong(StrEnum):
    PORT = "port"
    PATH = "path"
    PROTOCOL = "protocol"
    TIMING = "timing"


@dataclass(frozen=True, eq=False)
class Judged:
    """A probe that hurts, what is wrong with it, how firmly that is known, and what it should say."""

    subject: Subject
    view: ContainerView
    probe: Probe
    wrong: Wrong
    firm: bool
    events: tuple[EventView, ...]
    right: int | str | None = None


@once
def judged_probes(picture: Picture) -> tuple[Judged, ...]:
    return tuple(_all(picture))


def _all(picture: Picture) -> Iterator[Judged]:
    for subject, view in live_containers(picture):
        for kind in KINDS:
            probe = probe_of(view, kind)
            if probe is None or probe.handler == "exec" or not _hurts(picture, view, kind):
                continue
            if found := _judge(picture, subject, view, probe):
                yield found


def _hurts(picture: Picture, view: ContainerView, kind: str) -> bool:
    if kind == "readiness":
        return view.running and not view.ready
    ended = view.restarts > 0 and (view.exit_code in BY_SIGNAL or view.exit_code is None)
    return bool(killed(picture, view)) or (ended and bool(failed(picture, view, kind) or not view.ready))


def _judge(picture: Picture, subject: Subject, view: ContainerView, probe: Probe) -> Judged | None:
    events = failed(picture, view, probe.kind)
    said = " ".join(event.message for event in events)
    known = _known_ports(picture, subject, view, probe)
    for wrong, firm, right in _faults(view, probe, said, known):
        return Judged(subject, view, probe, wrong, firm, events, right)
    if probe.kind == "startup" and killed(picture, view):
        return Judged(subject, view, probe, Wrong.TIMING, False, events, None)
    return _late(picture, subject, view, probe, (events, said))


Fault = tuple[Wrong, bool, int | str | None]


def _faults(view: ContainerView, probe: Probe, said: str, known: list[int]) -> Iterator[Fault]:
    status = _STATUS.search(said)
    if _OTHER_TONGUE.search(said) or (
        status and status.group(1) in ("400", "426") and probe.scheme == "HTTP" and _speaks_tls(view, probe)
    ):
        yield Wrong.PROTOCOL, True, _scheme(view, probe, said)
    if probe.port is not None and known and probe.port not in known and not status:
        yield Wrong.PORT, bool(_REFUSED.search(said) or _LATE.search(said)) or not said, known[0]
    if status and status.group(1) in ("404", "405", "410", "501"):
        yield Wrong.PATH, True, _path_of_others(view, probe)
    if status and status.group(1) in ("401", "403"):
        yield Wrong.PATH, False, _path_of_others(view, probe)
    unanswered = not said or any(words.search(said) for words in (_REFUSED, _CUT, _LATE))
    if not status and unanswered and (other := _other_handler(view, probe)):
        yield Wrong.PROTOCOL, bool(said), other.handler


def _known_ports(picture: Picture, subject: Subject, view: ContainerView, probe: Probe) -> list[int]:
    """Ports on which the program listens, as far as it can be told without asking this very probe."""
    if view.ports:
        return list(view.ports)
    others = [
        other.port for kind in KINDS if kind != probe.kind and (other := probe_of(view, kind)) and other.port
    ]
    heard = [one.port for one in listening(picture, subject.owner)]
    targets = [
        port.get("targetPort", port.get("port"))
        for service in picture.inventory.services_of(subject.owner)
        for port in service.items("spec", "ports")
    ]
    return list(dict.fromkeys([*(port for port in targets if isinstance(port, int)), *others, *heard]))


def _speaks_tls(view: ContainerView, probe: Probe) -> bool:
    named = [one for one in items(view.spec, "ports") if one.get("containerPort") == probe.port]
    return probe.port in (443, 8443, 6443) or any("https" in str(one.get("name")) for one in named)


def _scheme(view: ContainerView, probe: Probe, said: str) -> str | None:
    """The scheme that is spoken, where the words tell; else the handler of the other probe."""
    if "server gave HTTP response to HTTPS" in said:
        return "HTTP"
    if "HTTP request to an HTTPS server" in said or (_STATUS.search(said) and probe.scheme == "HTTP"):
        return "HTTPS"
    other = _other_handler(view, probe)
    return other.handler if other else None


def _path_of_others(view: ContainerView, probe: Probe) -> str | None:
    for kind in KINDS:
        other = probe_of(view, kind) if kind != probe.kind else None
        if other and other.handler == "httpGet" and other.port == probe.port and other.path != probe.path:
            return other.path
    return None


def _other_handler(view: ContainerView, probe: Probe) -> Probe | None:
    """Another probe of this container that asks the same port in another way."""
    for kind in KINDS:
        other = probe_of(view, kind) if kind != probe.kind else None
        if other is None or not {other.handler, probe.handler} <= {"httpGet", "grpc"}:
            continue
        if other.port == probe.port and _tongue(other) != _tongue(probe):
            return other
    return None


def _tongue(probe: Probe) -> tuple[str, str]:
    return probe.handler, probe.scheme if probe.handler == "httpGet" else ""


def _late(
    picture: Picture,
    subject: Subject,
    view: ContainerView,
    probe: Probe,
    told: tuple[tuple[EventView, ...], str],
) -> Judged | None:
    """The right question, asked too early, too often, or with too little time for an answer."""
    events, said = told
    if probe.kind == "readiness":
        return _slow_readiness(picture, subject, view, probe, told)
    ended = bool(killed(picture, view)) or view.restarts > 0
    hasty = bool(_LATE.search(said)) or (_REFUSED.search(said) is not None and view.exit_code in BY_SIGNAL)
    if not ended or (_STATUS.search(said) and not _LATE.search(said)):
        return None
    if hasty or probe.patience <= IMPATIENT:
        return Judged(subject, view, probe, Wrong.TIMING, hasty or bool(killed(picture, view)), events)
    return None


def _slow_readiness(
    picture: Picture,
    subject: Subject,
    view: ContainerView,
    probe: Probe,
    told: tuple[tuple[EventView, ...], str],
) -> Judged | None:
    events, said = told
    started = view.started_at
    waits = (
        started is not None
        and not said
        and started + probe.delay > picture.frame.now
        and probe.delay >= timedelta(minutes=1)
    )
    late = bool(_LATE.search(said)) and not _STATUS.search(said) and probe.timeout <= timedelta(seconds=2)
    return Judged(subject, view, probe, Wrong.TIMING, waits, events) if waits or late else None
