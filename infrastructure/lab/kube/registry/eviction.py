"""The eviction subresource: a deletion that asks the disruption budgets first."""

from __future__ import annotations

from dataclasses import replace

from infrastructure.lab.kube.objects import failures, moments, selectors
from infrastructure.lab.kube.objects.tree import Obj, dig, labels_of, name_of, namespace_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

BUDGETS = "poddisruptionbudgets.policy"
_FREE = ("Succeeded", "Failed", "Pending")
_SUCCESS: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_CONDITION = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "EvictionByEvictionAPI",
    "message": "Eviction API: evicting",
}


def evict(registry: Registry, namespace: str, name: str, options: DeleteOptions) -> Obj:
    """Raises ApiError: 404, or 429 while a budget allows no disruption."""
    kind = BY_RESOURCE["pods"]
    pod = registry.get(kind, namespace, name)
    if dig(pod, "status", "phase") not in _FREE and "deletionTimestamp" not in pod["metadata"]:
        _spend_budget(registry, pod, dry_run=options.dry_run)
        if not options.dry_run:
            pod = _mark(registry, pod)
    registry.delete(kind, namespace, name, replace(options, resource_version=""))
    return _SUCCESS


def _spend_budget(registry: Registry, pod: Obj, *, dry_run: bool) -> None:
    budgets = [
        one
        for one in registry.store.objects(BUDGETS, namespace_of(pod))
        if selectors.selects(dig(one, "spec", "selector"), labels_of(pod))
    ]
    if len(budgets) > 1:
        message = (
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
        raise failures.ApiError(500, message)
    for budget in budgets:
        _spend(registry, budget, pod, dry_run=dry_run)


def _spend(registry: Registry, budget: Obj, pod: Obj, *, dry_run: bool) -> None:
    status = budget.get("status", {})
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _refusal(
            f"The disruption budget {name_of(budget)} is still being processed by the server.",
            retry_seconds=10,
        )
    if _unready_may_go(budget, pod):
        return
    if status.get("disruptionsAllowed", 0) < 1:
        text = (
            f"The disruption budget {name_of(budget)} needs {status.get('desiredHealthy', 0)} healthy pods "
            f"and has {status.get('currentHealthy', 0)} currently"
        )
        raise _refusal(text)
    if not dry_run:
        spent = {
            **status,
            "disruptionsAllowed": status["disruptionsAllowed"] - 1,
            "disruptedPods": {
                **(status.get("disruptedPods") or {}),
                name_of(pod): moments.stamp(registry.clock()),
            },
        }
        registry.set_status(BUDGETS, budget, spent)


def _unready_may_go(budget: Obj, pod: Obj) -> bool:
    """An unready pod cannot make things worse once the budget is kept, or where the budget says so."""
    conditions = dig(pod, "status", "conditions", default=[])
    if any(one["type"] == "Ready" and one["status"] == "True" for one in conditions):
        return False
    if dig(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status", {})
    enough: bool = status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0
    return enough


def _refusal(text: str, retry_seconds: int = 0) -> failures.ApiError:
    cause = {"reason": "DisruptionBudget", "message": text}
    return failures.too_many_requests(
        "Cannot evict pod as it would violate the pod's disruption budget.", [cause], retry_seconds
    )


def _mark(registry: Registry, pod: Obj) -> Obj:
    condition = {**_CONDITION, "lastProbeTime": None, "lastTransitionTime": moments.stamp(registry.clock())}
    conditions = [
        one for one in dig(pod, "status", "conditions", default=[]) if one["type"] != "DisruptionTarget"
    ]
    return registry.set_status("pods", pod, {**pod["status"], "conditions": [*conditions, condition]})
