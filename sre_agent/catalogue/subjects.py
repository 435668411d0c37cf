"""Whom a rule may blame for its pods: every workload, and every pod that no known workload made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sre_agent.catalogue.once import once
from sre_agent.picture.containers import ContainerView, containers_of, is_live
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod")
"""Kinds that a cause of pods may blame."""


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
    inventory = picture.inventory
    made = [Subject(workload, inventory.pods_of(workload)) for workload in inventory.workloads]
    claimed = {id(pod) for subject in made for pod in subject.pods}
    bare = [Subject(pod, (pod,)) for pod in inventory.pods if id(pod) not in claimed]
    return (*made, *bare)


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
