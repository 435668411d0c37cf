"""Endpoints: the addresses behind each Service, ready or not."""

from __future__ import annotations

from infrastructure.lab.kube.controllers.services import ServiceWatcher, grouped, hostname, target_reference
from infrastructure.lab.kube.network.backends import Backend, PortTriple, backends
from infrastructure.lab.kube.objects import podstate
from infrastructure.lab.kube.objects.tree import Obj, clone, dig, labels_of
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Key

_HEADLESS = "service.kubernetes.io/headless"


class EndpointsController(ServiceWatcher):
    def reconcile(self, key: Key) -> float | None:
        service = self.service(key)
        registry, kind = self._plane.registry, BY_RESOURCE["endpoints"]
        current = self._plane.store.get("endpoints", *key)
        if service is None:
            if current is not None and self._plane.store.get("services", *key) is None:
                registry.delete(kind, *key)
            return None
        found = backends(service, self._plane.store.objects("pods", key[0]), terminating=False)
        wanted = _subsets(found)
        labels = dict(labels_of(service))
        if dig(service, "spec", "clusterIP") == "None":
            labels[_HEADLESS] = ""
        if current is None:
            meta = {"name": key[1], "namespace": key[0], "labels": labels}
            registry.create(kind, {"metadata": meta} | ({"subsets": wanted} if wanted else {}))
        elif current.get("subsets", []) != wanted or labels_of(current) != labels:
            draft = clone(current)
            draft["metadata"]["labels"] = labels
            draft.pop("subsets", None)
            registry.update(kind, draft | ({"subsets": wanted} if wanted else {}))
        return None


def _subsets(found: list[Backend]) -> list[Obj]:
    groups = grouped(found)
    return [_subset(ports, groups[ports]) for ports in sorted(groups)]


def _subset(ports: tuple[PortTriple, ...], group: list[Backend]) -> Obj:
    subset: Obj = {}
    for field, ready in (("addresses", True), ("notReadyAddresses", False)):
        listed = [_address(one.pod) for one in group if one.ready is ready]
        if listed:
            subset[field] = listed
    if ports:
        subset["ports"] = [_port(*port) for port in ports]
    return subset


def _port(name: str, number: int, protocol: str) -> Obj:
    return ({"name": name} if name else {}) | {"port": number, "protocol": protocol}


def _address(pod: Obj) -> Obj:
    address = {"ip": pod["status"]["podIP"], "nodeName": podstate.node_of(pod), **hostname(pod)}
    return {**address, "targetRef": target_reference(pod)}
