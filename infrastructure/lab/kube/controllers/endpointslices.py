"""EndpointSlices: one for each Service and set of ports; a thousand addresses never come together here."""

from __future__ import annotations

from infrastructure.lab.kube.controllers.services import ServiceWatcher, grouped, hostname, target_reference
from infrastructure.lab.kube.network.backends import Backend, PortTriple, backends
from infrastructure.lab.kube.objects import ownership, podstate
from infrastructure.lab.kube.objects.naming import template_hash
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, labels_of, name_of, namespace_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Key

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_LABEL = "kubernetes.io/service-name"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


class EndpointSliceController(ServiceWatcher):
    def reconcile(self, key: Key) -> float | None:
        kind = BY_RESOURCE[SLICES]
        service = self.service(key)
        existing = {
            name_of(one): one
            for one in self._plane.store.objects(SLICES, key[0])
            if labels_of(one).get(SERVICE_LABEL) == key[1] and _MANAGED_BY in labels_of(one)
        }
        wanted = {} if service is None else self._wanted(service, existing)
        for name, obj in wanted.items():
            current = existing.get(name)
            if current is None:
                self._plane.registry.create(kind, obj)
            elif any(current.get(field) != obj.get(field) for field in ("endpoints", "ports")):
                changed = {"endpoints": obj["endpoints"], "ports": obj["ports"]}
                self._plane.registry.update(kind, {**current, **changed})
        for name in existing.keys() - wanted.keys():
            self._plane.registry.delete(kind, key[0], name, DeleteOptions())
        return None

    def _wanted(self, service: Obj, existing: dict[str, Obj]) -> dict[str, Obj]:
        pods = self._plane.store.objects("pods", namespace_of(service))
        groups = grouped(backends(service, pods, terminating=True)) or {(): []}
        slices = [
            self._slice(service, ports, group)
            for ports, group in sorted(groups.items(), key=lambda item: item[0])
        ]
        return {name_of(one): one for one in slices}

    def _slice(self, service: Obj, ports: tuple[PortTriple, ...], group: list[Backend]) -> Obj:
        suffix = template_hash([service["metadata"]["uid"], ports])[-5:]
        labels = {
            **labels_of(service),
            SERVICE_LABEL: name_of(service),
            _MANAGED_BY: "endpointslice-controller.k8s.io",
        }
        meta = {
            "name": f"{name_of(service)}-{suffix}",
            "generateName": f"{name_of(service)}-",
            "namespace": namespace_of(service),
            "labels": labels,
            "ownerReferences": [ownership.reference(service)],
        }
        return {
            "metadata": meta,
            "addressType": "IPv4",
            "endpoints": [_endpoint(one) for one in group],
            "ports": [
                {"name": name, "port": number, "protocol": protocol} for name, number, protocol in ports
            ],
        }


def _endpoint(backend: Backend) -> Obj:
    pod = backend.pod
    state = {"ready": backend.ready, "serving": podstate.is_ready(pod), "terminating": being_deleted(pod)}
    return {
        "addresses": [backend.address],
        "conditions": state,
        "nodeName": podstate.node_of(pod),
        "targetRef": target_reference(pod),
        **hostname(pod),
    }
