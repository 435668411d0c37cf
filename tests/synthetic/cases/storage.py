"""Claims that no volume satisfies, and volumes that cannot be used."""

from __future__ import annotations

from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import ONSET, stamp, workload

STORE = workload("store", "StatefulSet")
NO_VOLUME = "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."


def volume(
    cluster: Cluster,
    name: str,
    *,
    size: str = "10Gi",
    modes: tuple[str, ...] = ("ReadWriteOnce",),
    holder: str = "",
    labels: dict[str, str] | None = None,
    storage_class: str = "disks",
) -> None:
    spec: dict[str, Any] = {
        "capacity": {"storage": size},
        "accessModes": [*modes],
        "storageClassName": storage_class,
    }
    if holder:
        spec["claimRef"] = {"kind": "PersistentVolumeClaim", "namespace": "acme", "name": holder}
    phase = "Bound" if holder else "Available"
    cluster.named(
        "persistentvolumes",
        "PersistentVolume",
        name,
        namespaced=False,
        spec=spec,
        status={"phase": phase},
        metadata={"labels": labels or {}},
    )


def claimed(
    *, event: tuple[str, str] | None = None, provisioner: str = "kubernetes.io/no-provisioner", **spec: Any
) -> Cluster:
    """A StatefulSet that waits for its claim."""
    cluster = shop()
    cluster.stateful_set("store", claim="data")
    cluster.unschedulable("store", NO_VOLUME)
    told = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "disks",
        "resources": {"requests": {"storage": "5Gi"}},
        **spec,
    }
    cluster.named(
        "persistentvolumeclaims", "PersistentVolumeClaim", "data", spec=told, status={"phase": "Pending"}
    )
    cluster.named("storageclasses", "StorageClass", "disks", namespaced=False, provisioner=provisioner)
    if event:
        cluster.event("PersistentVolumeClaim", "data", *event)
    cluster.alert("KubeStatefulSetReplicasMismatch", STORE)
    return cluster


def held() -> Cluster:
    cluster = claimed(
        volumeName="disk-1", event=("FailedBinding", 'volume "disk-1" already bound to a different claim.')
    )
    volume(cluster, "disk-1", holder="others")
    return cluster


def wants_many() -> Cluster:
    cluster = claimed(accessModes=["ReadWriteMany"])
    volume(cluster, "disk-1")
    return cluster


def too_small() -> Cluster:
    cluster = claimed(resources={"requests": {"storage": "50Gi"}})
    volume(cluster, "disk-1")
    return cluster


def unlabelled() -> Cluster:
    cluster = claimed(selector={"matchLabels": {"tier": "gold"}})
    volume(cluster, "disk-1", labels={"tier": "tin"})
    return cluster


def no_class() -> Cluster:
    cluster = claimed(
        storageClassName="golden",
        event=("ProvisioningFailed", 'storageclass.storage.k8s.io "golden" not found'),
    )
    volume(cluster, "disk-1")
    return cluster


def nobody_provisions() -> Cluster:
    words = 'Waiting for a volume to be created either by the external provisioner "disk.csi.example" or manually by the system administrator.'
    return claimed(provisioner="disk.csi.example", event=("ExternalProvisioning", words))


def bound_and_well() -> Cluster:
    """A claim that nobody uses waits for its first consumer, as it should."""
    cluster = shop()
    cluster.named(
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        "spare",
        spec={"storageClassName": "disks"},
        status={"phase": "Pending"},
    )
    cluster.event(
        "PersistentVolumeClaim",
        "spare",
        "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding",
    )
    return cluster


def mounting(reason: str, message: str) -> Cluster:
    cluster = shop()
    cluster.stateful_set("store", claim="data")
    cluster.waiting("store", "ContainerCreating")
    cluster.on_pods("store", reason, message)
    cluster.alert("KubeStatefulSetReplicasMismatch", STORE)
    return cluster


def attached_elsewhere() -> Cluster:
    return mounting(
        "FailedAttachVolume",
        'Multi-Attach error for volume "disk-1" Volume is already exclusively attached to one node and can\'t be attached to another',
    )


def no_server() -> Cluster:
    return mounting(
        "FailedMount",
        'MountVolume.SetUp failed for volume "disk-1" : mount failed: exit status 32 mount.nfs: Connection timed out',
    )


def saying(line: str, *, exit_code: int = 1) -> Cluster:
    cluster = shop()
    cluster.stateful_set("store", claim="data")
    cluster.crashing("store", exit_code)
    cluster.log("store-0", [f"{stamp(ONSET)} ERROR {line}"])
    cluster.alert("KubePodCrashLooping", STORE)
    return cluster


def not_allowed() -> Cluster:
    return saying("cannot open /data/journal.db: Permission denied")


def no_space() -> Cluster:
    return saying("write /data/journal.db: no space left on device")


def of_its_own() -> Cluster:
    return saying("ValueError: cannot parse the journal's first page")


CASES = (
    Case("pv_binding_occupied", "store", held, unlabelled, "pvc_selector_mismatch"),
    Case("pvc_access_mode_mismatch", "store", wants_many, too_small, "pvc_capacity_mismatch"),
    Case("pvc_capacity_mismatch", "store", too_small, wants_many, "pvc_access_mode_mismatch"),
    Case("pvc_selector_mismatch", "store", unlabelled, too_small, "pvc_capacity_mismatch"),
    Case(
        "pvc_storage_class_mismatch", "store", no_class, nobody_provisions, "storage_provisioner_unavailable"
    ),
    Case("storage_provisioner_unavailable", "cluster", nobody_provisions, bound_and_well),
    Case("volume_attach_failed", "store", attached_elsewhere, no_server, "volume_mount_failed"),
    Case("volume_mount_failed", "store", no_server, attached_elsewhere, "volume_attach_failed"),
    Case("volume_mount_permission_denied", "store", not_allowed, no_space, "volume_full"),
    Case("volume_full", "store", no_space, of_its_own, "application_startup_crash"),
)
