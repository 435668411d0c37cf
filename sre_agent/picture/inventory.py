"""All objects seen, found by kind and name, and how they hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from sre_agent.picture.containers import is_live
from sre_agent.picture.objects import WORKLOAD_KINDS, Obj

Key = tuple[str, str, str]


class Inventory:
    """Objects indexed once; every look-up afterwards is a dictionary's."""

    def __init__(self, objects: Iterable[Obj]) -> None:
        self._by_kind: dict[str, list[Obj]] = defaultdict(list)
        self._by_key: dict[Key, Obj] = {}
        for obj in objects:
            key = (obj.kind, obj.namespace, obj.name)
            if obj.kind != "Event" and key in self._by_key:
                self._by_kind[obj.kind].remove(self._by_key[key])
            self._by_key[key] = obj
            self._by_kind[obj.kind].append(obj)

    def of(self, kind: str, namespace: str | None = None) -> tuple[Obj, ...]:
        """All of one kind, or those of one namespace."""
        found = self._by_kind.get(kind, ())
        return tuple(obj for obj in found if namespace is None or obj.namespace == namespace)

    def get(self, kind: str, name: str, namespace: str = "") -> Obj | None:
        return self._by_key.get((kind, namespace, name))

    @property
    def pods(self) -> tuple[Obj, ...]:
        return self.of("Pod")

    @cached_property
    def workloads(self) -> tuple[Obj, ...]:
        """Every object that makes pods and has no maker of its own."""
        found = (obj for kind in WORKLOAD_KINDS for obj in self.of(kind))
        return tuple(obj for obj in found if self._parent(obj) is None)

    def _parent(self, obj: Obj) -> Obj | None:
        if obj.owner is None:
            return None
        return self.get(obj.owner[0], obj.owner[1], obj.namespace)

    def top_owner(self, obj: Obj) -> Obj:
        """The object a person would change: the last owner that is known, else the object itself."""
        seen = {id(obj)}
        while (parent := self._parent(obj)) is not None and id(parent) not in seen:
            seen.add(id(parent))
            obj = parent
        return obj

    @cached_property
    def _pods_by_owner(self) -> Mapping[Key, list[Obj]]:
        found: dict[Key, list[Obj]] = defaultdict(list)
        for pod in self.pods:
            owner = self.top_owner(pod)
            found[(owner.kind, owner.namespace, owner.name)].append(pod)
        return found

    def pods_of(self, workload: Obj) -> tuple[Obj, ...]:
        """Its pods by ownership or, where no owners were told, by its selector."""
        owned = self._pods_by_owner.get((workload.kind, workload.namespace, workload.name), [])
        if owned or workload.kind == "Pod":
            return tuple(owned) or (workload,)
        wanted = workload.mapping("spec", "selector", "matchLabels")
        return tuple(pod for pod in self._selected(wanted, workload.namespace) if pod.owner is None)

    def live_pods_of(self, workload: Obj) -> tuple[Obj, ...]:
        return tuple(pod for pod in self.pods_of(workload) if is_live(pod))

    def _selected(self, wanted: Mapping[str, str], namespace: str) -> Iterable[Obj]:
        if not wanted:
            return ()
        return (pod for pod in self.of("Pod", namespace) if wanted.items() <= pod.labels.items())

    def pods_behind(self, service: Obj) -> tuple[Obj, ...]:
        """Pods that a Service selects, ready or not."""
        return tuple(self._selected(service.mapping("spec", "selector"), service.namespace))

    def workloads_behind(self, service: Obj) -> tuple[Obj, ...]:
        """Workloads whose pods, or whose template, a Service selects."""
        wanted = service.mapping("spec", "selector")
        if not wanted:
            return ()
        named = [work for work in self.workloads if work.namespace == service.namespace]
        return tuple(work for work in named if wanted.items() <= work.template_labels().items())

    def services_of(self, workload: Obj) -> tuple[Obj, ...]:
        """Services that select this workload's pods."""
        labels = workload.template_labels() or workload.labels
        return tuple(
            service
            for service in self.of("Service", workload.namespace)
            if (wanted := service.mapping("spec", "selector")) and wanted.items() <= labels.items()
        )

    def replica_sets_of(self, deployment: Obj) -> tuple[Obj, ...]:
        """Its ReplicaSets, the newest revision first."""
        owned = [
            rs
            for rs in self.of("ReplicaSet", deployment.namespace)
            if rs.owner == (deployment.kind, deployment.name)
        ]
        return tuple(sorted(owned, key=_revision, reverse=True))

    def workload_named(self, name: str, namespace: str) -> Obj | None:
        """A workload by name, whatever its kind; else the one behind the Service of that name."""
        for kind in WORKLOAD_KINDS:
            if found := self.get(kind, name, namespace):
                return self.top_owner(found)
        service = self.get("Service", name, namespace)
        behind = self.workloads_behind(service) if service else ()
        return behind[0] if behind else None


def _revision(replica_set: Obj) -> int:
    text = replica_set.annotations.get("deployment.kubernetes.io/revision", "0")
    return int(text) if text.isdigit() else 0
