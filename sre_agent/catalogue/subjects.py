"""Whom a rule may blame for its pods: every workload, and every pod that no known workload made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sre_agent.catalogue.once import once
from sre_agent.picture.containers import ContainerView, containers_of, is_live
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.world import Picture

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod")
"""Kinds that a cause of pods may blame."""
_COMPANIONS = re.compile(
    r"proxy|envoy|linkerd|istio|sidecar|agent|exporter|fluent|filebeat|promtail|vector|logger|collector|otel|jaeger|dapr|consul|vault|cloudsql|oauth2|metrics|config-reload|wait|injector",
    re.I,
)
"""Words that containers beside a main one are called by."""


def is_companion(container: str) -> bool:
    """Whether a container is called as those are that stand beside the one a pod is for."""
    return _COMPANIONS.search(container) is not None


@dataclass(frozen=True)
class Subject:
    """A workload (or a pod without one) and the pods it has now."""

    owner: Obj
    pods: tuple[Obj, ...]

    @property
    def live(self) -> tuple[Obj, ...]:
        """Neither finished nor on their way out."""
        return tuple(pod for pod in self.pods if is_live(pod))


@once
def subjects(picture: Picture) -> tuple[Subject, ...]:
    """Workloads as the inventory knows them; a pod that nobody made is one too."""
    inventory = picture.inventory
    return tuple(Subject(workload, inventory.pods_of(workload)) for workload in inventory.workloads)


@once
def live_containers(picture: Picture) -> tuple[tuple[Subject, ContainerView], ...]:
    """Every container of every live pod, with whom to blame for it."""
    return tuple(
        (subject, view)
        for subject in subjects(picture)
        for pod in subject.live
        for view in containers_of(pod)
    )


def ailing_containers(picture: Picture) -> Iterator[tuple[Subject, ContainerView]]:
    """Containers that wait, or that ended and are not ready again."""
    for subject, view in live_containers(picture):
        if view.waiting or (not view.ready and view.terminated and not _done(view)):
            yield subject, view


def _done(view: ContainerView) -> bool:
    """An init container that did its work."""
    return view.init and view.exit_code == 0


def missing_pods(picture: Picture, subject: Subject) -> int:
    """How many pods its controller has not made, though it should; 0 where that cannot be told."""
    owner = subject.owner
    if owner.kind in ("Deployment", "StatefulSet", "ReplicaSet") and owner.mapping("spec"):
        told = owner.dig("spec", "replicas")
        wanted = told if isinstance(told, int) else 1
    elif owner.kind == "DaemonSet":
        told = owner.dig("status", "desiredNumberScheduled")
        wanted = told if isinstance(told, int) else 0
    else:
        return 0
    return max(0, wanted - (len(subject.live) if picture.looked_at("pods") else _counted(owner, wanted)))


def _counted(owner: Obj, wanted: int) -> int:
    """How many pods its status counts where nobody listed them; as many as there should be where it counts none at all."""
    status = owner.mapping("status")
    if owner.kind == "DaemonSet":
        told = status.get("currentNumberScheduled", wanted)
    else:
        told = status.get("replicas", 0 if "unavailableReplicas" in status else wanted)
    return told if isinstance(told, int) else wanted


def _short_by_its_own_word(owner: Obj, replica_set: Obj) -> bool:
    """Whether their status counts fewer pods than there should be; pods that nobody listed are not absent ones."""
    wanted, made = replica_set.dig("spec", "replicas"), replica_set.dig("status", "replicas")
    counted = isinstance(wanted, int) and isinstance(made, int) and made < wanted
    return counted or condition(owner, "ReplicaFailure").get("status") == "True"


def unmade(picture: Picture, subject: Subject) -> bool:
    """Whether pods are missing, or the newest revision has none while older ones still serve."""
    if missing_pods(picture, subject):
        return True
    if not subject.owner.mapping("spec") and not subject.live:
        return True
    if not subject.pods and condition(subject.owner, "ReplicaFailure").get("status") == "True":
        return True
    if subject.owner.implied and not subject.pods:
        return True
    sets = [one for one in picture.inventory.replica_sets_of(subject.owner) if not one.implied]
    if not sets or not sets[0].dig("spec", "replicas"):
        return False
    if not picture.looked_at("pods"):
        return _short_by_its_own_word(subject.owner, sets[0])
    return not any(pod.owner == ("ReplicaSet", sets[0].name) for pod in subject.live)
