"""DaemonSets: one pod on every node that will have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers import pods, templates
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import podstate
from infrastructure.lab.kube.objects.tree import (
    Obj,
    being_deleted,
    clone,
    dig,
    labels_of,
    name_of,
    namespace_of,
)
from infrastructure.lab.kube.scheduling.filters import NodeView, suits
from infrastructure.lab.kube.schema.rules.numbers import share
from infrastructure.lab.kube.store.store import Change, Key

RESOURCE = "daemonsets.apps"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSetController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("daemonset-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {
            RESOURCE: own_key,
            "pods": pods.owner_keys("DaemonSet", self._plane, RESOURCE),
            "nodes": self._of_node,
        }

    def _of_node(self, change: Change) -> Iterable[Key]:
        old, new = change.previous or {}, change.object
        if old.get("spec") == new.get("spec") and dig(old, "metadata", "labels") == dig(
            new, "metadata", "labels"
        ):
            return ()
        return [(namespace_of(one), name_of(one)) for one in self._plane.store.objects(RESOURCE)]

    def reconcile(self, key: Key) -> float | None:
        owner = self._plane.store.get(RESOURCE, *key)
        if owner is None:
            return None
        revision = templates.current(self._plane, owner)
        eligible = [name_of(node) for node in self._plane.store.objects("nodes") if self._wants(owner, node)]
        found = pods.claimed(self._plane, owner)
        if not being_deleted(owner):
            self._place(owner, revision, eligible, found)
            self._roll(owner, revision, eligible, found)
        self._report(owner, revision, eligible, pods.claimed(self._plane, owner))
        return None

    def _wants(self, owner: Obj, node: Obj) -> bool:
        return suits(self._pod(owner, "", name_of(node)), NodeView(node, ()))

    def _pod(self, owner: Obj, digest: str, node: str) -> Obj:
        pod = pods.from_template(owner["spec"]["template"], owner)
        spec = pod["spec"]
        spec["tolerations"] = [
            *spec.get("tolerations", ()),
            *({"key": key, "operator": "Exists", "effect": effect} for key, effect in _TOLERATED),
        ]
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        affinity = clone(spec.get("affinity") or {})
        required = affinity.setdefault("nodeAffinity", {}).setdefault(
            "requiredDuringSchedulingIgnoredDuringExecution", {"nodeSelectorTerms": [{}]}
        )
        required["nodeSelectorTerms"] = [{**one, **term} for one in required["nodeSelectorTerms"]]
        spec["affinity"] = affinity
        pod["metadata"]["labels"] = {**pod["metadata"].get("labels", {}), templates.LABEL: digest}
        return pod

    def _place(self, owner: Obj, revision: Obj, eligible: list[str], found: list[Obj]) -> None:
        there: dict[str, list[Obj]] = {}
        for pod in found:
            there.setdefault(target_node(pod), []).append(pod)
        for node in eligible:
            living = [pod for pod in there.get(node, ()) if podstate.phase(pod) not in podstate.FINISHED]
            if not living:
                pods.create(
                    self._plane, self._recorder, owner, self._pod(owner, templates.hash_of(revision), node)
                )
        for node, placed in there.items():
            for pod in placed:
                finished = podstate.phase(pod) in podstate.FINISHED
                if (node not in eligible or finished) and not being_deleted(pod):
                    pods.delete(self._plane, self._recorder, owner, pod)

    def _roll(self, owner: Obj, revision: Obj, eligible: list[str], found: list[Obj]) -> None:
        if dig(owner, "spec", "updateStrategy", "type") != "RollingUpdate":
            return
        limit = share(
            dig(owner, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable", default=1),
            len(eligible),
            round_up=True,
        )
        on_node = [pod for pod in found if target_node(pod) in eligible]
        room = limit - (
            len(eligible) - sum(podstate.is_ready(pod) and not being_deleted(pod) for pod in on_node)
        )
        for pod in on_node:
            if labels_of(pod).get(templates.LABEL) == templates.hash_of(revision) or being_deleted(pod):
                continue
            if podstate.is_ready(pod):
                if room <= 0:
                    continue
                room -= 1
            pods.delete(self._plane, self._recorder, owner, pod)

    def _report(self, owner: Obj, revision: Obj, eligible: list[str], found: list[Obj]) -> None:
        living = [pod for pod in found if podstate.is_active(pod)]
        placed = {target_node(pod) for pod in living}
        ready = sum(podstate.is_ready(pod) for pod in living)
        updated = sum(labels_of(pod).get(templates.LABEL) == templates.hash_of(revision) for pod in living)
        status = {
            "currentNumberScheduled": len(placed & set(eligible)),
            "numberMisscheduled": len(placed - set(eligible)),
            "desiredNumberScheduled": len(eligible),
            "numberReady": ready,
            "observedGeneration": owner["metadata"]["generation"],
        }
        more = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": max(0, len(eligible) - ready),
        }
        status |= {key: value for key, value in more.items() if value}
        self._plane.registry.set_status(RESOURCE, owner, status)
        in_use = {labels_of(pod).get(templates.LABEL, "") for pod in living}
        names = {
            name_of(one) for one in templates.history(self._plane, owner) if templates.hash_of(one) in in_use
        }
        templates.trim(self._plane, owner, names | {name_of(revision)})


def target_node(pod: Obj) -> str:
    """Where it is, or where its affinity will send it."""
    if podstate.node_of(pod):
        return podstate.node_of(pod)
    terms = dig(
        pod,
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
        default=[],
    )
    fields = dig(terms, 0, "matchFields", 0, "values", default=[])
    return str(fields[0]) if fields else ""
