"""Which API serves which kind: the common ones known by heart, others found by discovery. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Kind:
    """One kind of object as the API serves it."""

    name: str
    plural: str
    group: str
    version: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The path below the server's address; no namespace means all of them."""
        parts = ["/apis", self.group, self.version] if self.group else ["/api", self.version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        return "/".join([*parts, *(part for part in (name, subresource) if part)])


def _many(group: str, version: str, names: str, *, namespaced: bool = True) -> tuple[Kind, ...]:
    pairs = (pair.split("/") for pair in names.split())
    return tuple(Kind(name, plural, group, version, namespaced) for name, plural in pairs)


KNOWN: Final = (
    *_many("", "v1", "Pod/pods Service/services Endpoints/endpoints ConfigMap/configmaps Secret/secrets"),
    *_many("", "v1", "Event/events ServiceAccount/serviceaccounts ResourceQuota/resourcequotas"),
    *_many("", "v1", "PersistentVolumeClaim/persistentvolumeclaims LimitRange/limitranges"),
    *_many("", "v1", "ReplicationController/replicationcontrollers PodTemplate/podtemplates"),
    *_many("", "v1", "Node/nodes Namespace/namespaces PersistentVolume/persistentvolumes", namespaced=False),
    *_many("apps", "v1", "Deployment/deployments ReplicaSet/replicasets StatefulSet/statefulsets"),
    *_many("apps", "v1", "DaemonSet/daemonsets ControllerRevision/controllerrevisions"),
    *_many("batch", "v1", "Job/jobs CronJob/cronjobs"),
    *_many("autoscaling", "v2", "HorizontalPodAutoscaler/horizontalpodautoscalers"),
    *_many("policy", "v1", "PodDisruptionBudget/poddisruptionbudgets"),
    *_many("networking.k8s.io", "v1", "Ingress/ingresses NetworkPolicy/networkpolicies"),
    *_many("networking.k8s.io", "v1", "IngressClass/ingressclasses", namespaced=False),
    *_many("discovery.k8s.io", "v1", "EndpointSlice/endpointslices"),
    *_many("rbac.authorization.k8s.io", "v1", "Role/roles RoleBinding/rolebindings"),
    *_many("rbac.authorization.k8s.io", "v1", "ClusterRole/clusterroles", namespaced=False),
    *_many("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding/clusterrolebindings", namespaced=False),
    *_many("storage.k8s.io", "v1", "StorageClass/storageclasses", namespaced=False),
    *_many("coordination.k8s.io", "v1", "Lease/leases"),
)

_BY_NAME: Final = {name: kind for kind in KNOWN for name in (kind.name.lower(), kind.plural)}


def known(name: str) -> Kind | None:
    """By singular (`Deployment`) or plural (`deployments`), in any case."""
    return _BY_NAME.get(name.lower())


def of(name: str) -> Kind:
    """A kind that is certainly known. Raises KeyError."""
    return _BY_NAME[name.lower()]


def discovered(name: str, resources: Iterable[tuple[str, Mapping[str, Any]]]) -> Kind | None:
    """The kind of this name in discovery's lists: (group/version, one entry of `resources`)."""
    wanted = name.lower()
    for group_version, entry in resources:
        plural = str(entry.get("name", ""))
        names = {plural, str(entry.get("kind", "")).lower(), str(entry.get("singularName", ""))}
        if "/" not in plural and wanted in names:
            group, _, version = group_version.rpartition("/")
            return Kind(str(entry["kind"]), plural, group, version, bool(entry.get("namespaced")))
    return None
