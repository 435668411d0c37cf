"""Host names and ports in settings and log lines, and what they lead to in the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sre_agent.catalogue.once import once
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


@dataclass(frozen=True)
class Address:
    host: str
    port: int | None = None
    scheme: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_-]+)*"
_URL = re.compile(
    rf"(?P<scheme>(?:jdbc:)?[a-z][a-z0-9+]*)://(?:[^\s/@'\"]*@)?(?P<host>{_NAME})\.?(?::(?P<port>\d{{1,5}}))?",
    re.I,
)
_HOST_PORT = re.compile(rf"(?<![\w.:/@-])(?P<host>{_NAME}):(?P<port>\d{{2,5}})(?![\w.])")
_QUOTED_PAIR = re.compile(
    r"host[=:] ?['\"]?(?P<host>[\w.-]+)['\"]?,? port[=:] ?(?P<port>\d+)|(?:server )?(?:on|at) ['\"](?P<quoted>[\w.-]+)['\"]"
)
_TCP_DSN = re.compile(r"tcp\((?P<host>[\w.-]+):(?P<port>\d+)\)")
_SLASHED = re.compile(r"\b(?P<host>[\w.-]+)/(?P<ip>\d+\.\d+\.\d+\.\d+):(?P<port>\d+)")
"""`host/10.0.0.1:80`, as Java writes a resolved address."""
_NO_HOST = re.compile(
    r"\.(?:go|py|java|js|ts|rb|cs|php|rs|kt|scala|cc|cpp|c|h|ex|erl)$|^\d+$|^\d+(?:\.\d+)?$", re.I
)
_HERE = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1)$", re.I)


@lru_cache(maxsize=1024)
def addresses_in(text: str) -> tuple[Address, ...]:
    """Every host with a port or scheme in a text, in its order; loopback, files and times of day left out."""
    found: dict[Address, None] = {}
    spans: list[tuple[int, Address]] = []
    for pattern in (_URL, _TCP_DSN, _SLASHED, _QUOTED_PAIR, _HOST_PORT):
        for match in pattern.finditer(text):
            if (address := _address(match)) is not None:
                spans.append((match.start(), address))
    for _, address in sorted(spans, key=lambda pair: pair[0]):
        if not any(known.host == address.host and known.port and not address.port for known in found):
            found.setdefault(address)
    return tuple(found)


def _address(match: re.Match[str]) -> Address | None:
    told = match.groupdict()
    host = (told.get("host") or told.get("quoted") or "").rstrip(".")
    if not host or _NO_HOST.search(host) or _HERE.match(host):
        return None
    port = int(told["port"]) if told.get("port") else None
    if port is not None and not 0 < port < 65536:
        return None
    return Address(host, port, (told.get("scheme") or "").lower())


_NO_NAME = r"(?!(?:all |any |the )?(?:service for|dependenc|module|reference|symbol|type|class|import|path|propert|placeholder|template|view|bean|component|constructor|variable|plugin|package|parameter|config|secret|action|conflict)\w*)"
"""What else programs cannot resolve: parts of themselves."""
_UNRESOLVED = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"lookup ([\w.-]+?)\.?(?: on [\d.:\[\]a-f]+)?: (?:no such host|.*(?:i/o timeout|server misbehaving|try again|temporary failure|no answer))",
        r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)",
        r"UnknownHostException:? ?([\w.-]+)",
        r"could(?:n't| not) resolve(?: host(?:name)?| proxy)?:? ['\"]?([\w.-]+)",
        r"could not translate host ?name \"([^\"]+)\"",
        r"unknown (?:mysql server )?host '([^']+)'",
        rf"failed to resolve '?(?:host )?{_NO_NAME}'?([\w-]+(?:\.[\w-]+)*)",
        rf"unable to resolve (?:host(?:name)? |address |name )?{_NO_NAME}['\"]?([\w.-]+)",
        r"host not found in upstream \"([^\":]+)",
        r"([\w.-]+) could not be resolved \(\d+: ",
        r"DNS resolution failed for (?:service: )?(?:dns:///)?([\w.-]+)",
        r"ARES_SUCCESS qtype=\w+ name=([\w.-]+)",
        r"getaddrinfo (?:for|failed for) ([\w.-]+)",
        r"bad address '([^']+)'",
        r"host='([\w.-]+)'.{0,240}(?:name resolution|name or service not known|nodename nor servname)",
        r"(?:error|errno)[^\n]{0,20} -[235] connecting to ([\w.-]+):\d+",
        r"no such host is known\.? \(?([\w.-]+)",
        r"name or service not known \(([\w.-]+)",
        r"(?:no address associated with hostname|nxdomain)[: ]+['\"]?([\w-]+(?:\.[\w-]+)*)",
    )
)
"""How resolvers of Go, Node, Java, curl, libpq, MySQL, Python, nginx, gRPC, PHP, busybox, redis-py and .NET say it."""
UNRESOLVED_WORDS = re.compile(
    r"no such host|\bENOTFOUND\b|EAI_AGAIN|UnknownHostException|could(?:n't| not) resolve|could not translate host"
    r"|name resolution|name or service not known|nodename nor servname|DNS resolution failed|host not found in upstream"
    r"|could not be resolved|server misbehaving|bad address '|unknown (?:mysql server )?host|ARES_SUCCESS|NXDOMAIN"
    rf"|(?:failed|unable) to resolve {_NO_NAME}|no address associated|php_network_getaddresses|:53: (?:i/o timeout|connect: connection refused)",
    re.I,
)


NO_ROUTE = re.compile(
    r"\b404\b|no such route|no route (?:for|matches|found)|route not found|not ?found.{0,20}(?:path|route|endpoint)|Cannot (?:GET|POST|PUT|DELETE) /|no handler for",
    re.I,
)
"""What a program says when it is asked for something that another one has."""


def unresolved_host(text: str) -> str:
    """The name that could not be resolved; empty where the text names none."""
    for pattern in _UNRESOLVED:
        if found := pattern.search(text):
            return found.group(1).strip(".").lower()
    return ""


@once
def _by_ip(picture: Picture) -> Mapping[str, Obj]:
    found: dict[str, Obj] = {}
    for pod in picture.inventory.pods:
        if (ip := pod.dig("status", "podIP")) and not pod.dig("spec", "hostNetwork"):
            found[str(ip)] = pod
    for service in picture.inventory.of("Service"):
        ips = [service.dig("spec", "clusterIP"), *(service.dig("spec", "clusterIPs") or ())]
        found |= {str(ip): service for ip in ips if ip and ip != "None"}
    return found


def service_at(picture: Picture, host: str, namespace: str) -> Obj | None:
    """The Service that a host name or address means, seen from a namespace."""
    if (there := _by_ip(picture).get(host)) is not None:
        return there if there.kind == "Service" else next(iter(_services_of_pod(picture, there)), None)
    for name, space in _names(host, namespace):
        if found := picture.inventory.get("Service", name, space):
            return found
    return None


def _services_of_pod(picture: Picture, pod: Obj) -> tuple[Obj, ...]:
    return picture.inventory.services_of(picture.inventory.top_owner(pod))


def _names(host: str, namespace: str) -> Iterator[tuple[str, str]]:
    """(service, namespace) that a name may mean; a pod of a headless Service is named before its Service."""
    parts = host.rstrip(".").lower().split(".")
    yield parts[0], parts[1] if len(parts) > 1 else namespace
    if len(parts) > 1:
        yield parts[1], parts[2] if len(parts) > 2 else namespace


def workload_at(picture: Picture, host: str, namespace: str) -> Obj | None:
    """The workload that answers at a host name or address."""
    there = _by_ip(picture).get(host)
    if there is not None and there.kind == "Pod":
        return picture.inventory.top_owner(there)
    service = service_at(picture, host, namespace)
    if service is not None:
        behind = picture.inventory.workloads_behind(service)
        pods = picture.inventory.pods_behind(service)
        if behind or pods:
            return behind[0] if behind else picture.inventory.top_owner(pods[0])
        return picture.inventory.workload_named(service.name, service.namespace)
    name, space = next(_names(host, namespace))
    return picture.inventory.workload_named(name, space)


def is_cluster_name(picture: Picture, host: str, namespace: str) -> bool:
    """Whether a name can only be a Service's: one word, or ending in a namespace that is known, or in `svc`."""
    parts = host.rstrip(".").lower().split(".")
    if re.fullmatch(r"[\d.]+", host):
        return False
    if len(parts) == 1 or "svc" in parts[1:4]:
        return True
    known = {one.name for one in picture.inventory.of("Namespace")} | {namespace}
    known |= {service.namespace for service in picture.inventory.of("Service")}
    return len(parts) == 2 and parts[1] in known


def services_known(picture: Picture, host: str, namespace: str) -> bool:
    """Whether the Services of the namespace that a name points into were read, so that an absent one is absent."""
    parts = host.rstrip(".").lower().split(".")
    space = parts[1] if len(parts) > 1 and parts[1] != "svc" else namespace
    if not picture.looked_at("services"):
        return False
    return bool(picture.inventory.of("Service", space)) or _is_no_namespace(picture, space)


ALWAYS_THERE = frozenset({"default", "kube-system"})
"""Where both are listed, every namespace is."""


def _is_no_namespace(picture: Picture, space: str) -> bool:
    known = {one.name for one in picture.inventory.of("Namespace")}
    return known >= ALWAYS_THERE and space not in known


_NO_LETTER = re.compile(r"[^a-z0-9]")


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A name without case and without what stands between its words."""
    return _NO_LETTER.sub("", name.lower())


@once
def services_plainly_called(picture: Picture) -> Mapping[str, list[Obj]]:
    """Plain name → the Services of that name, wherever they are."""
    found: dict[str, list[Obj]] = {}
    for service in picture.inventory.of("Service"):
        found.setdefault(plain(service.name), []).append(service)
    return found
