"""How lists are merged: which field names an item, for strategic merge patches and for server-side apply."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ListField = tuple[str, str]
"""Model and field, as in types.json."""

PATCH_KEYS: Mapping[ListField, str] = MappingProxyType(
    {
        ("V1PodSpec", "containers"): "name",
        ("V1PodSpec", "initContainers"): "name",
        ("V1PodSpec", "ephemeralContainers"): "name",
        ("V1PodSpec", "volumes"): "name",
        ("V1PodSpec", "imagePullSecrets"): "name",
        ("V1PodSpec", "hostAliases"): "ip",
        ("V1PodSpec", "topologySpreadConstraints"): "topologyKey",
        ("V1PodSpec", "resourceClaims"): "name",
        ("V1PodSpec", "schedulingGates"): "name",
        ("V1Container", "ports"): "containerPort",
        ("V1Container", "env"): "name",
        ("V1Container", "volumeMounts"): "mountPath",
        ("V1Container", "volumeDevices"): "devicePath",
        ("V1ServiceSpec", "ports"): "port",
        ("V1ObjectMeta", "ownerReferences"): "uid",
        ("V1ServiceAccount", "secrets"): "name",
        ("V1PodStatus", "conditions"): "type",
        ("V1PodStatus", "podIPs"): "ip",
        ("V1PodStatus", "hostIPs"): "ip",
        ("V1NodeStatus", "conditions"): "type",
        ("V1NodeStatus", "addresses"): "type",
        ("V1NamespaceStatus", "conditions"): "type",
        ("V1ServiceStatus", "conditions"): "type",
        ("V1DeploymentStatus", "conditions"): "type",
        ("V1ReplicaSetStatus", "conditions"): "type",
        ("V1StatefulSetStatus", "conditions"): "type",
        ("V1DaemonSetStatus", "conditions"): "type",
        ("V1JobStatus", "conditions"): "type",
        ("V1PodDisruptionBudgetStatus", "conditions"): "type",
        ("V1PersistentVolumeClaimStatus", "conditions"): "type",
        ("V2HorizontalPodAutoscalerStatus", "conditions"): "type",
        ("V1ContainerStatus", "volumeMounts"): "mountPath",
    }
)
"""`patchMergeKey` of each list whose patch strategy is merge; the others are replaced whole."""

PATCH_SETS = frozenset({("V1ObjectMeta", "finalizers"), ("V1NodeSpec", "podCIDRs")})
"""Lists of plain values that a strategic merge adds to."""

_APPLY_MORE: Mapping[ListField, tuple[str, ...]] = MappingProxyType(
    {
        ("V1Container", "ports"): ("containerPort", "protocol"),
        ("V1ServiceSpec", "ports"): ("port", "protocol"),
        ("V1PodSpec", "topologySpreadConstraints"): ("topologyKey", "whenUnsatisfiable"),
    }
)
KEY_DEFAULTS: Mapping[str, str] = MappingProxyType({"protocol": "TCP"})

ATOMIC = frozenset(
    {
        ("V1DeploymentSpec", "selector"),
        ("V1ReplicaSetSpec", "selector"),
        ("V1StatefulSetSpec", "selector"),
        ("V1DaemonSetSpec", "selector"),
        ("V1JobSpec", "selector"),
        ("V1PodSpec", "nodeSelector"),
        ("V1ServiceSpec", "selector"),
        ("V1RoleBinding", "roleRef"),
        ("V1ClusterRoleBinding", "roleRef"),
        ("V1EnvVarSource", "configMapKeyRef"),
        ("V1EnvVarSource", "secretKeyRef"),
        ("V1EnvVarSource", "fieldRef"),
    }
)
"""Maps and structs that have one owner as a whole."""


def apply_keys(model: str, field: str) -> tuple[str, ...]:
    """The fields that together name an item; () for a list that is owned as a whole."""
    found = _APPLY_MORE.get((model, field))
    if found is None:
        key = PATCH_KEYS.get((model, field), "")
        found = (key,) if key else ()
    return found
