"""Node lifecycle: a node whose kubelet is silent is NotReady, tainted, and its pods count as unready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.kubelet.node import LEASE_NAMESPACE, LEASES
from infrastructure.lab.kube.objects import conditions, moments, podstate
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, clone, dig, name_of, namespace_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Key

UNREACHABLE, NOT_READY = "node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_EFFECTS = ("NoSchedule", "NoExecute")
_SILENT = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_READY_AGAIN = "True"


class NodeController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("node-controller")
        self._known: set[str] = set()

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {"nodes": own_key}

    def reconcile(self, key: Key) -> float | None:
        node = self._plane.store.get("nodes", *key)
        if node is None:
            self._known.discard(key[1])
            self._force_out(key[1])
            return None
        if key[1] not in self._known:
            self._known.add(key[1])
            text = f"Node {key[1]} event: Registered Node {key[1]} in Controller"
            self._recorder.normal(node, "RegisteredNode", text)
        if self._is_silent(node):
            node = self._mark_unknown(node)
        self._keep_taints(node)
        ready = conditions.find(node.get("status", {}), "Ready")
        if ready is not None and ready["status"] != _READY_AGAIN:
            self._mark_pods(node)
        return self._plane.pace.node_monitor_period

    def _is_silent(self, node: Obj) -> bool:
        lease = self._plane.store.get(LEASES, LEASE_NAMESPACE, name_of(node))
        heard = dig(lease, "spec", "renewTime") if lease is not None else None
        if heard is None:
            return False
        return moments.seconds_since(heard, self._plane.clock()) > self._plane.pace.node_grace

    def _mark_unknown(self, node: Obj) -> Obj:
        status = node.get("status", {})
        was_ready = conditions.is_true(status, "Ready")
        held = status.get("conditions", [])
        for kind in _SILENT:
            wanted = Condition(kind, "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
            beat = dig(conditions.find(status, kind), "lastHeartbeatTime")
            held = conditions.put(held, wanted, self._plane.clock(), lastHeartbeatTime=beat)
        if was_ready:
            name = name_of(node)
            self._recorder.normal(node, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        return self._plane.registry.set_status("nodes", node, {**status, "conditions": held})

    def _keep_taints(self, node: Obj) -> None:
        ready = dig(conditions.find(node.get("status", {}), "Ready"), "status", default="True")
        key = {"Unknown": UNREACHABLE, "False": NOT_READY}.get(ready, "")
        held: list[Obj] = dig(node, "spec", "taints", default=[])
        ours = (UNREACHABLE, NOT_READY, UNSCHEDULABLE)
        kept = [taint for taint in held if taint["key"] not in ours]
        kept += [self._taint(held, key, effect) for effect in _EFFECTS] if key else []
        if dig(node, "spec", "unschedulable"):
            kept.append(self._taint(held, UNSCHEDULABLE, "NoSchedule"))
        if kept == held:
            return
        draft = clone(node)
        spec: dict[str, Any] = draft.setdefault("spec", {})
        spec.pop("taints", None)
        if kept:
            spec["taints"] = kept
        self._plane.registry.update(BY_RESOURCE["nodes"], draft)

    def _taint(self, held: list[Obj], key: str, effect: str) -> Obj:
        known = next((one for one in held if one["key"] == key and one["effect"] == effect), None)
        if known is not None:
            return known
        return {"key": key, "effect": effect, "timeAdded": moments.stamp(self._plane.clock())}

    def _pods(self, node: str) -> list[Obj]:
        return [pod for pod in self._plane.store.objects("pods") if podstate.node_of(pod) == node]

    def _mark_pods(self, node: Obj) -> None:
        for pod in self._pods(name_of(node)):
            if not podstate.is_ready(pod):
                continue
            held = conditions.put(
                dig(pod, "status", "conditions", default=[]),
                Condition("Ready", "False"),
                self._plane.clock(),
                lastProbeTime=None,
            )
            self._plane.registry.set_status("pods", pod, {**pod["status"], "conditions": held})
            self._recorder.warn(pod, "NodeNotReady", "Node is not ready")

    def _force_out(self, node: str) -> None:
        """Pods of a node that is no more are nobody's to end."""
        for pod in self._pods(node):
            try:
                self._plane.registry.delete(
                    BY_RESOURCE["pods"], namespace_of(pod), name_of(pod), DeleteOptions(grace_seconds=0)
                )
            except ApiError as error:
                if error.code != 404:
                    raise
