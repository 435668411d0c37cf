"""What the address that was scraped, and the job that scraped it, say of the thing that is ill: a machine, a service, a program; pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from sre_agent.intake.scraped import Messenger, Told

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
"""What a machine can be called; `rabbit@mq-1` is a process of another system."""
_OF_MACHINES: Final = frozenset({9100, 9182, 10250})
"""Ports of the exporters of Linux and Windows machines and of the kubelet (Prometheus, default port allocations; Kubernetes, ports)."""
_OF_DISCOVERY: Final = re.compile(
    r"(?:kube|kubernetes|integrations|node|nodes|cadvisor|apiserver|etcd|blackbox|probe|snmp|static|federate|pushgateway|ksm)"
    r"(?:[-_/].*)?|https?|tcp|icmp|.*[-_]?exporter"
)
"""Jobs that are named after how they find or ask their targets, or after a part of the cluster."""


def address_of(address: str) -> tuple[str, int | None]:
    """Host and port of an address or URL; empty where it is none."""
    try:
        parted = urlsplit(address if "//" in address else f"//{address}")
        return parted.hostname or "", parted.port
    except ValueError:
        return "", None


def names_a_place(host: str) -> bool:
    """Whether a host is more than a bare address, the scraper itself or an exporter's own name."""
    first = host.partition(".")[0]
    return not _is_address(host) and host != "localhost" and not first.endswith("exporter") and is_name(host)


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def is_of_cluster(host: str) -> bool:
    """A Service's name in the cluster's DNS: `cart.shop.svc`, with or without the cluster's domain."""
    return ".svc." in f"{host}."


def service_in(host: str) -> str:
    """Of `cart.shop.svc` and of a pod's own name before it (`db-0.db.shop.svc`): the Service."""
    before = host.partition(".svc")[0].split(".")
    return before[-2] if len(before) > 1 else before[0]


def is_machine(told: Told, port: int | None) -> bool:
    """An exporter of machines is known by its port; of another program's port only the host is told, no Kubernetes node."""
    return told.messenger.speaks_of_nodes or port in _OF_MACHINES or (told.blind and port is None)


def program_of_job(told: Told) -> str:
    """The program that a scrape job is named after (`payments`, `shop/payments`), where it speaks of itself."""
    job = told["job"]
    if told.messenger is not Messenger.NONE or not job or _OF_DISCOVERY.fullmatch(job.lower()):
        return ""
    name = job.rsplit("/", 1)[-1]
    return name if is_name(name) else ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
