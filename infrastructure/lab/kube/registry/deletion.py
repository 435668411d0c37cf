"""What a DELETE does: grace, finalizers, propagation and preconditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from infrastructure.lab.kube.objects import failures, moments
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, name_of, uid_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import Kind

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_FINISHED = ("Succeeded", "Failed")
_ORPHANED_BY_DEFAULT = ("jobs.batch",)


@dataclass(frozen=True)
class Plan:
    """What to store, whether to remove, and what to answer."""

    marked: Obj | None
    remove: bool
    answer: Obj


def check_preconditions(kind: Kind, obj: Obj, options: DeleteOptions) -> None:
    """Raises ApiError (409)."""
    found, version = uid_of(obj), obj["metadata"].get("resourceVersion", "")
    why = ""
    if options.uid and options.uid != found:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({found}). "
            "The object might have been deleted and then recreated"
        )
    elif options.resource_version and options.resource_version != version:
        why = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the "
            f"ResourceVersion in record ({version}). The object might have been modified"
        )
    if why:
        raise failures.conflict(kind.group, kind.plural, name_of(obj), why)


def plan(kind: Kind, obj: Obj, options: DeleteOptions, now: datetime) -> Plan:
    finalizers = _finalizers(kind, obj, options)
    grace = _grace(kind, obj, options)
    held = bool(finalizers) or _namespace_held(kind, obj)
    if not held and grace == 0:
        return Plan(None, True, _answer(kind, obj))
    marked = _marked(kind, obj, now, grace, finalizers)
    if marked == obj:
        return Plan(None, False, obj)
    return Plan(marked, False, marked)


def is_complete(kind: Kind, obj: Obj) -> bool:
    """Whether the last finalizer of an object that is being deleted has gone."""
    if not being_deleted(obj) or obj["metadata"].get("finalizers") or _namespace_held(kind, obj):
        return False
    return not obj["metadata"].get("deletionGracePeriodSeconds")


def _namespace_held(kind: Kind, obj: Obj) -> bool:
    return kind.resource == "namespaces" and bool(dig(obj, "spec", "finalizers"))


def _finalizers(kind: Kind, obj: Obj, options: DeleteOptions) -> list[str]:
    kept = list(obj["metadata"].get("finalizers") or ())
    policy = options.propagation or ("Orphan" if kind.resource in _ORPHANED_BY_DEFAULT else "")
    if policy:
        kept = [one for one in kept if one not in (FOREGROUND, ORPHAN)]
    wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(policy)
    return [*kept, wanted] if wanted else kept


def _grace(kind: Kind, obj: Obj, options: DeleteOptions) -> int:
    if kind.resource != "pods":
        return 0
    if not dig(obj, "spec", "nodeName") or dig(obj, "status", "phase") in _FINISHED:
        return 0
    if options.grace_seconds is not None:
        return max(options.grace_seconds, 0)
    return int(dig(obj, "spec", "terminationGracePeriodSeconds", default=30))


def _marked(kind: Kind, obj: Obj, now: datetime, grace: int, finalizers: list[str]) -> Obj:
    meta = dict(obj["metadata"])
    meta.pop("finalizers", None)
    if finalizers:
        meta["finalizers"] = finalizers
    sooner = grace < meta.get("deletionGracePeriodSeconds", grace + 1)
    if not being_deleted(obj) or sooner:
        meta["deletionTimestamp"] = moments.stamp(now + timedelta(seconds=grace))
        meta["deletionGracePeriodSeconds"] = grace
        if "generation" in meta:
            meta["generation"] += 1
    marked = {**obj, "metadata": meta}
    if kind.resource == "namespaces":
        marked["status"] = {**obj.get("status", {}), "phase": "Terminating"}
        meta.pop("deletionGracePeriodSeconds", None)
    return marked


def _answer(kind: Kind, obj: Obj) -> Obj:
    if kind.resource == "pods":
        return obj
    return failures.success(kind.group, kind.plural, name_of(obj), uid_of(obj))
