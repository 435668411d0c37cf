"""Claims get volumes: from the volumes there are, or from the claim's storage class at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import quantity
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, clone, dig, name_of, namespace_of, uid_of
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change, Key

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
_BOUND = {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"}


class VolumeController:
    """Its keys are claims."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("persistentvolume-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {CLAIMS: own_key, VOLUMES: self._pending, CLASSES: self._pending}

    def _pending(self, change: Change) -> Iterable[Key]:
        return [
            (namespace_of(one), name_of(one))
            for one in self._plane.store.objects(CLAIMS)
            if dig(one, "status", "phase") == "Pending"
        ]

    def reconcile(self, key: Key) -> float | None:
        claim = self._plane.store.get(CLAIMS, *key)
        if claim is None:
            self._reclaim(key)
        elif dig(claim, "status", "phase") == "Pending" and not being_deleted(claim):
            volume = self._existing(claim) or self._provision(claim)
            if volume is not None:
                self._bind(claim, volume)
        return None

    def _existing(self, claim: Obj) -> Obj | None:
        wanted = dig(claim, "spec", "volumeName", default="")
        size = quantity.parse(dig(claim, "spec", "resources", "requests", "storage", default="0"))
        fitting = [
            volume
            for volume in self._plane.store.objects(VOLUMES)
            if dig(volume, "status", "phase") == "Available"
            and (not wanted or name_of(volume) == wanted)
            and dig(volume, "spec", "storageClassName", default="")
            == dig(claim, "spec", "storageClassName", default="")
            and quantity.parse(dig(volume, "spec", "capacity", "storage", default="0")) >= size
        ]
        return min(fitting, key=lambda one: quantity.parse(one["spec"]["capacity"]["storage"]), default=None)

    def _provision(self, claim: Obj) -> Obj | None:
        name = dig(claim, "spec", "storageClassName", default="")
        if not name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self._recorder.normal(claim, "FailedBinding", text)
            return None
        storage = self._plane.store.get(CLASSES, "", name)
        if storage is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self._recorder.warn(claim, "ProvisioningFailed", text)
            return None
        made = self._plane.registry.create(BY_RESOURCE[VOLUMES], _volume(claim, storage))
        text = f"Successfully provisioned volume {name_of(made)}"
        self._recorder.normal(claim, "ProvisioningSucceeded", text)
        return made

    def _bind(self, claim: Obj, volume: Obj) -> None:
        draft = clone(volume)
        draft["spec"]["claimRef"] = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            **{key: claim["metadata"][key] for key in ("name", "namespace", "uid")},
        }
        volume = self._plane.registry.update(BY_RESOURCE[VOLUMES], draft)
        self._plane.registry.set_status(VOLUMES, volume, {**volume.get("status", {}), "phase": "Bound"})
        wish = clone(claim)
        wish["spec"]["volumeName"] = name_of(volume)
        wish["metadata"].setdefault("annotations", {}).update(_BOUND)
        claim = self._plane.registry.update(BY_RESOURCE[CLAIMS], wish)
        status = {
            "phase": "Bound",
            "accessModes": dig(volume, "spec", "accessModes", default=[]),
            "capacity": dig(volume, "spec", "capacity", default={}),
        }
        self._plane.registry.set_status(CLAIMS, claim, status)

    def _reclaim(self, key: Key) -> None:
        """The volume of a deleted claim goes with it, or stays Released."""
        for volume in self._plane.store.objects(VOLUMES):
            reference = dig(volume, "spec", "claimRef", default={})
            if (reference.get("namespace"), reference.get("name")) != key:
                continue
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                self._plane.registry.delete(BY_RESOURCE[VOLUMES], "", name_of(volume))
            else:
                self._plane.registry.set_status(
                    VOLUMES, volume, {**volume.get("status", {}), "phase": "Released"}
                )


def _volume(claim: Obj, storage: Obj) -> Obj:
    name = f"pvc-{uid_of(claim)}"
    spec = claim["spec"]
    return {
        "metadata": {
            "name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": storage["provisioner"]},
        },
        "spec": {
            "accessModes": spec.get("accessModes", []),
            "capacity": {"storage": dig(spec, "resources", "requests", "storage", default="0")},
            "hostPath": {"path": f"/opt/local-path-provisioner/{name}", "type": "DirectoryOrCreate"},
            "persistentVolumeReclaimPolicy": storage.get("reclaimPolicy", "Delete"),
            "storageClassName": name_of(storage),
        },
    }
