"""Taint eviction: pods leave a node with a NoExecute taint, at once or when their toleration ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import conditions, moments, podstate
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, name_of, namespace_of, uid_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.scheduling.filters import toleration_covers
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change, Key


class TaintEvictionController:
    """Its keys are pods."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("taint-eviction-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"pods": own_key, "nodes": self._on_node}

    def _on_node(self, change: Change) -> Iterable[Key]:
        if _forbidding(change.object) == _forbidding(change.previous or {}):
            return ()
        name = change.key[1]
        pods = self._plane.store.objects("pods")
        return [(namespace_of(pod), name_of(pod)) for pod in pods if podstate.node_of(pod) == name]

    def reconcile(self, key: Key) -> float | None:
        pod = self._plane.store.get("pods", *key)
        if pod is None or being_deleted(pod) or not podstate.node_of(pod):
            return None
        node = self._plane.store.get("nodes", "", podstate.node_of(pod))
        taints = _forbidding(node or {})
        if not taints:
            return None
        left = self._seconds_left(pod, taints)
        if left is None or left > 0:
            return left
        self._evict(pod)
        return None

    def _seconds_left(self, pod: Obj, taints: list[Obj]) -> float | None:
        """0 or less: now; None: never."""
        shortest: float | None = None
        for taint in taints:
            covering = [
                one for one in dig(pod, "spec", "tolerations", default=[]) if toleration_covers(one, taint)
            ]
            if not covering:
                return 0.0
            limits = [
                one["tolerationSeconds"] for one in covering if one.get("tolerationSeconds") is not None
            ]
            if limits:
                since = (
                    moments.seconds_since(taint["timeAdded"], self._plane.clock())
                    if "timeAdded" in taint
                    else 0.0
                )
                left = min(limits) * self._plane.pace.manifest_second - since
                shortest = left if shortest is None else min(shortest, left)
        return shortest

    def _evict(self, pod: Obj) -> None:
        where = f"{namespace_of(pod)}/{name_of(pod)}"
        self._recorder.normal(pod, "TaintManagerEviction", f"Marking for deletion Pod {where}")
        wanted = Condition(
            "DisruptionTarget",
            "True",
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
        )
        held = conditions.put(dig(pod, "status", "conditions", default=[]), wanted, self._plane.clock())
        self._plane.registry.set_status("pods", pod, {**pod["status"], "conditions": held})
        options = DeleteOptions(uid=uid_of(pod))
        self._plane.registry.delete(BY_RESOURCE["pods"], namespace_of(pod), name_of(pod), options)


def _forbidding(node: Obj) -> list[Obj]:
    return [taint for taint in dig(node, "spec", "taints", default=[]) if taint.get("effect") == "NoExecute"]
