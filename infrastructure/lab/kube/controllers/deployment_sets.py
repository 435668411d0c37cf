"""The ReplicaSets of a Deployment: found by template, made, annotated and resized."""

from __future__ import annotations

from infrastructure.lab.kube.controllers import deployment_status, revisions, rollout
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.controllers.rollout import DESIRED, MAXIMUM
from infrastructure.lab.kube.objects import conditions, ownership
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, annotations_of, clone, dig, name_of, namespace_of
from infrastructure.lab.kube.registry.events import Recorder
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

DEPLOYMENTS, REPLICA_SETS = "deployments.apps", "replicasets.apps"


class ReplicaSets:
    """The Deployment controller's hand on them; every change of size is told in an event."""

    def __init__(self, plane: Plane, recorder: Recorder) -> None:
        self._plane = plane
        self._recorder = recorder

    def with_progress(self, deployment: Obj, wanted: Condition) -> Obj:
        status = deployment.get("status", {})
        held = deployment_status.progressing(status.get("conditions", []), wanted, self._plane.clock())
        return self._plane.registry.set_status(DEPLOYMENTS, deployment, {**status, "conditions": held})

    def of_template(self, deployment: Obj, owned: list[Obj]) -> Obj:
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
            self.with_progress(deployment, Condition("Progressing", "True", "FoundNewReplicaSet", text))
        return found

    def _note_revision(self, deployment: Obj, found: Obj) -> None:
        number = annotations_of(found)[revisions.REVISION]
        if annotations_of(deployment).get(revisions.REVISION) != number:
            self._plane.registry.edit(
                DEPLOYMENTS,
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
                self._plane.registry.set_status(DEPLOYMENTS, deployment, bumped)
            else:
                text = f'Failed to create new replica set "{name}": {error.message}'
                self._recorder.warn(deployment, "ReplicaSetCreateError", text)
                self.with_progress(
                    deployment, Condition("Progressing", "False", "ReplicaSetCreateError", text)
                )
            raise
        if rollout.size(made):
            text = f"Scaled up replica set {name} from 0 to {rollout.size(made)}"
            self._recorder.normal(deployment, "ScalingReplicaSet", text)
        text = f'Created new replica set "{name}"'
        self.with_progress(deployment, Condition("Progressing", "True", "NewReplicaSetCreated", text))
        return made

    def _sizes(self, deployment: Obj) -> dict[str, str]:
        fence = rollout.fence_of(deployment)
        return {DESIRED: str(fence.replicas), MAXIMUM: str(fence.maximum)}

    def resize(self, deployment: Obj, replica_set: Obj, replicas: int) -> None:
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
