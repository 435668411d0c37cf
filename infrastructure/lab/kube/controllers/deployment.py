"""Deployments: one ReplicaSet for each template, and a careful way from the old to the new."""

from __future__ import annotations

from collections.abc import Mapping

from infrastructure.lab.kube.controllers import deployment_status, pods, revisions, rollout
from infrastructure.lab.kube.controllers.deployment_status import Picture
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.controllers.rollout import DESIRED, MAXIMUM
from infrastructure.lab.kube.objects import conditions, ownership, podstate
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import (
    Obj,
    annotations_of,
    being_deleted,
    clone,
    dig,
    name_of,
    namespace_of,
)
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change, Key

RESOURCE, REPLICA_SETS = "deployments.apps", "replicasets.apps"


class DeploymentController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("deployment-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {
            RESOURCE: own_key,
            REPLICA_SETS: pods.owner_keys("Deployment", self._plane, RESOURCE),
            "pods": self._of_last_pod,
        }

    def _of_last_pod(self, change: Change) -> list[Key]:
        """A Recreate goes on when the last old pod has gone."""
        owner = ownership.controller_of(change.object)
        if owner is None or owner["kind"] != "ReplicaSet" or change.type != "DELETED":
            return []
        replica_set = self._plane.store.get(REPLICA_SETS, change.key[0], owner["name"])
        above = ownership.controller_of(replica_set) if replica_set is not None else None
        return [(change.key[0], above["name"])] if above is not None else []

    def reconcile(self, key: Key) -> float | None:
        deployment = self._plane.store.get(RESOURCE, *key)
        if deployment is None:
            return None
        owned = pods.claimed(self._plane, deployment, REPLICA_SETS)
        if being_deleted(deployment):
            return self._report(deployment, owned)
        deployment = self._note_pause(deployment)
        if dig(deployment, "spec", "paused") or self._resized(deployment, owned):
            self._scale(deployment, owned)
        elif dig(deployment, "spec", "strategy", "type") == "Recreate":
            self._recreate(deployment, owned)
        else:
            self._roll(deployment, owned)
        return self._finish(key)

    def _finish(self, key: Key) -> float | None:
        deployment = self._plane.store.get(RESOURCE, *key)
        if deployment is None:
            return None
        owned = pods.claimed(self._plane, deployment, REPLICA_SETS)
        again = self._report(deployment, owned)
        self._clean_up(key, owned)
        return again

    def _note_pause(self, deployment: Obj) -> Obj:
        current = conditions.find(deployment.get("status", {}), "Progressing")
        paused = dig(deployment, "spec", "paused", default=False)
        noted = current is not None and current.get("reason") == "DeploymentPaused"
        if paused == noted:
            return deployment
        wanted = (
            Condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
            if paused
            else Condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")
        )
        return self._with_progress(deployment, wanted)

    def _with_progress(self, deployment: Obj, wanted: Condition) -> Obj:
        status = deployment.get("status", {})
        held = deployment_status.progressing(status.get("conditions", []), wanted, self._plane.clock())
        return self._plane.registry.set_status(RESOURCE, deployment, {**status, "conditions": held})

    def _resized(self, deployment: Obj, owned: list[Obj]) -> bool:
        wanted = dig(deployment, "spec", "replicas", default=1)
        return any(
            rollout.size(one) and annotations_of(one).get(DESIRED, str(wanted)) != str(wanted)
            for one in owned
        )

    def _scale(self, deployment: Obj, owned: list[Obj]) -> None:
        """Follow a new size without starting or going on with a roll-out."""
        new = revisions.newest(deployment, owned)
        wanted = dig(deployment, "spec", "replicas", default=1)
        active = [one for one in owned if rollout.size(one)]
        if len(active) <= 1:
            latest = active[0] if active else new or max(owned, key=revisions.revision, default=None)
            if latest is not None:
                self._resize(deployment, latest, wanted)
        elif new is not None and rollout.size(new) == rollout.available(new) == wanted:
            for one in active:
                self._resize(deployment, one, wanted if one is new else 0)
        elif dig(deployment, "spec", "strategy", "type") == "RollingUpdate":
            sizes = rollout.proportional(deployment, active)
            for one in active:
                self._resize(deployment, one, sizes[name_of(one)])

    def _roll(self, deployment: Obj, owned: list[Obj]) -> None:
        new = self._new_replica_set(deployment, owned)
        old = [one for one in owned if name_of(one) != name_of(new)]
        fence = rollout.fence_of(deployment)
        if rollout.size(new) > fence.replicas:
            self._resize(deployment, new, fence.replicas)
            return
        wanted = rollout.grown(fence, new, [*old, new])
        if wanted != rollout.size(new):
            self._resize(deployment, new, wanted)
            return
        for name, replicas in rollout.shrunk(fence, new, old).items():
            self._resize(deployment, next(one for one in old if name_of(one) == name), replicas)

    def _recreate(self, deployment: Obj, owned: list[Obj]) -> None:
        new = revisions.newest(deployment, owned)
        old = [one for one in owned if new is None or name_of(one) != name_of(new)]
        for one in old:
            self._resize(deployment, one, 0)
        if any(self._has_pods(one) for one in old):
            return
        new = self._new_replica_set(deployment, owned)
        self._resize(deployment, new, dig(deployment, "spec", "replicas", default=1))

    def _has_pods(self, replica_set: Obj) -> bool:
        return any(
            ownership.is_controlled_by(pod, replica_set) and podstate.phase(pod) not in podstate.FINISHED
            for pod in self._plane.store.objects("pods", namespace_of(replica_set))
        )

    def _new_replica_set(self, deployment: Obj, owned: list[Obj]) -> Obj:
        """The present template's ReplicaSet, made where there is none. Raises ApiError."""
        found = revisions.newest(deployment, owned)
        others = [one for one in owned if found is None or name_of(one) != name_of(found)]
        number = max((revisions.revision(one) for one in others), default=0) + 1
        if found is None:
            found = self._create(deployment, others, number)
        else:
            found = self._annotate(deployment, found, number)
        self._note_revision(deployment, found)
        return found

    def _annotate(self, deployment: Obj, found: Obj, number: int) -> Obj:
        wanted = revisions.annotated(deployment, found, number)
        pause = dig(deployment, "spec", "minReadySeconds")
        if wanted != annotations_of(found) or pause != dig(found, "spec", "minReadySeconds"):
            draft = clone(found)
            draft["metadata"]["annotations"] = wanted
            if pause is not None:
                draft["spec"]["minReadySeconds"] = pause
            found = self._plane.registry.update(BY_RESOURCE[REPLICA_SETS], draft)
        if conditions.find(deployment.get("status", {}), "Progressing") is None:
            text = f'Found new replica set "{name_of(found)}"'
            self._with_progress(deployment, Condition("Progressing", "True", "FoundNewReplicaSet", text))
        return found

    def _note_revision(self, deployment: Obj, found: Obj) -> None:
        number = annotations_of(found)[revisions.REVISION]
        if annotations_of(deployment).get(revisions.REVISION) != number:
            self._plane.registry.edit(
                RESOURCE,
                deployment,
                lambda draft: draft["metadata"]
                .setdefault("annotations", {})
                .update({revisions.REVISION: number}),
            )

    def _create(self, deployment: Obj, others: list[Obj], number: int) -> Obj:
        template, digest = revisions.new_template(deployment)
        selector = clone(dig(deployment, "spec", "selector"))
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), revisions.HASH: digest}
        meta = {
            "name": f"{name_of(deployment)}-{digest}",
            "namespace": namespace_of(deployment),
            "labels": template["metadata"]["labels"],
            "ownerReferences": [ownership.reference(deployment)],
        }
        spec: Obj = {"replicas": 0, "selector": selector, "template": template}
        if dig(deployment, "spec", "minReadySeconds"):
            spec["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
        draft: Obj = {"metadata": meta, "spec": spec}
        spec["replicas"] = self._first_size(deployment, draft, others)
        meta["annotations"] = revisions.annotated(deployment, draft, number) | self._sizes(deployment)
        return self._store_new(deployment, draft)

    def _first_size(self, deployment: Obj, draft: Obj, others: list[Obj]) -> int:
        if dig(deployment, "spec", "strategy", "type") == "Recreate":
            return int(dig(deployment, "spec", "replicas", default=1))
        return rollout.grown(rollout.fence_of(deployment), draft, [*others, draft])

    def _store_new(self, deployment: Obj, draft: Obj) -> Obj:
        name = name_of(draft)
        try:
            made = self._plane.registry.create(BY_RESOURCE[REPLICA_SETS], draft)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                status = deployment.get("status", {})
                bumped = {**status, "collisionCount": status.get("collisionCount", 0) + 1}
                self._plane.registry.set_status(RESOURCE, deployment, bumped)
            else:
                text = f'Failed to create new replica set "{name}": {error.message}'
                self._recorder.warn(deployment, "ReplicaSetCreateError", text)
                self._with_progress(
                    deployment, Condition("Progressing", "False", "ReplicaSetCreateError", text)
                )
            raise
        if rollout.size(made):
            text = f"Scaled up replica set {name} from 0 to {rollout.size(made)}"
            self._recorder.normal(deployment, "ScalingReplicaSet", text)
        text = f'Created new replica set "{name}"'
        self._with_progress(deployment, Condition("Progressing", "True", "NewReplicaSetCreated", text))
        return made

    def _sizes(self, deployment: Obj) -> dict[str, str]:
        fence = rollout.fence_of(deployment)
        return {DESIRED: str(fence.replicas), MAXIMUM: str(fence.maximum)}

    def _resize(self, deployment: Obj, replica_set: Obj, replicas: int) -> None:
        before = rollout.size(replica_set)
        sizes = self._sizes(deployment)
        noted = annotations_of(replica_set)
        if before == replicas and all(noted.get(key) == value for key, value in sizes.items()):
            return
        draft = clone(replica_set)
        draft["spec"]["replicas"] = replicas
        draft["metadata"]["annotations"] = {**noted, **sizes}
        self._plane.registry.update(BY_RESOURCE[REPLICA_SETS], draft)
        if before != replicas:
            way = "up" if replicas > before else "down"
            text = f"Scaled {way} replica set {name_of(replica_set)} from {before} to {replicas}"
            self._recorder.normal(deployment, "ScalingReplicaSet", text)

    def _report(self, deployment: Obj, owned: list[Obj]) -> float | None:
        new = revisions.newest(deployment, owned)
        pace = self._plane.pace
        seen = Picture(deployment, new, tuple(owned), self._plane.clock(), pace.manifest_second)
        status = deployment_status.build(seen)
        self._plane.registry.set_status(RESOURCE, deployment, status)
        left = deployment_status.seconds_left(seen, conditions.find(status, "Progressing"))
        return None if left is None else left + 1.0

    def _clean_up(self, key: Key, owned: list[Obj]) -> None:
        """Old empty ReplicaSets beyond the history limit go, once the roll-out is over."""
        deployment = self._plane.store.get(RESOURCE, *key)
        if deployment is None:
            return
        reason = (conditions.find(deployment.get("status", {}), "Progressing") or {}).get("reason")
        new = revisions.newest(deployment, owned)
        idle = [
            one
            for one in owned
            if one is not new
            and not rollout.size(one)
            and not dig(one, "status", "replicas")
            and not being_deleted(one)
        ]
        surplus = len(idle) - dig(deployment, "spec", "revisionHistoryLimit", default=10)
        if reason != deployment_status.AVAILABLE or surplus <= 0:
            return
        for one in sorted(idle, key=revisions.revision)[:surplus]:
            self._plane.registry.delete(BY_RESOURCE[REPLICA_SETS], key[0], name_of(one))
