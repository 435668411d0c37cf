"""Cluster IPs and node ports of Services."""

from __future__ import annotations

import ipaddress
from random import Random

from infrastructure.lab.kube.objects.failures import ApiError, invalid, invalid_value
from infrastructure.lab.kube.objects.tree import Obj, dig
from infrastructure.lab.kube.store.store import Store

SERVICE_RANGE = ipaddress.ip_network("10.96.0.0/16")
_NODE_PORTS = range(30000, 32768)
_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")


class Addresses:
    """Says what is free by looking at the Services there are, so nothing can leak."""

    def __init__(self, store: Store, random: Random) -> None:
        self._store = store
        self._random = random

    def assign(self, service: Obj) -> None:
        """Fill clusterIP(s) and node ports in place. Raises ApiError where a wanted one is taken."""
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            for name in ("clusterIP", "clusterIPs"):
                spec.pop(name, None)
            return
        self._cluster_ip(service)
        if spec.get("type") in _WITH_NODE_PORTS:
            self._node_ports(spec)
        else:
            for port in spec.get("ports", ()):
                port.pop("nodePort", None)

    def _others(self, service: Obj) -> list[Obj]:
        meta = service["metadata"]
        return [
            one
            for one in self._store.objects("services")
            if (one["metadata"]["namespace"], one["metadata"]["name"])
            != (meta.get("namespace"), meta.get("name"))
        ]

    def _cluster_ip(self, service: Obj) -> None:
        spec = service["spec"]
        taken = {dig(one, "spec", "clusterIP", default="") for one in self._others(service)}
        wanted = spec.get("clusterIP", "")
        if not wanted:
            wanted = self._free_ip(taken)
        elif wanted != "None":
            self._check(service, wanted, taken)
        spec["clusterIP"] = wanted
        spec["clusterIPs"] = [wanted]

    def _check(self, service: Obj, wanted: str, taken: set[str]) -> None:
        detail = ""
        try:
            if ipaddress.ip_address(wanted) not in SERVICE_RANGE:
                detail = (
                    f"failed to allocate IP {wanted}: the provided IP ({wanted}) is not in the valid range. "
                    f"The range of valid IPs is {SERVICE_RANGE}"
                )
        except ValueError:
            detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        if wanted in taken:
            detail = f"failed to allocate IP {wanted}: provided IP is already allocated"
        if detail:
            raise _refused(service, "spec.clusterIPs", [wanted], detail)

    def _free_ip(self, taken: set[str]) -> str:
        while True:
            offset = self._random.randrange(10, SERVICE_RANGE.num_addresses - 1)
            candidate = str(SERVICE_RANGE[offset])
            if candidate not in taken:
                return candidate

    def _node_ports(self, spec: Obj) -> None:
        taken = {
            port.get("nodePort")
            for service in self._store.objects("services")
            for port in dig(service, "spec", "ports", default=[])
        }
        for port in spec.get("ports", ()):
            if not port.get("nodePort"):
                port["nodePort"] = self._random.choice([one for one in _NODE_PORTS if one not in taken])
                taken.add(port["nodePort"])


def _refused(service: Obj, path: str, value: object, detail: str) -> ApiError:
    return invalid("", "Service", service["metadata"].get("name", ""), [invalid_value(path, value, detail)])
