"""StatefulSets: pods with names that stay, made and changed one after the other."""

from __future__ import annotations

from collections.abc import Mapping

from infrastructure.lab.kube.controllers import pods, templates
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import podstate
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import (
    Obj,
    being_deleted,
    clone,
    dig,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Key

RESOURCE = "statefulsets.apps"
_POD_NAME, _INDEX = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"


class StatefulSetController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("statefulset-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {RESOURCE: own_key, "pods": pods.owner_keys("StatefulSet", self._plane, RESOURCE)}

    def reconcile(self, key: Key) -> float | None:
        owner = self._plane.store.get(RESOURCE, *key)
        if owner is None:
            return None
        update = templates.current(self._plane, owner)
        current = self._current_revision(owner, update)
        if not being_deleted(owner):
            self._step(owner, _by_ordinal(owner, pods.claimed(self._plane, owner)), current, update)
        self._report(owner, _by_ordinal(owner, pods.claimed(self._plane, owner)), current, update)
        return None

    def _current_revision(self, owner: Obj, update: Obj) -> Obj:
        """The revision the set came from, while it is on its way to `update`."""
        name = dig(owner, "status", "currentRevision", default="")
        return next((one for one in templates.history(self._plane, owner) if name_of(one) == name), update)

    def _step(self, owner: Obj, found: dict[int, Obj], current: Obj, update: Obj) -> None:
        replicas = dig(owner, "spec", "replicas", default=1)
        ordered = dig(owner, "spec", "podManagementPolicy") != "Parallel"
        partition = dig(owner, "spec", "updateStrategy", "rollingUpdate", "partition", default=0)
        for ordinal in range(replicas):
            pod = found.get(ordinal)
            if pod is not None and podstate.phase(pod) in podstate.FINISHED and not being_deleted(pod):
                self._delete(owner, pod)
                return
            if pod is None:
                revision = current if ordinal < partition else update
                found[ordinal] = pod = self._create(owner, ordinal, revision)
            if ordered and (being_deleted(pod) or not podstate.is_ready(pod)):
                return
        if not self._shrink(owner, found, replicas, ordered=ordered):
            self._roll(owner, found, update, partition)

    def _shrink(self, owner: Obj, found: dict[int, Obj], replicas: int, *, ordered: bool) -> bool:
        """True while there are pods too many."""
        surplus = sorted((ordinal for ordinal in found if ordinal >= replicas), reverse=True)
        for ordinal in surplus:
            if being_deleted(found[ordinal]):
                if ordered:
                    return True
                continue
            self._delete(owner, found[ordinal])
            if ordered:
                return True
        return bool(surplus)

    def _roll(self, owner: Obj, found: dict[int, Obj], update: Obj, partition: int) -> None:
        if dig(owner, "spec", "updateStrategy", "type") != "RollingUpdate":
            return
        for ordinal in sorted(found, reverse=True):
            pod = found[ordinal]
            if ordinal < partition:
                return
            if labels_of(pod).get(templates.LABEL) != name_of(update) and not being_deleted(pod):
                self._delete(owner, pod)
                return
            if not podstate.is_ready(pod) or being_deleted(pod):
                return

    def _create(self, owner: Obj, ordinal: int, revision: Obj) -> Obj:
        """Raises ApiError, after saying so in an event."""
        name = f"{name_of(owner)}-{ordinal}"
        try:
            self._claims(owner, name)
            made = self._plane.registry.create(BY_RESOURCE["pods"], self._pod(owner, name, ordinal, revision))
        except ApiError as error:
            text = f"create Pod {name} in StatefulSet {name_of(owner)} failed error: {error.message}"
            self._recorder.warn(owner, "FailedCreate", text)
            raise
        text = f"create Pod {name} in StatefulSet {name_of(owner)} successful"
        self._recorder.normal(owner, "SuccessfulCreate", text)
        return made

    def _pod(self, owner: Obj, name: str, ordinal: int, revision: Obj) -> Obj:
        pod = pods.from_template(templates.template_of(revision), owner)
        meta, spec = pod["metadata"], pod["spec"]
        meta["name"] = name
        meta["labels"] = {
            **meta.get("labels", {}),
            templates.LABEL: name_of(revision),
            _POD_NAME: name,
            _INDEX: str(ordinal),
        }
        spec["hostname"], spec["subdomain"] = name, dig(owner, "spec", "serviceName", default="")
        claims = {one["metadata"]["name"] for one in dig(owner, "spec", "volumeClaimTemplates", default=[])}
        volumes = [one for one in spec.get("volumes", ()) if one["name"] not in claims]
        volumes += [
            {"name": claim, "persistentVolumeClaim": {"claimName": f"{claim}-{name}"}}
            for claim in sorted(claims)
        ]
        if volumes:
            spec["volumes"] = volumes
        return pod

    def _claims(self, owner: Obj, pod: str) -> None:
        for template in dig(owner, "spec", "volumeClaimTemplates", default=[]):
            name = f"{template['metadata']['name']}-{pod}"
            if self._plane.store.get("persistentvolumeclaims", namespace_of(owner), name) is not None:
                continue
            labels = {**labels_of(template), **dig(owner, "spec", "selector", "matchLabels", default={})}
            meta = {"name": name, "namespace": namespace_of(owner), "labels": labels}
            body = {"metadata": meta, "spec": clone(template["spec"])}
            self._plane.registry.create(BY_RESOURCE["persistentvolumeclaims"], body)
            text = f"create Claim {name} Pod {pod} in StatefulSet {name_of(owner)} success"
            self._recorder.normal(owner, "SuccessfulCreate", text)

    def _delete(self, owner: Obj, pod: Obj) -> None:
        options = DeleteOptions(uid=uid_of(pod))
        self._plane.registry.delete(BY_RESOURCE["pods"], namespace_of(pod), name_of(pod), options)
        text = f"delete Pod {name_of(pod)} in StatefulSet {name_of(owner)} successful"
        self._recorder.normal(owner, "SuccessfulDelete", text)

    def _report(self, owner: Obj, found: dict[int, Obj], current: Obj, update: Obj) -> None:
        living = [
            pod
            for pod in found.values()
            if not being_deleted(pod) and podstate.phase(pod) not in podstate.FINISHED
        ]
        ready = sum(podstate.is_ready(pod) for pod in living)
        revisions = [labels_of(pod).get(templates.LABEL) for pod in living]
        updated = revisions.count(name_of(update))
        replicas = dig(owner, "spec", "replicas", default=1)
        if updated == ready == len(living) == replicas:
            current = update
        status = {
            "observedGeneration": owner["metadata"]["generation"],
            "replicas": len(living),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "currentReplicas": revisions.count(name_of(current)),
            "updatedReplicas": updated,
            "currentRevision": name_of(current),
            "updateRevision": name_of(update),
            "collisionCount": 0,
        }
        kept = {
            key: value
            for key, value in status.items()
            if value != 0 or key in ("replicas", "availableReplicas", "collisionCount")
        }
        self._plane.registry.set_status(RESOURCE, owner, kept)
        templates.trim(self._plane, owner, {name_of(current), name_of(update), *filter(None, revisions)})


def _by_ordinal(owner: Obj, found: list[Obj]) -> dict[int, Obj]:
    start = len(name_of(owner)) + 1
    ordinals = {name_of(pod)[start:]: pod for pod in found}
    return {int(text): pod for text, pod in ordinals.items() if text.isdigit()}
