"""Deployments: one ReplicaSet for each template, and a careful way from the old to the new."""

from __future__ import annotations

from collections.abc import Mapping

from infrastructure.lab.kube.controllers import deployment_status, pods, revisions, rollout
from infrastructure.lab.kube.controllers.deployment_sets import DEPLOYMENTS, REPLICA_SETS, ReplicaSets
from infrastructure.lab.kube.controllers.deployment_status import Picture
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.controllers.rollout import DESIRED
from infrastructure.lab.kube.objects import conditions, ownership, podstate
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import (
    Obj,
    annotations_of,
    being_deleted,
    dig,
    name_of,
    namespace_of,
)
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change, Key


class DeploymentController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._sets = ReplicaSets(plane, plane.recorder("deployment-controller"))

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {
            DEPLOYMENTS: own_key,
            REPLICA_SETS: pods.owner_keys("Deployment", self._plane, DEPLOYMENTS),
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
        deployment = self._plane.store.get(DEPLOYMENTS, *key)
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
        deployment = self._plane.store.get(DEPLOYMENTS, *key)
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
        return self._sets.with_progress(deployment, wanted)

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
                self._sets.resize(deployment, latest, wanted)
        elif new is not None and rollout.size(new) == rollout.available(new) == wanted:
            for one in active:
                self._sets.resize(deployment, one, wanted if one is new else 0)
        elif dig(deployment, "spec", "strategy", "type") == "RollingUpdate":
            sizes = rollout.proportional(deployment, active)
            for one in active:
                self._sets.resize(deployment, one, sizes[name_of(one)])

    def _roll(self, deployment: Obj, owned: list[Obj]) -> None:
        new = self._sets.of_template(deployment, owned)
        old = [one for one in owned if name_of(one) != name_of(new)]
        fence = rollout.fence_of(deployment)
        if rollout.size(new) > fence.replicas:
            self._sets.resize(deployment, new, fence.replicas)
            return
        wanted = rollout.grown(fence, new, [*old, new])
        if wanted != rollout.size(new):
            self._sets.resize(deployment, new, wanted)
            return
        for name, replicas in rollout.shrunk(fence, new, old).items():
            self._sets.resize(deployment, next(one for one in old if name_of(one) == name), replicas)

    def _recreate(self, deployment: Obj, owned: list[Obj]) -> None:
        new = revisions.newest(deployment, owned)
        old = [one for one in owned if new is None or name_of(one) != name_of(new)]
        for one in old:
            self._sets.resize(deployment, one, 0)
        if any(self._has_pods(one) for one in old):
            return
        new = self._sets.of_template(deployment, owned)
        self._sets.resize(deployment, new, dig(deployment, "spec", "replicas", default=1))

    def _has_pods(self, replica_set: Obj) -> bool:
        return any(
            ownership.is_controlled_by(pod, replica_set) and podstate.phase(pod) not in podstate.FINISHED
            for pod in self._plane.store.objects("pods", namespace_of(replica_set))
        )

    def _report(self, deployment: Obj, owned: list[Obj]) -> float | None:
        new = revisions.newest(deployment, owned)
        pace = self._plane.pace
        seen = Picture(deployment, new, tuple(owned), self._plane.clock(), pace.manifest_second)
        status = deployment_status.build(seen)
        self._plane.registry.set_status(DEPLOYMENTS, deployment, status)
        left = deployment_status.seconds_left(seen, conditions.find(status, "Progressing"))
        return None if left is None else left + 1.0

    def _clean_up(self, key: Key, owned: list[Obj]) -> None:
        """Old empty ReplicaSets beyond the history limit go, once the roll-out is over."""
        deployment = self._plane.store.get(DEPLOYMENTS, *key)
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
