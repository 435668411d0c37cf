"""The values the API server fills in where a manifest is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.defaults import others, pods, workloads

_DEFAULTS: Mapping[str, Callable[[Obj], None]] = MappingProxyType(
    {
        "pods": pods.pod,
        "deployments.apps": workloads.deployment,
        "replicasets.apps": workloads.replica_set,
        "statefulsets.apps": workloads.stateful_set,
        "daemonsets.apps": workloads.daemon_set,
        "jobs.batch": workloads.job,
        "cronjobs.batch": workloads.cron_job,
        "services": others.service,
        "endpoints": others.endpoints,
        "endpointslices.discovery.k8s.io": others.endpoint_slice,
        "secrets": others.secret,
        "namespaces": others.namespace,
        "persistentvolumeclaims": others.claim,
        "persistentvolumes": others.volume,
        "storageclasses.storage.k8s.io": others.storage_class,
        "horizontalpodautoscalers.autoscaling": others.autoscaler,
        "networkpolicies.networking.k8s.io": others.network_policy,
        "rolebindings.rbac.authorization.k8s.io": others.binding,
        "clusterrolebindings.rbac.authorization.k8s.io": others.binding,
        "limitranges": others.limit_range,
    }
)


def fill(resource: str, obj: Obj) -> None:
    """Complete `obj` in place."""
    setter = _DEFAULTS.get(resource)
    if setter is not None:
        setter(obj)
