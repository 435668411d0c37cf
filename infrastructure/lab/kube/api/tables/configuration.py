"""Tables of configuration, accounts, quotas and rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.api.tables.cells import NONE, since
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of

_RBAC = "rbac.authorization.k8s.io"


def config_map(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), since(obj, now)]


def secret(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), obj.get("type", ""), len(obj.get("data") or {}), since(obj, now)]


def service_account(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), len(obj.get("secrets") or ()), since(obj, now)]


def resource_quota(obj: Obj, now: datetime) -> Sequence[Any]:
    hard, used = dig(obj, "status", "hard", default={}), dig(obj, "status", "used", default={})
    parts = [(name, f"{name}: {used.get(name, '0')}/{hard[name]}") for name in sorted(hard)]
    requests = [text for name, text in parts if not name.startswith("limits")]
    limits = [text for name, text in parts if name.startswith("limits")]
    return [name_of(obj), ", ".join(requests), ", ".join(limits), since(obj, now)]


def dated(obj: Obj, now: datetime) -> Sequence[Any]:
    return [name_of(obj), obj["metadata"].get("creationTimestamp", "")]


def binding(obj: Obj, now: datetime) -> Sequence[Any]:
    subjects = obj.get("subjects") or []

    def named(kind: str) -> str:
        return ", ".join(
            f"{one['namespace']}/{one['name']}" if kind == "ServiceAccount" else one["name"]
            for one in subjects
            if one["kind"] == kind
        )

    role = f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"
    return [name_of(obj), role, since(obj, now), named("User"), named("Group"), named("ServiceAccount")]


def claim(obj: Obj, now: datetime) -> Sequence[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    phase = "Terminating" if "deletionTimestamp" in obj["metadata"] else status.get("phase", "")
    return [
        name_of(obj),
        phase,
        spec.get("volumeName", ""),
        dig(status, "capacity", "storage", default=""),
        _modes(status.get("accessModes")),
        spec.get("storageClassName", ""),
        "<unset>",
        since(obj, now),
        spec.get("volumeMode", ""),
    ]


def volume(obj: Obj, now: datetime) -> Sequence[Any]:
    spec = obj.get("spec", {})
    reference = spec.get("claimRef") or {}
    return [
        name_of(obj),
        dig(spec, "capacity", "storage", default=""),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        dig(obj, "status", "phase", default=""),
        f"{reference.get('namespace', '')}/{reference['name']}" if reference else "",
        spec.get("storageClassName", ""),
        "<unset>",
        dig(obj, "status", "reason", default=""),
        since(obj, now),
        spec.get("volumeMode", ""),
    ]


def _modes(modes: list[str] | None) -> str:
    short = {
        "ReadWriteOnce": "RWO",
        "ReadOnlyMany": "ROX",
        "ReadWriteMany": "RWX",
        "ReadWriteOncePod": "RWOP",
    }
    return ",".join(short.get(mode, mode) for mode in modes or ())


def storage_class(obj: Obj, now: datetime) -> Sequence[Any]:
    default = dig(obj, "metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true"
    return [
        f"{name_of(obj)} (default)" if default else name_of(obj),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy", ""),
        obj.get("volumeBindingMode", ""),
        str(obj.get("allowVolumeExpansion", False)).lower(),
        since(obj, now),
    ]


def priority_class(obj: Obj, now: datetime) -> Sequence[Any]:
    policy = obj.get("preemptionPolicy") or NONE
    return [
        name_of(obj),
        obj.get("value", 0),
        str(obj.get("globalDefault", False)).lower(),
        since(obj, now),
        policy,
    ]


PRINTERS = {
    "configmaps": ("Name Data Age", config_map),
    "secrets": ("Name Type Data Age", secret),
    "serviceaccounts": ("Name Secrets Age", service_account),
    "resourcequotas": ("Name Request Limit Age", resource_quota),
    "limitranges": ("Name Created_At", dated),
    f"roles.{_RBAC}": ("Name Created_At", dated),
    f"clusterroles.{_RBAC}": ("Name Created_At", dated),
    f"rolebindings.{_RBAC}": ("Name Role Age (Users) (Groups) (ServiceAccounts)", binding),
    f"clusterrolebindings.{_RBAC}": ("Name Role Age (Users) (Groups) (ServiceAccounts)", binding),
    "persistentvolumeclaims": (
        "Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age (VolumeMode)",
        claim,
    ),
    "persistentvolumes": (
        "Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age (VolumeMode)",
        volume,
    ),
    "storageclasses.storage.k8s.io": (
        "Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age",
        storage_class,
    ),
    "priorityclasses.scheduling.k8s.io": ("Name Value Global-Default Age PreemptionPolicy", priority_class),
}
