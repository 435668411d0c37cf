"""Revisions of a Deployment: which ReplicaSet is the present template's, and how they are numbered."""

from __future__ import annotations

from typing import Any

from infrastructure.lab.kube.objects.naming import template_hash
from infrastructure.lab.kube.objects.tree import Obj, annotations_of, clone, dig

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
HASH = "pod-template-hash"
_NOT_COPIED = (
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
)


def revision(obj: Obj) -> int:
    text = annotations_of(obj).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def same_template(one: Any, other: Any) -> bool:
    return _bare(one) == _bare(other)


def _bare(template: Any) -> Obj:
    copied = clone(template)
    dig(copied, "metadata", "labels", default={}).pop(HASH, None)
    for empty in [key for key, value in copied.get("metadata", {}).items() if not value]:
        del copied["metadata"][empty]
    return copied


def newest(deployment: Obj, replica_sets: list[Obj]) -> Obj | None:
    """The ReplicaSet of the present template; the oldest where there are several."""
    template = deployment["spec"]["template"]
    ordered = sorted(replica_sets, key=lambda one: str(one["metadata"]["creationTimestamp"]))
    return next((one for one in ordered if same_template(one["spec"]["template"], template)), None)


def new_template(deployment: Obj) -> tuple[Obj, str]:
    """The template with its hash label, and the hash."""
    template = clone(deployment["spec"]["template"])
    digest = template_hash(_bare(template), dig(deployment, "status", "collisionCount", default=0))
    meta = template.setdefault("metadata", {})
    meta["labels"] = {**(meta.get("labels") or {}), HASH: digest}
    return template, digest


def annotated(deployment: Obj, replica_set: Obj, number: int) -> dict[str, str]:
    """The annotations a ReplicaSet should have: the Deployment's own, and the revision it stands for."""
    wanted = {
        **annotations_of(replica_set),
        **{key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED},
    }
    before = revision(replica_set)
    if before < number:
        if before:
            past = [one for one in wanted.get(HISTORY, "").split(",") if one]
            wanted[HISTORY] = ",".join([*past, str(before)])
        wanted[REVISION] = str(number)
    return wanted
