"""All objects seen, found by kind and name, and how they hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from sre_agent.picture.containers import is_live
from sre_agent.picture.objects import WORKLOAD_KINDS, Obj
from sre_agent.picture.ownership import parent_of

Key = tuple[str, str, str]
LabelsOf = Callable[[Obj], Mapping[str, str]]
MADE_BY_OTHERS = ("Pod", "ReplicaSet", "Job", "StatefulSet", "DaemonSet", "Deployment")
"""Kinds that may have a maker."""


class Inventory:
    """Objects indexed once; every look-up afterwards is a dictionary's."""

    def __init__(self, objects: Iterable[Obj]) -> None:
        self._by_kind: dict[str, dict[Key, Obj]] = defaultdict(dict)
        self._events: list[Obj] = []
        for obj in objects:
            if obj.kind == "Event":
                self._events.append(obj)
            else:
                # The last one told counts, and stands where it was told last.
                kept = self._by_kind[obj.kind]
                kept.pop(_key(obj), None)
                kept[_key(obj)] = obj
        self._implied: dict[Key, Obj] = {}
        self._parents: dict[int, Obj | None] = {}
        self._of: dict[str, tuple[Obj, ...]] = {}
        self._of_namespace: dict[str, dict[str, tuple[Obj, ...]]] = {}

    def of(self, kind: str, namespace: str | None = None) -> tuple[Obj, ...]:
        """All of one kind, or those of one namespace."""
        if kind not in self._of:
            found = self._events if kind == "Event" else self._by_kind.get(kind, {}).values()
            self._of[kind] = tuple(found)
        if namespace is None:
            return self._of[kind]
        if kind not in self._of_namespace:
            self._of_namespace[kind] = _by_namespace(self._of[kind])
        return self._of_namespace[kind].get(namespace, ())

    def get(self, kind: str, name: str, namespace: str = "") -> Obj | None:
        """The object, seen itself or told of by what it owns."""
        return self._seen(kind, name, namespace) or self._implied.get((kind, namespace, name))

    def _seen(self, kind: str, name: str, namespace: str) -> Obj | None:
        return self._by_kind[kind].get((kind, namespace, name)) if kind in self._by_kind else None

    @property
    def pods(self) -> tuple[Obj, ...]:
        return self.of("Pod")

    @cached_property
    def workloads(self) -> tuple[Obj, ...]:
        """Every object that makes pods and has no maker of its own; a pod that nobody made is one too."""
        tops = {id(top): top for pod in self.pods if (top := self.top_owner(pod)) is not pod}
        for kind in WORKLOAD_KINDS:
            tops |= {id(top): top for obj in self.of(kind) if (top := self.top_owner(obj)) is not None}
        makers = sorted(tops.values(), key=lambda top: _rank(top.kind))
        return (*makers, *self._bare_pods())

    def _bare_pods(self) -> list[Obj]:
        """Pods without a maker, as far as more is told of them than that they are there."""
        return [pod for pod in self.pods if self._parent(pod) is None and pod.items("spec", "containers")]

    def _parent(self, obj: Obj) -> Obj | None:
        if obj.kind not in MADE_BY_OTHERS:
            return None
        if id(obj) not in self._parents:
            found = parent_of(obj, self._seen)
            if found is not None and found.implied:
                found = self._implied.setdefault(_key(found), found)
            self._parents[id(obj)] = found
        return self._parents[id(obj)]

    def top_owner(self, obj: Obj) -> Obj:
        """The object a person would change: the last owner that is known, else the object itself."""
        seen = {id(obj)}
        while (parent := self._parent(obj)) is not None and id(parent) not in seen:
            seen.add(id(parent))
            obj = parent
        return obj

    @cached_property
    def _pods_by_owner(self) -> Mapping[int, tuple[Obj, ...]]:
        found: dict[int, list[Obj]] = defaultdict(list)
        for pod in self.pods:
            found[id(self.top_owner(pod))].append(pod)
        return {owner: tuple(pods) for owner, pods in found.items()}

    def pods_of(self, workload: Obj) -> tuple[Obj, ...]:
        """Its pods by ownership or, where no owners were told, by its selector."""
        owned = self._pods_by_owner.get(id(workload), ())
        if owned or workload.kind == "Pod":
            return owned or (workload,)
        wanted = workload.mapping("spec", "selector", "matchLabels")
        return tuple(pod for pod in self._selected(wanted, workload.namespace) if self._parent(pod) is None)

    def live_pods_of(self, workload: Obj) -> tuple[Obj, ...]:
        return tuple(pod for pod in self.pods_of(workload) if is_live(pod))

    @cached_property
    def _pods_by_label(self) -> Mapping[tuple[str, str, str], tuple[Obj, ...]]:
        return _by_label(self.pods, lambda pod: pod.labels)

    @cached_property
    def _workloads_by_label(self) -> Mapping[tuple[str, str, str], tuple[Obj, ...]]:
        return _by_label(self.workloads, lambda work: work.template_labels())

    def _selected(self, wanted: Mapping[str, str], namespace: str) -> Iterable[Obj]:
        return _matching(self._pods_by_label, wanted, namespace, lambda pod: pod.labels)

    def pods_behind(self, service: Obj) -> tuple[Obj, ...]:
        """Pods that a Service selects, ready or not."""
        return tuple(self._selected(service.mapping("spec", "selector"), service.namespace))

    def workloads_behind(self, service: Obj) -> tuple[Obj, ...]:
        """Workloads whose pods, or whose template, a Service selects."""
        wanted = service.mapping("spec", "selector")
        found = _matching(
            self._workloads_by_label, wanted, service.namespace, lambda work: work.template_labels()
        )
        return tuple(found)

    @cached_property
    def _services_by_label(self) -> Mapping[tuple[str, str, str], tuple[Obj, ...]]:
        """Services by one label that they select; the others are looked at when that one fits."""
        found: dict[tuple[str, str, str], list[Obj]] = defaultdict(list)
        for service in self.of("Service"):
            for key, value in list(service.mapping("spec", "selector").items())[:1]:
                found[(service.namespace, str(key), str(value))].append(service)
        return {key: tuple(several) for key, several in found.items()}

    def services_of(self, workload: Obj) -> tuple[Obj, ...]:
        """Services that select this workload's pods."""
        labels = workload.template_labels() or workload.labels
        fitting = {
            id(service)
            for key, value in labels.items()
            for service in self._services_by_label.get((workload.namespace, str(key), str(value)), ())
            if service.mapping("spec", "selector").items() <= labels.items()
        }
        if not fitting:
            return ()
        return tuple(one for one in self.of("Service", workload.namespace) if id(one) in fitting)

    @cached_property
    def _replica_sets(self) -> Mapping[int, tuple[Obj, ...]]:
        found: dict[int, list[Obj]] = defaultdict(list)
        for replica_set in self.of("ReplicaSet"):
            if (parent := self._parent(replica_set)) is not None:
                found[id(parent)].append(replica_set)
        return {key: tuple(sorted(sets, key=_revision, reverse=True)) for key, sets in found.items()}

    def replica_sets_of(self, deployment: Obj) -> tuple[Obj, ...]:
        """Its ReplicaSets, the newest revision first."""
        return self._replica_sets.get(id(deployment), ())

    def workload_named(self, name: str, namespace: str) -> Obj | None:
        """A workload by name, whatever its kind; else the one behind the Service of that name."""
        for kind in (*WORKLOAD_KINDS, "Pod"):
            if found := self.get(kind, name, namespace):
                return self.top_owner(found)
        service = self.get("Service", name, namespace)
        behind = self.workloads_behind(service) if service else ()
        return behind[0] if behind else None

    @cached_property
    def _workloads_by_name(self) -> Mapping[str, tuple[Obj, ...]]:
        found: dict[str, list[Obj]] = defaultdict(list)
        for workload in self.workloads:
            found[workload.name].append(workload)
        return {name: tuple(several) for name, several in found.items()}

    def workload_called(self, name: str, near: str) -> Obj | None:
        """A workload as a call graph names it, without its namespace: that of the near one, else the only one of that name."""
        if found := self.workload_named(name, near):
            return found
        several = self._workloads_by_name.get(name, ())
        return several[0] if len(several) == 1 else None


def _key(obj: Obj) -> Key:
    return obj.kind, obj.namespace, obj.name


def _rank(kind: str) -> int:
    return WORKLOAD_KINDS.index(kind) if kind in WORKLOAD_KINDS else len(WORKLOAD_KINDS)


def _by_namespace(objects: Iterable[Obj]) -> dict[str, tuple[Obj, ...]]:
    found: dict[str, list[Obj]] = defaultdict(list)
    for obj in objects:
        found[obj.namespace].append(obj)
    return {namespace: tuple(several) for namespace, several in found.items()}


def _by_label(objects: Iterable[Obj], labels_of: LabelsOf) -> dict[tuple[str, str, str], tuple[Obj, ...]]:
    found: dict[tuple[str, str, str], list[Obj]] = defaultdict(list)
    for obj in objects:
        for key, value in labels_of(obj).items():
            found[(obj.namespace, str(key), str(value))].append(obj)
    return {key: tuple(several) for key, several in found.items()}


def _matching(
    index: Mapping[tuple[str, str, str], tuple[Obj, ...]],
    wanted: Mapping[str, str],
    namespace: str,
    labels_of: LabelsOf,
) -> list[Obj]:
    """Those that carry every wanted label; none where nothing is wanted."""
    buckets = [index.get((namespace, str(key), str(value)), ()) for key, value in wanted.items()]
    smallest = min(buckets, key=len, default=())
    return [obj for obj in smallest if wanted.items() <= labels_of(obj).items()]


def _revision(replica_set: Obj) -> int:
    text = str(replica_set.annotations.get("deployment.kubernetes.io/revision", "0"))
    return int(text) if text.isdecimal() and len(text) < 10 else 0
