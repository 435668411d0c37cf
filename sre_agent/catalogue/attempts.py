"""How attempts to reach a Service ended: connection probes, and what callers say in their logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sre_agent.catalogue.addresses import addresses_in, service_at
from sre_agent.catalogue.hearing import Heard, Saying, heard, quotes, sayings
from sre_agent.catalogue.once import once
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture, ProbeResult

REFUSED = re.compile(
    r"connection refused|ECONNREFUSED|actively refused|connect failed \(111|\(111[):]|errno ?:?=? ?111|refused the connection"
    r"|connection to \S+ refused|could not connect to (?:server|redis|mongodb|any of)|connection to node -?\d+ .{0,60}could not be established",
    re.I,
)
"""A host answered that nothing listens on that port."""
TIMED_OUT = re.compile(
    r"i/o timeout|ETIMEDOUT|ESOCKETTIMEDOUT|connect(?:ion)?(?: attempt)? timed? ?out|connect timeout|connecttimeout|deadline exceeded"
    r"|DEADLINE_EXCEEDED|DeadlineExceeded|no route to host|EHOSTUNREACH|ENETUNREACH|network is unreachable|\(11[03][):]|errno ?:?=? ?11[03]"
    r"|timed out after \d+|read timed out|request timed out|context canceled while waiting|timeout awaiting response|gateway time-?out"
    r"|TimeoutException|TimeoutError|timeout was reached|operation timed out",
    re.I,
)
"""Nothing came back in time."""
BROKEN = re.compile(
    r"connection reset|ECONNRESET|broken pipe|EPIPE|socket hang up|unexpected EOF|connection closed|server closed the connection"
    r"|upstream connect error|transport is closing|bad gateway|service unavailable|\bUNAVAILABLE\b|code = Unavailable"
    r"|communications link failure|UND_ERR_SOCKET|remote end closed|no healthy upstream",
    re.I,
)


@dataclass
class Attempts:
    """What was tried at one Service."""

    refused: list[Heard] = field(default_factory=list)
    timed_out: list[Heard] = field(default_factory=list)
    broken: list[Heard] = field(default_factory=list)
    failed_probes: list[ProbeResult] = field(default_factory=list)
    answered_probes: list[ProbeResult] = field(default_factory=list)

    @property
    def heard(self) -> list[Heard]:
        return [*self.refused, *self.timed_out, *self.broken]

    @property
    def failed(self) -> bool:
        return bool(self.heard or self.failed_probes)

    @property
    def answered(self) -> bool:
        """A connection succeeded, and none failed."""
        return bool(self.answered_probes) and not self.failed_probes

    def citations(self, most: int = 3) -> tuple[Citation, ...]:
        told = tuple(quote_probe(probe) for probe in self.failed_probes[:1])
        return (*quotes(self.heard, most), *told)


def quote_probe(probe: ProbeResult) -> Citation:
    """The target and the end of a connection probe, as the file has them."""
    target = {"namespace": probe.namespace, "service": probe.service, "port": probe.port}
    written = ", ".join(as_written(key, value) for key, value in target.items())
    return probe.source.quote(f'"to": {{{written}}}, "ok": {"true" if probe.ok else "false"}')


@once
def _by_service(picture: Picture) -> Mapping[tuple[str, str], Attempts]:
    found: dict[tuple[str, str], Attempts] = {}
    for probe in picture.probes:
        there = found.setdefault((probe.namespace, probe.service), Attempts())
        (there.answered_probes if probe.ok else there.failed_probes).append(probe)
    for ending, one in _endings(picture):
        for service in {id(named): named for named in _named(picture, one[0])}.values():
            there = found.setdefault((service.namespace, service.name), Attempts())
            {"refused": there.refused, "timed_out": there.timed_out, "broken": there.broken}[ending].append(
                one
            )
    return found


def _endings(picture: Picture) -> list[tuple[str, Heard]]:
    """How each complaint says that it ended, by the plainest of its words."""
    found: dict[int, tuple[str, Heard]] = {}
    for name, pattern in (("refused", REFUSED), ("timed_out", TIMED_OUT), ("broken", BROKEN)):
        for one in heard(picture, pattern):
            found.setdefault(id(one[0]), (name, one))
    return [found[id(saying)] for saying in sayings(picture) if id(saying) in found]


def _named(picture: Picture, saying: Saying) -> list[Obj]:
    """Services whose address, or whose name as a whole word, stands in the complaint."""
    namespace = saying.speaker.namespace
    told = [service_at(picture, one.host, namespace) for one in addresses_in(saying.text)]
    found = [one for one in told if one is not None]
    if found:
        return found
    words = set(_WORD.findall(saying.text))
    own = saying.speaker.ref.name
    return [
        one for one in picture.inventory.of("Service", namespace) if one.name in words and one.name != own
    ]


_WORD = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


def attempts_at(picture: Picture, service: Obj) -> Attempts:
    return _by_service(picture).get((service.namespace, service.name), Attempts())
