"""Which pods stand behind a Service, and on which ports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infrastructure.lab.kube.objects import podstate, selectors
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, labels_of

PortTriple = tuple[str, int, str]
"""Name, number and protocol."""


@dataclass(frozen=True)
class Backend:
    """One pod behind a Service, with the ports it has for it."""

    pod: Obj
    ports: tuple[PortTriple, ...]
    """Those service ports the pod can serve."""
    ready: bool

    @property
    def address(self) -> str:
        return str(self.pod["status"]["podIP"])


def target_port(pod: Obj, port: Obj) -> int | None:
    """The container port a service port leads to; None when the pod has no port of that name."""
    wanted = port.get("targetPort", port["port"])
    if isinstance(wanted, int):
        return wanted
    for container in dig(pod, "spec", "containers", default=[]):
        for one in container.get("ports", ()):
            if one.get("name") == wanted and one.get("protocol", "TCP") == port.get("protocol", "TCP"):
                return int(one["containerPort"])
    return None


def backends(service: Obj, pods: Iterable[Obj], *, terminating: bool) -> list[Backend]:
    selector = selectors.from_map(dig(service, "spec", "selector", default={}))
    always = dig(service, "spec", "publishNotReadyAddresses", default=False)
    found = []
    for pod in pods:
        if not selectors.matches(selector, labels_of(pod)) or not dig(pod, "status", "podIP"):
            continue
        if podstate.phase(pod) in podstate.FINISHED or (being_deleted(pod) and not terminating):
            continue
        ready = always or (podstate.is_ready(pod) and not being_deleted(pod))
        found.append(Backend(pod, _ports(service, pod), ready))
    return found


def _ports(service: Obj, pod: Obj) -> tuple[PortTriple, ...]:
    return tuple(
        (port.get("name", ""), number, port.get("protocol", "TCP"))
        for port in dig(service, "spec", "ports", default=[])
        if (number := target_port(pod, port)) is not None
    )
