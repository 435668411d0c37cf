"""PodDisruptionBudgets: how many pods may be disturbed now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import conditions, moments, ownership, podstate, selectors
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, labels_of, name_of, namespace_of
from infrastructure.lab.kube.registry.eviction import BUDGETS
from infrastructure.lab.kube.schema.kinds import STORED
from infrastructure.lab.kube.schema.rules.numbers import share
from infrastructure.lab.kube.store.store import Change, Key

_FORGET_SECONDS = 120.0
"""A disrupted pod that is still there after this was not disrupted after all."""
_SCALABLE = {kind.kind: kind.resource for kind in STORED if "scale" in kind.subresources}


class DisruptionController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {
            BUDGETS: own_key,
            "pods": self._of_pod,
            "deployments.apps": self._of_namespace,
            "statefulsets.apps": self._of_namespace,
        }

    def _of_pod(self, change: Change) -> Iterable[Key]:
        return [
            (namespace_of(one), name_of(one))
            for one in self._plane.store.objects(BUDGETS, change.key[0])
            if selectors.selects(dig(one, "spec", "selector"), labels_of(change.object))
        ]

    def _of_namespace(self, change: Change) -> Iterable[Key]:
        before = dig(change.previous, "spec", "replicas") if change.previous else None
        if before == dig(change.object, "spec", "replicas"):
            return ()
        return [
            (namespace_of(one), name_of(one)) for one in self._plane.store.objects(BUDGETS, change.key[0])
        ]

    def reconcile(self, key: Key) -> float | None:
        budget = self._plane.store.get(BUDGETS, *key)
        if budget is None:
            return None
        pods = [
            pod
            for pod in self._plane.store.objects("pods", key[0])
            if selectors.selects(dig(budget, "spec", "selector"), labels_of(pod))
        ]
        disrupted = self._still_disrupted(budget, pods)
        counted = [pod for pod in pods if podstate.phase(pod) not in podstate.FINISHED]
        healthy = [pod for pod in counted if _counts(pod) and name_of(pod) not in disrupted]
        expected, desired = self._wanted(budget, counted)
        status = self._status(budget, len(healthy), expected, desired)
        if disrupted:
            status["disruptedPods"] = disrupted
        self._plane.registry.set_status(BUDGETS, budget, status)
        return _FORGET_SECONDS if disrupted else None

    def _still_disrupted(self, budget: Obj, pods: list[Obj]) -> dict[str, str]:
        waiting = {name_of(pod) for pod in pods if not being_deleted(pod)}
        now = self._plane.clock()
        return {
            name: since
            for name, since in dig(budget, "status", "disruptedPods", default={}).items()
            if name in waiting and moments.seconds_since(since, now) < _FORGET_SECONDS
        }

    def _wanted(self, budget: Obj, pods: list[Obj]) -> tuple[int, int]:
        """How many pods there should be, and how many of them healthy."""
        spec = budget.get("spec", {})
        if isinstance(spec.get("minAvailable"), int):
            return len(pods), int(spec["minAvailable"])
        expected = self._expected(pods)
        if "maxUnavailable" in spec:
            return expected, max(0, expected - share(spec["maxUnavailable"], expected, round_up=True))
        return expected, share(spec.get("minAvailable", 1), expected, round_up=True)

    def _expected(self, pods: list[Obj]) -> int:
        """The sizes of the workloads the pods belong to."""
        owners: dict[str, int] = {}
        for pod in pods:
            owner = self._top_owner(pod)
            if owner is not None:
                owners[owner["metadata"]["uid"]] = dig(owner, "spec", "replicas", default=1)
        return sum(owners.values()) if owners else len(pods)

    def _top_owner(self, obj: Obj) -> Obj | None:
        reference = ownership.controller_of(obj)
        if reference is None or reference["kind"] not in _SCALABLE:
            return None
        owner = self._plane.store.get(_SCALABLE[reference["kind"]], namespace_of(obj), reference["name"])
        return None if owner is None else self._top_owner(owner) or owner

    def _status(self, budget: Obj, healthy: int, expected: int, desired: int) -> Obj:
        allowed = max(0, healthy - desired) if expected else 0
        wanted = (
            Condition("DisruptionAllowed", "True", "SufficientPods")
            if allowed
            else Condition("DisruptionAllowed", "False", "InsufficientPods")
        )
        generation = budget["metadata"].get("generation", 1)
        held = dig(budget, "status", "conditions", default=[])
        put = [
            {"reason": "", "message": "", **one, "observedGeneration": generation}
            for one in conditions.put(held, wanted, self._plane.clock())
        ]
        return {
            "conditions": put,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": generation,
        }


def _counts(pod: Obj) -> bool:
    return podstate.is_ready(pod) and not being_deleted(pod)
