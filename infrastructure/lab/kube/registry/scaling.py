"""The scale subresource of Deployments, ReplicaSets and StatefulSets."""

from __future__ import annotations

from infrastructure.lab.kube.objects import failures, selectors
from infrastructure.lab.kube.objects.tree import Obj, clone, dig, name_of, namespace_of
from infrastructure.lab.kube.registry.options import WriteOptions
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import Kind

_COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Obj) -> Obj:
    """autoscaling/v1 Scale."""
    meta = {key: obj["metadata"][key] for key in _COPIED if key in obj["metadata"]}
    status: Obj = {"replicas": dig(obj, "status", "replicas", default=0)}
    selector = selectors.text(dig(obj, "spec", "selector"))
    if selector:
        status["selector"] = selector
    spec = {"replicas": dig(obj, "spec", "replicas", default=0)}
    return {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": meta, "spec": spec, "status": status}


def rescale(registry: Registry, kind: Kind, scale: Obj, options: WriteOptions) -> Obj:
    """Set replicas as a Scale object asks; the answer is the new Scale. Raises ApiError."""
    current = registry.get(kind, namespace_of(scale), name_of(scale))
    replicas = dig(scale, "spec", "replicas", default=0)
    if replicas < 0:
        problem = failures.invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")
        raise failures.invalid("autoscaling", "Scale", name_of(scale), [problem])
    draft = clone(current)
    draft["spec"]["replicas"] = replicas
    for name in ("uid", "resourceVersion"):
        if scale["metadata"].get(name):
            draft["metadata"][name] = scale["metadata"][name]
    return scale_of(registry.update(kind, draft, options))
