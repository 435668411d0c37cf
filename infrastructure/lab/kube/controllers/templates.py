"""ControllerRevisions: the remembered templates of StatefulSets and DaemonSets."""

from __future__ import annotations

from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.controllers.revisions import same_template
from infrastructure.lab.kube.objects import ownership
from infrastructure.lab.kube.objects.naming import template_hash
from infrastructure.lab.kube.objects.tree import Obj, clone, dig, name_of, namespace_of
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

RESOURCE = "controllerrevisions.apps"
LABEL = "controller-revision-hash"


def history(plane: Plane, owner: Obj) -> list[Obj]:
    """Oldest first."""
    found = [
        one
        for one in plane.store.objects(RESOURCE, namespace_of(owner))
        if ownership.is_controlled_by(one, owner)
    ]
    return sorted(found, key=lambda one: int(one["revision"]))


def current(plane: Plane, owner: Obj) -> Obj:
    """The revision of the present template: found, moved to the front, or made. Raises ApiError."""
    known = history(plane, owner)
    latest = max((int(one["revision"]) for one in known), default=0)
    for one in reversed(known):
        if same_template(template_of(one), owner["spec"]["template"]):
            return one if one["revision"] == latest else _renumbered(plane, one, latest + 1)
    return _make(plane, owner, latest + 1)


def template_of(revision: Obj) -> Obj:
    found: Obj = clone(dig(revision, "data", "spec", "template", default={}))
    found.pop("$patch", None)
    return found


def hash_of(revision: Obj) -> str:
    return str(dig(revision, "metadata", "labels", LABEL, default=""))


def _renumbered(plane: Plane, revision: Obj, number: int) -> Obj:
    return plane.registry.update(BY_RESOURCE[RESOURCE], {**clone(revision), "revision": number})


def _make(plane: Plane, owner: Obj, number: int) -> Obj:
    template = clone(owner["spec"]["template"])
    digest = template_hash(template)
    meta = {
        "name": f"{name_of(owner)}-{digest}",
        "namespace": namespace_of(owner),
        "labels": {**dig(template, "metadata", "labels", default={}), LABEL: digest},
        "ownerReferences": [ownership.reference(owner)],
    }
    data = {"spec": {"template": {**template, "$patch": "replace"}}}
    return plane.registry.create(BY_RESOURCE[RESOURCE], {"metadata": meta, "data": data, "revision": number})


def trim(plane: Plane, owner: Obj, in_use: set[str]) -> None:
    """Forget the oldest revisions nobody runs, beyond the history limit."""
    idle = [one for one in history(plane, owner) if name_of(one) not in in_use]
    surplus = len(idle) - dig(owner, "spec", "revisionHistoryLimit", default=10)
    for one in idle[: max(0, surplus)]:
        plane.registry.delete(BY_RESOURCE[RESOURCE], namespace_of(one), name_of(one))
