"""One Kubernetes object as its API returned it, with safe ways to look into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.source import Source, as_written
from sre_agent.picture.times import moment
from sre_agent.picture.typed import as_typed

KIND_OF_PLURAL = {
    "pods": "Pod",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
    "jobs": "Job",
    "cronjobs": "CronJob",
    "services": "Service",
    "endpoints": "Endpoints",
    "endpointslices": "EndpointSlice",
    "ingresses": "Ingress",
    "networkpolicies": "NetworkPolicy",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "serviceaccounts": "ServiceAccount",
    "roles": "Role",
    "rolebindings": "RoleBinding",
    "clusterroles": "ClusterRole",
    "clusterrolebindings": "ClusterRoleBinding",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "persistentvolumes": "PersistentVolume",
    "storageclasses": "StorageClass",
    "resourcequotas": "ResourceQuota",
    "limitranges": "LimitRange",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "poddisruptionbudgets": "PodDisruptionBudget",
    "nodes": "Node",
    "namespaces": "Namespace",
    "events": "Event",
}
"""Resource name in the API's path → kind (https://kubernetes.io/docs/reference/kubernetes-api/)."""

WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet")
"""Kinds that own pods, the ones that own others first."""

Raw = Mapping[str, Any]


def dig(raw: Any, *path: str | int) -> Any:
    """The value at a path, or None as soon as anything on the way is absent or of another shape."""
    for key in path:
        # Plain dictionaries are nearly all there is, and asking an abstract class for each costs seconds in a large cluster.
        if type(raw) is dict:
            raw = raw.get(key)
        elif isinstance(key, int):
            raw = raw[key] if isinstance(raw, list) and -len(raw) <= key < len(raw) else None
        else:
            raw = raw.get(key) if isinstance(raw, Mapping) else None
        if raw is None:
            return None
    return raw


def items(raw: Any, *path: str | int) -> list[Any]:
    """The mappings in the list at a path; empty where there is no list."""
    found = dig(raw, *path)
    if not isinstance(found, list):
        return []
    return [item for item in found if type(item) is dict or isinstance(item, Mapping)]


def mapping(raw: Any, *path: str | int) -> Raw:
    """The mapping at a path; empty where there is none."""
    found = dig(raw, *path)
    return found if type(found) is dict or isinstance(found, Mapping) else {}


def texts(raw: Raw) -> Mapping[str, str]:
    """The entries whose value is a text; others are no label's."""
    if all(type(value) is str for value in raw.values()):
        return raw
    return {key: value for key, value in raw.items() if isinstance(value, str)}


@dataclass(frozen=True, slots=True, eq=False)
class Obj:
    """One object. Equality is identity: an object is itself."""

    kind: str
    namespace: str
    name: str
    raw: Raw
    source: Source
    implied: bool = False
    """Not seen itself: told of by what it owns, and drawn from that."""

    @property
    def ref(self) -> EntityRef:
        return EntityRef(kind=self.kind, namespace=self.namespace, name=self.name)

    @property
    def uid(self) -> str:
        return str(dig(self.raw, "metadata", "uid") or "")

    @property
    def labels(self) -> Mapping[str, str]:
        return texts(mapping(self.raw, "metadata", "labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        return texts(mapping(self.raw, "metadata", "annotations"))

    @property
    def created_at(self) -> datetime | None:
        return moment(dig(self.raw, "metadata", "creationTimestamp"))

    @property
    def owner(self) -> tuple[str, str] | None:
        """(kind, name) of the controlling owner, or of the first owner."""
        owners = items(self.raw, "metadata", "ownerReferences")
        owners.sort(key=lambda owner: not owner.get("controller"))
        return (str(owners[0].get("kind")), str(owners[0].get("name"))) if owners else None

    def dig(self, *path: str | int) -> Any:
        return dig(self.raw, *path)

    def items(self, *path: str | int) -> list[Any]:
        return items(self.raw, *path)

    def mapping(self, *path: str | int) -> Raw:
        return mapping(self.raw, *path)

    def quote(self, *path: str | int, supports: bool = True) -> Citation:
        """The field at a path as it is written in the source: `"replicas": 0`."""
        named = [key for key in path if isinstance(key, str)]
        return self.source.quote(as_written(named[-1], self.dig(*path)), supports=supports)

    def pod_template(self) -> Raw:
        """The pod spec this object runs or makes, whatever its kind."""
        for path in (("spec", "jobTemplate", "spec", "template", "spec"), ("spec", "template", "spec")):
            if found := self.mapping(*path):
                return found
        return self.mapping("spec") if self.kind == "Pod" else {}

    def template_labels(self) -> Mapping[str, str]:
        """Labels of the pods this object makes; a pod that nobody made has its own."""
        if self.kind == "Pod":
            return self.labels
        return texts(
            self.mapping("spec", "template", "metadata", "labels")
            or self.mapping("spec", "jobTemplate", "spec", "template", "metadata", "labels")
        )

    def containers(self, *, init: bool = False) -> list[Any]:
        return items(self.pod_template(), "initContainers" if init else "containers")


def condition(obj: Obj, kind: str) -> Raw:
    """The object's condition of that type; empty where it has none."""
    found: list[Raw] = [one for one in obj.items("status", "conditions") if one.get("type") == kind]
    return found[0] if found else {}


def objects_in(plural: str, found: Iterator[Raw] | list[Raw], source: Source) -> list[Obj]:
    """The objects of one list; entries that are no objects with a kind and a name are left out."""
    kind = KIND_OF_PLURAL.get(plural)
    made = []
    for raw in found:
        if not isinstance(raw, Mapping):
            continue
        raw = as_typed(raw)
        name = dig(raw, "metadata", "name") or dig(raw, "metadata", "generateName") or ""
        namespace = str(dig(raw, "metadata", "namespace") or "")
        made.append(Obj(kind or str(raw.get("kind") or plural), namespace, str(name), raw, source))
    return made
