"""ReplicaSets: as many pods as wanted, no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infrastructure.lab.kube.controllers import pods
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import conditions, moments, ownership, podstate, selectors
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, labels_of, namespace_of
from infrastructure.lab.kube.store.store import Key

RESOURCE = "replicasets.apps"
_BURST = 500
_PHASE_RANK = {"Pending": 0, "Unknown": 1, "Running": 2}
_COST = "controller.kubernetes.io/pod-deletion-cost"


class ReplicaSetController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("replicaset-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {RESOURCE: own_key, "pods": pods.owner_keys("ReplicaSet", self._plane, RESOURCE)}

    def reconcile(self, key: Key) -> float | None:
        replica_set = self._plane.store.get(RESOURCE, *key)
        if replica_set is None:
            return None
        active = [pod for pod in pods.claimed(self._plane, replica_set) if podstate.is_active(pod)]
        failure: ApiError | None = None
        if not being_deleted(replica_set):
            try:
                active = self._resize(replica_set, active)
            except ApiError as error:
                failure = error
        again = self._report(replica_set, active, failure)
        if failure is not None:
            raise failure
        return again

    def _resize(self, replica_set: Obj, active: list[Obj]) -> list[Obj]:
        wanted = dig(replica_set, "spec", "replicas", default=1)
        if len(active) < wanted:
            template = replica_set["spec"]["template"]
            for _ in range(min(wanted - len(active), _BURST)):
                pod = pods.from_template(template, replica_set)
                active = [*active, pods.create(self._plane, self._recorder, replica_set, pod)]
            return active
        if len(active) == wanted:
            return active
        surplus = self._first_to_go(replica_set, active)[: len(active) - wanted]
        for pod in surplus:
            pods.delete(self._plane, self._recorder, replica_set, pod)
        return [pod for pod in active if pod not in surplus]

    def _first_to_go(self, replica_set: Obj, active: list[Obj]) -> list[Obj]:
        """As kubectl users know it: unscheduled, pending, unready, crowded, and young pods first."""
        neighbours = self._neighbours(replica_set)

        def rank(pod: Obj) -> tuple[Any, ...]:
            node = podstate.node_of(pod)
            restarts = max(
                (one.get("restartCount", 0) for one in dig(pod, "status", "containerStatuses", default=[])),
                default=0,
            )
            return (
                bool(node),
                _PHASE_RANK.get(podstate.phase(pod), 2),
                podstate.is_ready(pod),
                int(dig(pod, "metadata", "annotations", _COST, default="0")),
                -neighbours.get(node, 0),
                _later_first(
                    dig(conditions.find(pod.get("status", {}), "Ready"), "lastTransitionTime", default="")
                ),
                -restarts,
                _later_first(pod["metadata"]["creationTimestamp"]),
            )

        return sorted(active, key=rank)

    def _neighbours(self, replica_set: Obj) -> dict[str, int]:
        """Pods a node has from all ReplicaSets of the same owner."""
        owner = ownership.controller_of(replica_set)
        related = [
            one
            for one in self._plane.store.objects(RESOURCE, namespace_of(replica_set))
            if one is replica_set
            or (owner is not None and (ownership.controller_of(one) or {}).get("uid") == owner["uid"])
        ]
        count: dict[str, int] = {}
        for pod in self._plane.store.objects("pods", namespace_of(replica_set)):
            if podstate.is_active(pod) and any(ownership.is_controlled_by(pod, one) for one in related):
                node = podstate.node_of(pod)
                count[node] = count.get(node, 0) + 1
        return count

    def _report(self, replica_set: Obj, active: list[Obj], failure: ApiError | None) -> float | None:
        now = self._plane.clock()
        pause = dig(replica_set, "spec", "minReadySeconds", default=0) * self._plane.pace.manifest_second
        waits = [podstate.seconds_until_available(pod, pause, now) for pod in active]
        template = selectors.from_map(dig(replica_set, "spec", "template", "metadata", "labels", default={}))
        counts = {
            "fullyLabeledReplicas": sum(selectors.matches(template, labels_of(pod)) for pod in active),
            "readyReplicas": sum(wait is not None for wait in waits),
            "availableReplicas": sum(wait == 0.0 for wait in waits),
        }
        old = dig(replica_set, "status", "conditions", default=[])
        held = self._failure_condition(old, failure)
        status: Obj = {"replicas": len(active), **{name: value for name, value in counts.items() if value}}
        status["observedGeneration"] = replica_set["metadata"]["generation"]
        if held:
            status["conditions"] = held
        self._plane.registry.set_status(RESOURCE, replica_set, status)
        return min((wait for wait in waits if wait), default=None)

    def _failure_condition(self, held: list[Obj], failure: ApiError | None) -> list[Obj]:
        if failure is None:
            return conditions.without(held, "ReplicaFailure")
        wanted = Condition("ReplicaFailure", "True", "FailedCreate", failure.message)
        return conditions.put(held, wanted, self._plane.clock())


def _later_first(stamp: str) -> float:
    return -moments.parse(stamp).timestamp() if stamp else 0.0
