"""What the cluster's Ingress objects and TLS Secrets say about the front door. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Objects = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Rule:
    """Where requests of one host and path go."""

    namespace: str
    ingress: str
    host: str
    path: str
    service: str
    port: int


@dataclass(frozen=True)
class HostCertificate:
    """The PEM texts a host is served with."""

    host: str
    certificate: bytes
    key: bytes


def rules_of(ingresses: Objects) -> list[Rule]:
    """Longest path first, as nginx has its locations."""
    rules = [rule for ingress in ingresses for rule in _rules(ingress)]
    return sorted(rules, key=lambda rule: (rule.host, -len(rule.path)))


def _rules(ingress: Mapping[str, Any]) -> Iterable[Rule]:
    meta = ingress["metadata"]
    for rule in ingress.get("spec", {}).get("rules") or ():
        for path in rule.get("http", {}).get("paths") or ():
            backend = path.get("backend", {}).get("service", {})
            yield Rule(
                namespace=meta["namespace"],
                ingress=meta["name"],
                host=rule.get("host", ""),
                path=path.get("path", "/"),
                service=backend.get("name", ""),
                port=int(backend.get("port", {}).get("number", 80)),
            )


def find_rule(rules: Iterable[Rule], host: str, path: str) -> Rule | None:
    """The rule for a request; `Prefix` paths match whole segments."""
    for rule in rules:
        if rule.host == host and _under(path, rule.path):
            return rule
    return None


def _under(path: str, prefix: str) -> bool:
    bare = prefix.rstrip("/")
    return path == bare or path.startswith(bare + "/")


def certificates_of(ingresses: Objects, secrets: Objects) -> list[HostCertificate]:
    """What each TLS host is served with; hosts whose Secret is missing or broken are left out."""
    held = {(s["metadata"]["namespace"], s["metadata"]["name"]): s.get("data") or {} for s in secrets}
    found: list[HostCertificate] = []
    for ingress in ingresses:
        for tls in ingress.get("spec", {}).get("tls") or ():
            data = held.get((ingress["metadata"]["namespace"], tls.get("secretName", "")), {})
            if "tls.crt" in data and "tls.key" in data:
                pair = base64.b64decode(data["tls.crt"]), base64.b64decode(data["tls.key"])
                found += [HostCertificate(host, *pair) for host in tls.get("hosts") or ()]
    return found
