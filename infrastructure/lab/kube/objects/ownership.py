"""Who owns whom."""

from __future__ import annotations

from infrastructure.lab.kube.objects.tree import Obj, name_of, uid_of


def reference(owner: Obj, *, controller: bool = True) -> Obj:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": controller,
        "blockOwnerDeletion": True,
    }


def references(obj: Obj) -> list[Obj]:
    return obj["metadata"].get("ownerReferences") or []


def controller_of(obj: Obj) -> Obj | None:
    """The reference to the one owner that manages `obj`."""
    return next((one for one in references(obj) if one.get("controller")), None)


def is_controlled_by(obj: Obj, owner: Obj) -> bool:
    found = controller_of(obj)
    return found is not None and found["uid"] == uid_of(owner)
