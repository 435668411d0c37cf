"""What the API server refuses as invalid, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from infrastructure.lab.kube.objects.failures import FieldProblem
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.kinds import Kind
from infrastructure.lab.kube.schema.rules import (
    metadata,
    others,
    pods,
    presence,
    services,
    updates,
    workloads,
)

_Rule = Callable[[Obj], Iterable[FieldProblem]]

_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        "pods": pods.pod,
        "deployments.apps": workloads.deployment,
        "replicasets.apps": workloads.replica_set,
        "statefulsets.apps": workloads.stateful_set,
        "daemonsets.apps": workloads.daemon_set,
        "jobs.batch": workloads.job,
        "cronjobs.batch": workloads.cron_job,
        "services": services.service,
        "configmaps": others.config_map,
        "secrets": others.config_map,
        "poddisruptionbudgets.policy": others.disruption_budget,
        "horizontalpodautoscalers.autoscaling": others.autoscaler,
        "resourcequotas": others.resource_quota,
        "persistentvolumeclaims": others.claim,
        "rolebindings.rbac.authorization.k8s.io": others.binding,
        "clusterrolebindings.rbac.authorization.k8s.io": others.binding,
        "nodes": others.node,
    }
)


def of_create(kind: Kind, obj: Obj) -> list[FieldProblem]:
    """Everything wrong with a new object, each field once, the more telling finding first."""
    found = [*metadata.check(kind, obj), *_RULES.get(kind.resource, _nothing)(obj)]
    known = {problem.path for problem in found}
    return [*found, *(one for one in presence.missing(kind.model, obj) if one.path not in known)]


def of_update(kind: Kind, obj: Obj, old: Obj) -> list[FieldProblem]:
    return [*of_create(kind, obj), *updates.check(kind, obj, old)]


def _nothing(_: Obj) -> Iterable[FieldProblem]:
    return ()
