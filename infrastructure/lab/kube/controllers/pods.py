"""Pods as workload controllers handle them: made from templates, adopted, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import ownership, selectors
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import (
    Obj,
    being_deleted,
    clone,
    dig,
    labels_of,
    name_of,
    namespace_of,
)
from infrastructure.lab.kube.registry.events import Recorder
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change, Key

_COPIED = ("labels", "annotations", "finalizers")


def from_template(template: Obj, owner: Obj) -> Obj:
    """A pod for `owner`, still without a name."""
    meta: Obj = {
        key: clone(template["metadata"][key]) for key in _COPIED if template.get("metadata", {}).get(key)
    }
    meta |= {
        "generateName": f"{name_of(owner)}-",
        "namespace": namespace_of(owner),
        "ownerReferences": [ownership.reference(owner)],
    }
    return {"metadata": meta, "spec": clone(template["spec"])}


def create(plane: Plane, recorder: Recorder, owner: Obj, pod: Obj) -> Obj:
    """Raises ApiError, after saying so in an event."""
    try:
        made = plane.registry.create(BY_RESOURCE["pods"], pod)
    except ApiError as error:
        recorder.warn(owner, "FailedCreate", f"Error creating: {error.message}")
        raise
    recorder.normal(owner, "SuccessfulCreate", f"Created pod: {name_of(made)}")
    return made


def delete(plane: Plane, recorder: Recorder, owner: Obj, pod: Obj) -> None:
    try:
        plane.registry.delete(
            BY_RESOURCE["pods"], namespace_of(pod), name_of(pod), DeleteOptions(uid=pod["metadata"]["uid"])
        )
    except ApiError as error:
        if error.code == 404:
            return
        recorder.warn(owner, "FailedDelete", f"Error deleting: {error.message}")
        raise
    recorder.normal(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")


def claimed(plane: Plane, owner: Obj, resource: str = "pods") -> list[Obj]:
    """The objects `owner` controls; matching ones that nobody controls are adopted, strays let go."""
    selector = selectors.from_object(dig(owner, "spec", "selector"))
    mine = []
    for obj in plane.store.objects(resource, namespace_of(owner)):
        fits = selector is not None and selectors.matches(selector, labels_of(obj))
        if ownership.is_controlled_by(obj, owner):
            if fits or being_deleted(obj):
                mine.append(obj)
            elif not being_deleted(owner):
                plane.registry.edit(resource, obj, _release(owner))
        elif (
            fits
            and ownership.controller_of(obj) is None
            and not being_deleted(owner)
            and not being_deleted(obj)
        ):
            mine.append(plane.registry.edit(resource, obj, _adopt(owner)))
    return mine


def _adopt(owner: Obj) -> Callable[[Obj], None]:
    def change(obj: Obj) -> None:
        obj["metadata"].setdefault("ownerReferences", []).append(ownership.reference(owner))

    return change


def _release(owner: Obj) -> Callable[[Obj], None]:
    def change(obj: Obj) -> None:
        kept = [one for one in ownership.references(obj) if one["uid"] != owner["metadata"]["uid"]]
        obj["metadata"].pop("ownerReferences", None)
        if kept:
            obj["metadata"]["ownerReferences"] = kept

    return change


def owner_keys(kind: str, plane: Plane, resource: str) -> Callable[[Change], Iterable[Key]]:
    """Keys of the owners of `kind` that a change of a dependent touches: its controller, now and before.

    An orphan touches every owner of its namespace whose selector fits, so that it can be adopted.
    """

    def keys(change: Change) -> Iterable[Key]:
        namespace = change.key[0]
        found = [
            (namespace, reference["name"])
            for obj in (change.object, change.previous)
            if obj is not None
            and (reference := ownership.controller_of(obj)) is not None
            and reference["kind"] == kind
        ]
        if ownership.controller_of(change.object) is None and labels_of(change.object):
            found.extend(_candidates(plane, resource, change.object))
        return dict.fromkeys(found)

    return keys


def _candidates(plane: Plane, resource: str, orphan: Obj) -> Iterable[Key]:
    for owner in plane.store.objects(resource, namespace_of(orphan)):
        if selectors.selects(dig(owner, "spec", "selector"), labels_of(orphan)):
            yield namespace_of(owner), name_of(owner)
