"""The garbage collector: what is owned by nothing goes, and owners wait for or let go of what they own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import ownership
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, name_of, namespace_of, uid_of
from infrastructure.lab.kube.registry.deletion import FOREGROUND, ORPHAN
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.registry.registry import Edit
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE, STORED
from infrastructure.lab.kube.store.store import DELETED, Change, Key

_NOT_WATCHED = ("events",)
Place = tuple[str, str, str]
"""Resource, namespace, name."""


class GarbageCollector:
    """Its keys are the uids of owners."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._living: dict[str, Place] = {}
        self._dependents: dict[str, set[Place]] = defaultdict(set)

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {kind.resource: self._touched for kind in STORED if kind.resource not in _NOT_WATCHED}

    def _touched(self, change: Change) -> Iterable[Key]:
        place = (change.resource, *change.key)
        owners = {one["uid"] for one in ownership.references(change.object)}
        before = {one["uid"] for one in ownership.references(change.previous)} if change.previous else set()
        uid = uid_of(change.object)
        if change.type == DELETED:
            self._living.pop(uid, None)
            for owner in owners | before:
                self._dependents[owner].discard(place)
            return [("", one) for one in (uid, *owners)]
        self._living[uid] = place
        for owner in before - owners:
            self._dependents[owner].discard(place)
        for owner in owners:
            self._dependents[owner].add(place)
        lost = [one for one in owners if one not in self._living]
        waits = [uid] if being_deleted(change.object) and _held(change.object) else []
        return [("", one) for one in (*lost, *waits)]

    def reconcile(self, key: Key) -> float | None:
        uid = key[1]
        dependents = [
            obj for place in sorted(self._dependents.get(uid, ())) if (obj := self._plane.store.get(*place))
        ]
        if uid not in self._living:
            for obj in dependents:
                self._lost_owner(obj, uid)
            if not dependents:
                self._dependents.pop(uid, None)
            return None
        owner = self._plane.store.get(*self._living[uid])
        if owner is None or not being_deleted(owner):
            return None
        finalizers = owner["metadata"].get("finalizers") or ()
        if ORPHAN in finalizers:
            for obj in dependents:
                self._edit(obj, lambda draft: _without_owner(draft, uid))
            self._release(owner, ORPHAN)
        elif FOREGROUND in finalizers:
            self._foreground(owner, dependents)
        return None

    def _foreground(self, owner: Obj, dependents: list[Obj]) -> None:
        blocking = [obj for obj in dependents if _blocks(obj, uid_of(owner))]
        for obj in dependents:
            if not being_deleted(obj):
                self._delete(obj, "Foreground")
        if not blocking:
            self._release(owner, FOREGROUND)

    def _lost_owner(self, obj: Obj, uid: str) -> None:
        others = [one for one in ownership.references(obj) if one["uid"] in self._living]
        if others:
            self._edit(obj, lambda draft: _without_owner(draft, uid))
        elif not being_deleted(obj):
            self._delete(obj, "Background")

    def _delete(self, obj: Obj, policy: str) -> None:
        kind = BY_RESOURCE[_resource_of(obj)]
        options = DeleteOptions(propagation=policy, uid=uid_of(obj))
        try:
            self._plane.registry.delete(kind, namespace_of(obj), name_of(obj), options)
        except ApiError as error:
            if error.code != 404:
                raise

    def _edit(self, obj: Obj, change: Edit) -> None:
        try:
            self._plane.registry.edit(_resource_of(obj), obj, change)
        except ApiError as error:
            if error.code != 404:
                raise

    def _release(self, owner: Obj, finalizer: str) -> None:
        def change(draft: Obj) -> None:
            kept = [one for one in draft["metadata"].get("finalizers", ()) if one != finalizer]
            draft["metadata"]["finalizers"] = kept
            if not kept:
                del draft["metadata"]["finalizers"]

        self._edit(owner, change)


def _held(obj: Obj) -> bool:
    finalizers = obj["metadata"].get("finalizers") or ()
    return FOREGROUND in finalizers or ORPHAN in finalizers


def _blocks(obj: Obj, uid: str) -> bool:
    return any(one["uid"] == uid and one.get("blockOwnerDeletion") for one in ownership.references(obj))


def _without_owner(draft: Obj, uid: str) -> None:
    kept = [one for one in ownership.references(draft) if one["uid"] != uid]
    draft["metadata"].pop("ownerReferences", None)
    if kept:
        draft["metadata"]["ownerReferences"] = kept


def _resource_of(obj: Obj) -> str:
    return _RESOURCES[obj["apiVersion"], obj["kind"]]


_RESOURCES = {(kind.api_version, kind.kind): kind.resource for kind in STORED}
