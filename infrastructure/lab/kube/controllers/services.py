"""What the controllers behind Services have in common: which of them a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.network.backends import Backend, PortTriple
from infrastructure.lab.kube.objects import podstate, selectors
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, labels_of, name_of, namespace_of
from infrastructure.lab.kube.store.store import Change, Key


class ServiceWatcher:
    """Its keys are Services."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"services": own_key, "pods": self._touched}

    def _touched(self, change: Change) -> Iterable[Key]:
        states = [obj for obj in (change.object, change.previous) if obj is not None]
        if len(states) == 2 and _seen(states[0]) == _seen(states[1]):
            return ()
        return [
            (namespace_of(service), name_of(service))
            for service in self._plane.store.objects("services", change.key[0])
            if (wanted := dig(service, "spec", "selector"))
            and any(selectors.matches(selectors.from_map(wanted), labels_of(obj)) for obj in states)
        ]

    def service(self, key: Key) -> Obj | None:
        service = self._plane.store.get("services", *key)
        if service is None or not dig(service, "spec", "selector") or being_deleted(service):
            return None
        return None if dig(service, "spec", "type") == "ExternalName" else service


def _seen(pod: Obj) -> tuple[object, ...]:
    """All of a pod that endpoints depend on."""
    status = pod.get("status", {})
    return (
        pod["metadata"].get("labels"),
        status.get("podIP"),
        status.get("phase"),
        podstate.is_ready(pod),
        being_deleted(pod),
    )


def grouped(found: list[Backend]) -> dict[tuple[PortTriple, ...], list[Backend]]:
    """Backends with the same ports belong together, in order of address."""
    groups: dict[tuple[PortTriple, ...], list[Backend]] = {}
    for backend in sorted(found, key=lambda one: one.address):
        groups.setdefault(backend.ports, []).append(backend)
    return groups


def target_reference(pod: Obj) -> Obj:
    return {"kind": "Pod", **{key: pod["metadata"][key] for key in ("name", "namespace", "uid")}}


def hostname(pod: Obj) -> Obj:
    """The name a pod asked for, where DNS may give it one."""
    spec = pod["spec"]
    return {"hostname": spec["hostname"]} if spec.get("hostname") and spec.get("subdomain") else {}
