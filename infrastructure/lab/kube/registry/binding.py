"""The binding subresource: a pod is given its node, once."""

from __future__ import annotations

from infrastructure.lab.kube.objects import failures, moments
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE


def bind(registry: Registry, namespace: str, name: str, node: str, *, dry_run: bool = False) -> Obj:
    """Raises ApiError (409) for a pod that has a node or is going away."""
    kind = BY_RESOURCE["pods"]
    pod = registry.get(kind, namespace, name)
    taken = dig(pod, "spec", "nodeName", default="")
    if taken:
        raise failures.conflict("", "pods/binding", name, f'pod {name} is already assigned to node "{taken}"')
    if being_deleted(pod):
        raise failures.conflict(
            "", "pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host"
        )
    status = pod.get("status", {})
    scheduled = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": moments.stamp(registry.clock()),
    }
    others = [one for one in status.get("conditions", ()) if one["type"] != "PodScheduled"]
    bound = {
        **pod,
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**status, "conditions": [*others, scheduled]},
    }
    return bound if dry_run else registry.store.put("pods", bound)
