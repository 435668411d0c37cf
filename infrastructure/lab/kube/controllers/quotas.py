"""ResourceQuota status: what a namespace uses now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import podstate
from infrastructure.lab.kube.objects.tree import dig, name_of, namespace_of
from infrastructure.lab.kube.registry.quota import written_usage
from infrastructure.lab.kube.schema.kinds import STORED
from infrastructure.lab.kube.store.store import MODIFIED, Change, Key

_RESOURCE = "resourcequotas"
_NOT_COUNTED = (
    _RESOURCE,
    "events",
    "leases.coordination.k8s.io",
    "endpointslices.discovery.k8s.io",
    "endpoints",
)


class QuotaController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        counted = {
            kind.resource: self._touched
            for kind in STORED
            if kind.namespaced and kind.resource not in _NOT_COUNTED
        }
        return {_RESOURCE: own_key, **counted}

    def _touched(self, change: Change) -> Iterable[Key]:
        if change.type == MODIFIED and change.previous is not None and _same_use(change):
            return ()
        return [
            (namespace_of(one), name_of(one)) for one in self._plane.store.objects(_RESOURCE, change.key[0])
        ]

    def reconcile(self, key: Key) -> float | None:
        quota = self._plane.store.get(_RESOURCE, *key)
        if quota is None:
            return None
        hard = dig(quota, "spec", "hard", default={})
        status = {"hard": hard, "used": written_usage(self._plane.store, quota)}
        self._plane.registry.set_status(_RESOURCE, quota, status)
        return None


def _same_use(change: Change) -> bool:
    old, new = change.previous or {}, change.object
    finished = (podstate.phase(old) in podstate.FINISHED) == (podstate.phase(new) in podstate.FINISHED)
    return finished and old.get("spec") == new.get("spec")
