"""A namespace that is being deleted is emptied first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, name_of, namespace_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import STORED, Kind
from infrastructure.lab.kube.store.store import DELETED, Change, Key

_NAMESPACED = tuple(kind for kind in STORED if kind.namespaced)
_FINALIZER = "kubernetes"


class NamespaceController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"namespaces": own_key, **{kind.resource: self._left for kind in _NAMESPACED}}

    def _left(self, change: Change) -> Iterable[Key]:
        """Something went: perhaps it was the last that its namespace waited for."""
        if change.type != DELETED:
            return ()
        namespace = self._plane.store.get("namespaces", "", change.key[0])
        return [("", change.key[0])] if namespace is not None and being_deleted(namespace) else ()

    def reconcile(self, key: Key) -> float | None:
        namespace = self._plane.store.get("namespaces", *key)
        if namespace is None or not being_deleted(namespace):
            return None
        for kind in _NAMESPACED:
            for obj in self._plane.store.objects(kind.resource, key[1]):
                self._remove(kind, obj)
        if not any(self._plane.store.objects(kind.resource, key[1]) for kind in _NAMESPACED):
            self._finish(namespace)
        return None

    def _remove(self, kind: Kind, obj: Obj) -> None:
        if being_deleted(obj):
            return
        try:
            self._plane.registry.delete(
                kind, namespace_of(obj), name_of(obj), DeleteOptions(propagation="Background")
            )
        except ApiError as error:
            if error.code != 404:
                raise

    def _finish(self, namespace: Obj) -> None:
        def change(draft: Obj) -> None:
            kept = [one for one in dig(draft, "spec", "finalizers", default=[]) if one != _FINALIZER]
            draft["spec"]["finalizers"] = kept

        self._plane.registry.edit("namespaces", namespace, change)
