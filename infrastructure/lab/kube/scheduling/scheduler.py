"""Gives every pending pod a node, or says why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import conditions, ownership, podstate
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, labels_of, name_of, namespace_of
from infrastructure.lab.kube.registry.binding import bind
from infrastructure.lab.kube.scheduling.filters import NodeView, reasons
from infrastructure.lab.kube.store.store import DELETED, Change, Key

_NAME = "default-scheduler"
_PREFER_NOT = "PreferNoSchedule"
_FINISHED = ("Succeeded", "Failed")
_OF_THE_POD = ("persistentvolumeclaim", "pod has unbound")
_CANNOT_BE_HELPED = (
    *_OF_THE_POD,
    "unschedulable",
    "untolerated taint",
    "node affinity/selector",
    "node name",
)


class Scheduler:
    """A controller whose keys are pods without a node."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder(_NAME, modern=True)
        self._tries: dict[Key, int] = {}

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {
            "pods": self._touched_by_pod,
            "nodes": self._touched_by_node,
            "persistentvolumeclaims": lambda _: self._pending(),
        }

    def _touched_by_pod(self, change: Change) -> Iterable[Key]:
        """A new pending pod; or every waiting one, when a pod leaves room behind."""
        pod = change.object
        if change.type == DELETED or podstate.phase(pod) in _FINISHED:
            self._tries.pop(change.key, None)
            return self._pending() if podstate.node_of(pod) else ()
        if change.previous is not None and change.previous.get("spec") == pod.get("spec"):
            return ()
        return () if podstate.node_of(pod) else (change.key,)

    def _touched_by_node(self, change: Change) -> Iterable[Key]:
        old, new = change.previous or {}, change.object
        same = (
            old.get("spec") == new.get("spec")
            and dig(old, "metadata", "labels") == dig(new, "metadata", "labels")
            and dig(old, "status", "allocatable") == dig(new, "status", "allocatable")
        )
        return () if same else self._pending()

    def _pending(self) -> Iterable[Key]:
        return [
            (namespace_of(pod), name_of(pod))
            for pod in self._plane.store.objects("pods")
            if self._is_mine(pod)
        ]

    def _is_mine(self, pod: Obj) -> bool:
        return (
            not podstate.node_of(pod)
            and not being_deleted(pod)
            and dig(pod, "spec", "schedulerName", default=_NAME) == _NAME
        )

    def reconcile(self, key: Key) -> float | None:
        pod = self._plane.store.get("pods", *key)
        if pod is None or not self._is_mine(pod):
            return None
        views = self._views()
        missing = self._missing_volume(pod)
        if missing:
            return self._cannot(pod, [[missing] for _ in views])
        refused: list[list[str]] = []
        fitting: list[NodeView] = []
        for view in views:
            why = reasons(pod, view, views)
            refused.append(why)
            if not why:
                fitting.append(view)
        if not fitting:
            return self._cannot(pod, refused)
        self._tries.pop(key, None)
        node = name_of(min(fitting, key=lambda view: _burden(pod, view)).node)
        bind(self._plane.registry, *key, node)
        self._recorder.normal(pod, "Scheduled", f"Successfully assigned {key[0]}/{key[1]} to {node}")
        return None

    def _missing_volume(self, pod: Obj) -> str:
        for volume in dig(pod, "spec", "volumes", default=[]):
            name = dig(volume, "persistentVolumeClaim", "claimName", default="")
            claim = self._plane.store.get("persistentvolumeclaims", namespace_of(pod), name) if name else None
            if name and claim is None:
                return f'persistentvolumeclaim "{name}" not found'
            if claim is not None and dig(claim, "status", "phase") != "Bound":
                return "pod has unbound immediate PersistentVolumeClaims"
        return ""

    def _views(self) -> list[NodeView]:
        by_node: dict[str, list[Obj]] = {}
        for pod in self._plane.store.objects("pods"):
            if podstate.phase(pod) not in _FINISHED:
                by_node.setdefault(podstate.node_of(pod), []).append(pod)
        return [
            NodeView(node, tuple(by_node.get(name_of(node), ())))
            for node in self._plane.store.objects("nodes")
            if not being_deleted(node)
        ]

    def _cannot(self, pod: Obj, refused: list[list[str]]) -> float:
        """Say so, and try again later even if nothing changes."""
        message = explain(refused)
        self._recorder.warn(pod, "FailedScheduling", message)
        status = pod.get("status", {})
        wanted = Condition("PodScheduled", "False", "Unschedulable", message)
        held = conditions.put(status.get("conditions", []), wanted, self._plane.clock(), lastProbeTime=None)
        self._plane.registry.set_status("pods", pod, {**status, "conditions": held})
        key = namespace_of(pod), name_of(pod)
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        pace = self._plane.pace
        return pace.scheduler_flush if tries > 1 else pace.scheduler_retry_base


def explain(refused: list[list[str]]) -> str:
    """`0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …`."""
    total = len(refused)
    if not total:
        return "no nodes available to schedule pods"
    counts = Counter(reason for why in refused for reason in why)
    listed = ", ".join(sorted(_counted(reason, count) for reason, count in counts.items()))
    return f"0/{total} nodes are available: {listed}. {_preemption(refused)}"


def _counted(reason: str, count: int) -> str:
    """Nodes are counted; what holds for the pod wherever it would go is not."""
    return reason if reason.startswith(_OF_THE_POD) else f"{count} {reason}"


def _preemption(refused: list[list[str]]) -> str:
    """Pods are never driven out here; the words are those of a cluster without lower priorities."""
    hopeless = sum(any(part in reason for reason in why for part in _CANNOT_BE_HELPED) for why in refused)
    parts = []
    if len(refused) - hopeless:
        parts.append(f"{len(refused) - hopeless} No preemption victims found for incoming pod")
    if hopeless:
        parts.append(f"{hopeless} Preemption is not helpful for scheduling")
    return f"preemption: 0/{len(refused)} nodes are available: {', '.join(parts)}."


def _burden(pod: Obj, view: NodeView) -> tuple[float, float, float, str]:
    """Lower is better: soft taints, siblings already there, how full the node is, and its name at last."""
    soft = sum(one.get("effect") == _PREFER_NOT for one in dig(view.node, "spec", "taints", default=[]))
    owner = ownership.controller_of(pod)
    siblings = sum(_is_sibling(pod, owner, other) for other in view.pods)
    shares = [
        float(view.requested[name] / view.allocatable(name)) if view.allocatable(name) else 1.0
        for name in ("cpu", "memory")
    ]
    return soft, siblings, max(shares) + len(view.pods) / 1000, name_of(view.node)


def _is_sibling(pod: Obj, owner: Obj | None, other: Obj) -> bool:
    if namespace_of(other) != namespace_of(pod) or being_deleted(other):
        return False
    if owner is not None and (ownership.controller_of(other) or {}).get("uid") == owner["uid"]:
        return True
    name = "app.kubernetes.io/name"
    return name in labels_of(pod) and labels_of(pod)[name] == labels_of(other).get(name)
