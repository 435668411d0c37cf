"""Cluster DNS and kube-proxy in one: a name and a port become the address of one ready pod."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from infrastructure.lab.kube.network.backends import backends
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of, namespace_of
from infrastructure.lab.kube.store.store import Change, Store
from infrastructure.lab.seams import ConnectionRefused, NameNotResolved

_DOMAIN = "cluster.local"
_Address = tuple[str, int]


@dataclass(frozen=True)
class _Name:
    service: str
    namespace: str
    pod: str = ""


class ServiceNetwork:
    """Answers come from an index that a change of Services or pods throws away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ready: dict[tuple[str, str], list[tuple[Obj, dict[str, int]]]] = {}
        self._by_ip: dict[str, Obj] = {}
        self._turns: dict[tuple[str, str, int], Iterator[int]] = {}
        for resource in ("services", "pods", "endpoints"):
            store.listen(resource, self._forget)

    def _forget(self, change: Change) -> None:
        namespace = change.key[0]
        for key in [one for one in self._ready if one[0] == namespace]:
            del self._ready[key]
        if change.resource == "services":
            self._by_ip.clear()

    def address_of(self, host: str, port: int, *, from_namespace: str, from_node: str = "") -> _Address:
        """Raises NameNotResolved or ConnectionRefused. A NetworkPolicy is never asked, nor is the node."""
        if _is_address(host):
            service = self._service_with(host)
            return (host, port) if service is None else self._behind(service, port)
        for name in _candidates(host, from_namespace):
            service = self._store.get("services", name.namespace, name.service)
            found = self._named(service, name, port) if service is not None else None
            if found is not None:
                return found
        raise NameNotResolved(f"lookup {host}: no such host")

    def _named(self, service: Obj, name: _Name, port: int) -> _Address | None:
        if name.pod:
            address = self._pod_address(service, name.pod)
            return (address, port) if address else None
        if dig(service, "spec", "type") == "ExternalName":
            return self.address_of(service["spec"]["externalName"], port, from_namespace=name.namespace)
        return self._behind(service, port)

    def _service_with(self, address: str) -> Obj | None:
        if not self._by_ip:
            self._by_ip = {
                dig(one, "spec", "clusterIP", default=""): one for one in self._store.objects("services")
            }
        return self._by_ip.get(address)

    def _behind(self, service: Obj, port: int) -> _Address:
        cluster_ip = dig(service, "spec", "clusterIP", default="")
        ready = self._backends(service)
        if cluster_ip == "None":
            return self._headless(service, port, ready)
        refused = ConnectionRefused(f"dial tcp {cluster_ip}:{port}: connect: connection refused")
        known = next((one for one in dig(service, "spec", "ports", default=[]) if one["port"] == port), None)
        if known is None:
            raise refused
        name = known.get("name", "")
        able = [(pod, ports[name]) for pod, ports in ready if name in ports]
        if not able:
            raise refused
        pod, number = able[self._turn(service, port) % len(able)]
        return str(pod["status"]["podIP"]), number

    def _headless(self, service: Obj, port: int, ready: list[tuple[Obj, dict[str, int]]]) -> _Address:
        """DNS itself answers with pods, and the port is the caller's."""
        if not ready:
            raise NameNotResolved(
                f"lookup {name_of(service)}.{namespace_of(service)}.svc.{_DOMAIN}: no such host"
            )
        pod, _ = ready[self._turn(service, port) % len(ready)]
        return str(pod["status"]["podIP"]), port

    def _turn(self, service: Obj, port: int) -> int:
        key = namespace_of(service), name_of(service), port
        return next(self._turns.setdefault(key, count()))

    def _backends(self, service: Obj) -> list[tuple[Obj, dict[str, int]]]:
        key = namespace_of(service), name_of(service)
        if key not in self._ready:
            self._ready[key] = self._collect(service)
        return self._ready[key]

    def _collect(self, service: Obj) -> list[tuple[Obj, dict[str, int]]]:
        if not dig(service, "spec", "selector"):
            return list(self._written_by_hand(service))
        pods = self._store.objects("pods", namespace_of(service))
        return [
            (one.pod, {name: number for name, number, _ in one.ports})
            for one in backends(service, pods, terminating=False)
            if one.ready
        ]

    def _written_by_hand(self, service: Obj) -> Iterator[tuple[Obj, dict[str, int]]]:
        """A Service without selector leads where its Endpoints object says."""
        found = self._store.get("endpoints", namespace_of(service), name_of(service)) or {}
        for subset in found.get("subsets") or ():
            ports = {port.get("name", ""): port["port"] for port in subset.get("ports") or ()}
            for address in subset.get("addresses") or ():
                yield {"status": {"podIP": address["ip"]}}, ports

    def _pod_address(self, service: Obj, hostname: str) -> str:
        for pod, _ in self._backends(service):
            spec = pod.get("spec", {})
            if spec.get("hostname") == hostname and spec.get("subdomain") == name_of(service):
                return str(pod["status"]["podIP"])
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _candidates(host: str, namespace: str) -> Iterator[_Name]:
    """What a pod's resolver tries in turn: its own namespace, the cluster's Services, the name as it stands."""
    text = host.rstrip(".").lower().removesuffix(f".{_DOMAIN}")
    for whole in (f"{text}.{namespace}.svc", f"{text}.svc", text):
        parts = whole.split(".")
        if len(parts) in (3, 4) and parts[-1] == "svc":
            *pod, service, home, _ = parts
            yield _Name(service, home, pod[0] if pod else "")
