"""The kinds this API server serves, and how each is addressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Kind:
    """One kind in one version."""

    kind: str
    plural: str
    api_version: str
    model: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    generation: bool = False
    """Whether a change of spec counts up metadata.generation."""
    stored_as: str = ""
    """The resource whose objects this version shows, where that is not its own."""

    @property
    def group(self) -> str:
        return self.api_version.partition("/")[0] if "/" in self.api_version else ""

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    @property
    def resource(self) -> str:
        """`pods`, `deployments.apps`: unique over the server."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def storage(self) -> str:
        return self.stored_as or self.resource

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def qualified_kind(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


_STATUS = ("status",)
_SCALED = ("status", "scale")
_ALL = ("all",)

_CORE = (
    Kind("Namespace", "namespaces", "v1", "V1Namespace", False, ("ns",), ("status", "finalize")),
    Kind("Node", "nodes", "v1", "V1Node", False, ("no",), _STATUS),
    Kind("Pod", "pods", "v1", "V1Pod", True, ("po",), ("status", "log", "eviction", "binding"), _ALL),
    Kind("Service", "services", "v1", "V1Service", True, ("svc",), _STATUS, _ALL),
    Kind("Endpoints", "endpoints", "v1", "V1Endpoints", True, ("ep",)),
    Kind("ConfigMap", "configmaps", "v1", "V1ConfigMap", True, ("cm",)),
    Kind("Secret", "secrets", "v1", "V1Secret"),
    Kind("ServiceAccount", "serviceaccounts", "v1", "V1ServiceAccount", True, ("sa",), ("token",)),
    Kind("Event", "events", "v1", "CoreV1Event", True, ("ev",)),
    Kind("ResourceQuota", "resourcequotas", "v1", "V1ResourceQuota", True, ("quota",), _STATUS),
    Kind("LimitRange", "limitranges", "v1", "V1LimitRange", True, ("limits",)),
    Kind("PersistentVolume", "persistentvolumes", "v1", "V1PersistentVolume", False, ("pv",), _STATUS),
    Kind(
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        "v1",
        "V1PersistentVolumeClaim",
        True,
        ("pvc",),
        _STATUS,
    ),
)

_APPS = (
    Kind("Deployment", "deployments", "apps/v1", "V1Deployment", True, ("deploy",), _SCALED, _ALL, True),
    Kind("ReplicaSet", "replicasets", "apps/v1", "V1ReplicaSet", True, ("rs",), _SCALED, _ALL, True),
    Kind("StatefulSet", "statefulsets", "apps/v1", "V1StatefulSet", True, ("sts",), _SCALED, _ALL, True),
    Kind("DaemonSet", "daemonsets", "apps/v1", "V1DaemonSet", True, ("ds",), _STATUS, _ALL, True),
    Kind("ControllerRevision", "controllerrevisions", "apps/v1", "V1ControllerRevision"),
)

_BATCH = (
    Kind("Job", "jobs", "batch/v1", "V1Job", True, (), _STATUS, _ALL, True),
    Kind("CronJob", "cronjobs", "batch/v1", "V1CronJob", True, ("cj",), _STATUS, _ALL, True),
)

_NETWORK = (
    Kind("EndpointSlice", "endpointslices", "discovery.k8s.io/v1", "V1EndpointSlice"),
    Kind("Ingress", "ingresses", "networking.k8s.io/v1", "V1Ingress", True, ("ing",), _STATUS, (), True),
    Kind(
        "NetworkPolicy",
        "networkpolicies",
        "networking.k8s.io/v1",
        "V1NetworkPolicy",
        True,
        ("netpol",),
        (),
        (),
        True,
    ),
    Kind("IngressClass", "ingressclasses", "networking.k8s.io/v1", "V1IngressClass", False),
)

_RBAC_VERSION = "rbac.authorization.k8s.io/v1"
_RBAC = (
    Kind("Role", "roles", _RBAC_VERSION, "V1Role"),
    Kind("RoleBinding", "rolebindings", _RBAC_VERSION, "V1RoleBinding"),
    Kind("ClusterRole", "clusterroles", _RBAC_VERSION, "V1ClusterRole", False),
    Kind("ClusterRoleBinding", "clusterrolebindings", _RBAC_VERSION, "V1ClusterRoleBinding", False),
)

_OTHERS = (
    Kind(
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "autoscaling/v2",
        "V2HorizontalPodAutoscaler",
        True,
        ("hpa",),
        _STATUS,
        _ALL,
    ),
    Kind(
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        "policy/v1",
        "V1PodDisruptionBudget",
        True,
        ("pdb",),
        _STATUS,
        (),
        True,
    ),
    Kind("StorageClass", "storageclasses", "storage.k8s.io/v1", "V1StorageClass", False, ("sc",)),
    Kind("PriorityClass", "priorityclasses", "scheduling.k8s.io/v1", "V1PriorityClass", False, ("pc",)),
    Kind("Lease", "leases", "coordination.k8s.io/v1", "V1Lease"),
    Kind("Event", "events", "events.k8s.io/v1", "EventsV1Event", True, ("ev",), stored_as="events"),
)

KINDS: tuple[Kind, ...] = (*_CORE, *_APPS, *_BATCH, *_NETWORK, *_RBAC, *_OTHERS)

BY_RESOURCE: Mapping[str, Kind] = MappingProxyType({kind.resource: kind for kind in KINDS})
BY_PATH: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {(kind.api_version, kind.plural): kind for kind in KINDS}
)
BY_KIND: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {(kind.api_version, kind.kind): kind for kind in KINDS}
)
STORED: tuple[Kind, ...] = tuple(kind for kind in KINDS if not kind.stored_as)

REVIEWS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("authorization.k8s.io/v1", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
        ("authorization.k8s.io/v1", "subjectaccessreviews"): "SubjectAccessReview",
        ("authorization.k8s.io/v1", "localsubjectaccessreviews"): "LocalSubjectAccessReview",
        ("authorization.k8s.io/v1", "selfsubjectrulesreviews"): "SelfSubjectRulesReview",
        ("authentication.k8s.io/v1", "tokenreviews"): "TokenReview",
        ("authentication.k8s.io/v1", "selfsubjectreviews"): "SelfSubjectReview",
    }
)
"""Questions that are answered and never stored."""


def api_versions() -> list[str]:
    """Every group version, in the order they are first declared."""
    declared = [kind.api_version for kind in KINDS] + [version for version, _ in REVIEWS]
    return list(dict.fromkeys(declared))
