"""The objects every cluster is born with: namespaces, roles, and the API server's own Service."""

from __future__ import annotations

from infrastructure.lab.kube.auth import bootstrap as rights
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
API_SERVICE_ADDRESS = "10.96.0.1"
_DEFAULT_CLASS = {"storageclass.kubernetes.io/is-default-class": "true"}
_RBAC = "rbac.authorization.k8s.io"


def populate(registry: Registry) -> None:
    for name in NAMESPACES:
        registry.create(BY_RESOURCE["namespaces"], {"metadata": {"name": name}})
    for role in rights.cluster_roles():
        registry.create(BY_RESOURCE[f"clusterroles.{_RBAC}"], role)
    for binding in rights.cluster_bindings():
        registry.create(BY_RESOURCE[f"clusterrolebindings.{_RBAC}"], binding)
    registry.create(BY_RESOURCE["storageclasses.storage.k8s.io"], _storage_class())
    for name, value in (("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)):
        meta = {"name": name}
        body = {"metadata": meta, "value": value, "preemptionPolicy": "PreemptLowerPriority"}
        registry.create(BY_RESOURCE["priorityclasses.scheduling.k8s.io"], body)


def _storage_class() -> Obj:
    return {
        "metadata": {"name": "standard", "annotations": _DEFAULT_CLASS},
        "provisioner": "rancher.io/local-path",
        "volumeBindingMode": "Immediate",
    }


def announce_api(registry: Registry, host: str, port: int) -> None:
    """The `kubernetes` Service of the default namespace and where it leads."""
    meta = {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"component": "apiserver", "provider": "kubernetes"},
    }
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}]
    spec = {"type": "ClusterIP", "clusterIP": API_SERVICE_ADDRESS, "ports": ports}
    registry.create(BY_RESOURCE["services"], {"metadata": meta, "spec": spec})
    subset = {"addresses": [{"ip": host}], "ports": [{"name": "https", "port": port, "protocol": "TCP"}]}
    where = {"name": "kubernetes", "namespace": "default"}
    registry.create(BY_RESOURCE["endpoints"], {"metadata": where, "subsets": [subset]})
