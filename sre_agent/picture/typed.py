"""An object as the API could have returned it: a field of a type that it never has is left out, before any rule reads it.

Types: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.31/. Names that mean different things in different
kinds (`status`, `path`, `resources`, `http`) are not judged here; those who read them look for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

TEXTS = frozenset(
    [
        "name",
        "namespace",
        "kind",
        "type",
        "reason",
        "message",
        "note",
        "phase",
        "uid",
        "image",
        "nodeName",
        "generateName",
        "creationTimestamp",
        "deletionTimestamp",
        "lastTimestamp",
        "firstTimestamp",
        "eventTime",
        "lastObservedTime",
        "lastTransitionTime",
        "startedAt",
        "finishedAt",
        "startTime",
        "completionTime",
        "lastScheduleTime",
        "lastSuccessfulTime",
        "serviceAccountName",
        "storageClassName",
        "volumeName",
        "secretName",
        "schedule",
        "operator",
        "effect",
        "topologyKey",
        "provisioner",
        "reportingComponent",
        "component",
        "fieldPath",
        "clusterIP",
        "podIP",
        "hostIP",
        "ingressClassName",
    ]
)
NUMBERS = frozenset(
    [
        "restartCount",
        "count",
        "exitCode",
        "replicas",
        "readyReplicas",
        "availableReplicas",
        "updatedReplicas",
        "unavailableReplicas",
        "currentReplicas",
        "desiredReplicas",
        "minReplicas",
        "maxReplicas",
        "containerPort",
        "periodSeconds",
        "timeoutSeconds",
        "failureThreshold",
        "initialDelaySeconds",
        "nodePort",
        "activeDeadlineSeconds",
        "backoffLimit",
        "failed",
        "succeeded",
        "desiredNumberScheduled",
        "numberReady",
        "disruptionsAllowed",
        "currentHealthy",
        "desiredHealthy",
        "expectedPods",
        "observedGeneration",
        "generation",
        "terminationGracePeriodSeconds",
    ]
)
LISTS = frozenset(
    [
        "containers",
        "initContainers",
        "containerStatuses",
        "initContainerStatuses",
        "conditions",
        "ownerReferences",
        "env",
        "envFrom",
        "volumes",
        "volumeMounts",
        "tolerations",
        "taints",
        "subsets",
        "notReadyAddresses",
        "imagePullSecrets",
        "policyTypes",
    ]
)
WORD_LISTS = frozenset(
    [
        "accessModes",
        "clusterIPs",
        "hosts",
        "gateways",
        "command",
        "args",
        "finalizers",
        "verbs",
        "apiGroups",
        "resourceNames",
        "podCIDRs",
    ]
)
FREE = frozenset(
    [
        "labels",
        "annotations",
        "matchLabels",
        "nodeSelector",
        "selector",
        "data",
        "stringData",
        "parameters",
        "provisionerParameters",
        "hard",
        "used",
    ]
)
"""Mappings whose keys people choose: a label may be called `env` without being a list of variables."""
LARGEST = 2**63
DEEPEST = 60
"""No object of the API nests so far; what lies below is left out."""


def as_typed(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same object where nothing in it is odd; else a copy without what is."""
    made = _typed(raw, 0)
    return made if isinstance(made, Mapping) else {}


def _typed(value: Any, depth: int) -> Any:
    if type(value) is dict:
        return _mapping(value, depth + 1) if depth < DEEPEST else {}
    if type(value) is list:
        return _list(value, depth + 1) if depth < DEEPEST else []
    return value


def _mapping(raw: dict[str, Any], depth: int) -> dict[str, Any]:
    changed: dict[str, Any] | None = None
    for key, value in raw.items():
        made = value
        if (type(value) is dict or type(value) is list) and key not in FREE:
            made = _typed(value, depth)
        judge = _JUDGES.get(key)
        if judge is not None and made is not None:
            made = judge(made)
        if made is not value:
            changed = dict(raw) if changed is None else changed
            changed[key] = made
    if changed is None:
        return raw
    return {key: value for key, value in changed.items() if value is not None}


def _list(raw: list[Any], depth: int) -> list[Any]:
    made = [_typed(one, depth) for one in raw]
    return raw if all(new is old for new, old in zip(made, raw, strict=True)) else made


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _number(value: Any) -> Any:
    """Recordings of other tools write numbers as texts at times; those can be read as well."""
    if isinstance(value, str):
        return value if value.lstrip("-").isdecimal() and len(value) < len(str(LARGEST)) else None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and abs(value) < LARGEST else None


def _a_list(value: Any) -> Any:
    return value if isinstance(value, list) else None


def _words(value: Any) -> Any:
    if not isinstance(value, list):
        return None
    return value if all(type(one) is str for one in value) else [one for one in value if type(one) is str]


_JUDGES: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(LISTS, _a_list),
    **dict.fromkeys(WORD_LISTS, _words),
}
