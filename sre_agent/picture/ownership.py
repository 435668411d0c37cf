"""Who made a pod: by its owner references, else by the names that controllers give, else drawn from what is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from sre_agent.picture.objects import Obj

Find = Callable[[str, str, str], "Obj | None"]
"""(kind, name, namespace) → the object, if it was seen."""

_HASH = re.compile(r"(?=.*\d)[a-z0-9]{6,10}")
_PATTERNS = {
    "Pod": (
        (re.compile(r"(.+)-[a-z0-9]{5}"), "ReplicaSet"),
        (re.compile(r"(.+)-[a-z0-9]{4,10}-[a-z0-9]{5}"), "Deployment"),
        (re.compile(r"(.+)-[a-z0-9]{5}"), "DaemonSet"),
        (re.compile(r"(.+)-[a-z0-9]{5}"), "Job"),
        (re.compile(r"(.+)-\d{8,10}-[a-z0-9]{5}"), "CronJob"),
        (re.compile(r"(.+)-\d+"), "StatefulSet"),
    ),
    "ReplicaSet": ((re.compile(r"(.+)-[a-z0-9]{4,10}"), "Deployment"),),
    "Job": ((re.compile(r"(.+)-\d{8,10}"), "CronJob"),),
}
"""How controllers name what they make: believed only where the maker itself was seen."""
TEMPLATE_HASH = "pod-template-hash"
_NO_MAKER = ("Node",)
"""The kubelet makes the mirror of a static pod; nobody would change the Node for it."""


def parent_of(obj: Obj, find: Find) -> Obj | None:
    """The object that made this one; drawn from this one where it was named and not seen; None where nothing tells."""
    if obj.owner is not None:
        kind, name = obj.owner
        if kind in _NO_MAKER:
            return None
        found = find(kind, name, obj.namespace)
        return found if found is not None else _seen_or_implied(obj, kind, name, find)
    for kind, name in _by_name(obj.kind, obj.name):
        found = find(kind, name, obj.namespace)
        if found is not None and _selects(found, obj):
            return found
    if obj.kind == "Pod" and (told := _told_by_hash(obj)):
        return find("Deployment", told, obj.namespace) or _drawn("Deployment", told, obj)
    return None


def makers_of_name(kind: str, name: str) -> tuple[str, ...]:
    """Names of those who may have made an object of this name, directly or through others."""
    return tuple(dict.fromkeys(maker for _, maker in _by_name(kind, name)))


def _by_name(kind: str, name: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of those who would have named it so, the nearest first."""
    for pattern, maker in _PATTERNS.get(kind, ()):
        if match := pattern.fullmatch(name):
            yield maker, match[1]


def _selects(owner: Obj, obj: Obj) -> bool:
    """Whether the owner's selector does not speak against it."""
    wanted = owner.mapping("spec", "selector", "matchLabels")
    return obj.kind != "Pod" or not obj.labels or wanted.items() <= obj.labels.items()


def _told_by_hash(pod: Obj) -> str:
    """The Deployment's name in front of the template's hash, which the pod carries as a label."""
    told = pod.labels.get(TEMPLATE_HASH)
    head, found, tail = pod.name.rpartition(f"-{told}-") if told else ("", "", "")
    return head if found and tail else ""


def _seen_or_implied(obj: Obj, kind: str, name: str, find: Find) -> Obj | None:
    """What an owner that was not seen stands for; that may have been seen: old ReplicaSets are deleted before their pods are."""
    implied = _implied(obj, kind, name)
    if implied is None:
        return None
    return find(implied.kind, implied.name, implied.namespace) or implied


def _implied(obj: Obj, kind: str, name: str) -> Obj | None:
    """The named owner, which was not seen. A ReplicaSet named for a template's hash stands for its Deployment."""
    if kind == "ReplicaSet":
        head, _, tail = name.rpartition("-")
        if head and tail == obj.labels.get(TEMPLATE_HASH, tail) and _HASH.fullmatch(tail):
            return _drawn("Deployment", head, obj)
    return _drawn(kind, name, obj)


def _drawn(kind: str, name: str, child: Obj) -> Obj:
    """An owner as far as its child tells: the child's pods are its template."""
    labels = {key: value for key, value in child.template_labels().items() if key != TEMPLATE_HASH}
    raw: Mapping[str, object] = {
        "kind": kind,
        "metadata": {"name": name, "namespace": child.namespace, "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": child.pod_template()}},
    }
    return Obj(kind, child.namespace, name, raw, child.source, implied=True)
