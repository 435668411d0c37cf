"""How rules look at a picture: workloads with their live pods, and the words that stand in their logs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from operator import itemgetter

from sre_agent.catalogue.once import once
from sre_agent.picture.containers import ContainerView, containers_of, is_ready
from sre_agent.picture.events import EventView
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture


def waiting_containers(picture: Picture) -> Iterator[tuple[Obj, ContainerView]]:
    """(workload, container) of every container of a live pod that is not running as it should."""
    for workload in picture.inventory.workloads:
        for pod in picture.inventory.live_pods_of(workload):
            for view in containers_of(pod):
                if view.waiting or (view.restarts and not view.ready):
                    yield workload, view


def all_containers(picture: Picture) -> Iterator[tuple[Obj, ContainerView]]:
    """(workload, container) of every container of a live pod."""
    for workload in picture.inventory.workloads:
        for pod in picture.inventory.live_pods_of(workload):
            for view in containers_of(pod):
                yield workload, view


def unready_pods(picture: Picture, workload: Obj) -> list[Obj]:
    return [pod for pod in picture.inventory.live_pods_of(workload) if not is_ready(pod)]


def desired_replicas(workload: Obj) -> int | None:
    """What it is told to run; None for kinds that are not told a number."""
    if workload.kind not in ("Deployment", "StatefulSet", "ReplicaSet") or workload.implied:
        return None
    told = workload.dig("spec", "replicas")
    return told if isinstance(told, int) else 1


def events_with(picture: Picture, workload: Obj, *reasons: str, saying: str = "") -> list[EventView]:
    """Events around a workload with one of these reasons and, where given, these words (a pattern)."""
    pattern = re.compile(saying, re.I) if saying else None
    return [
        event
        for event in picture.events_around(workload)
        if event.reason in reasons and (pattern is None or pattern.search(event.message))
    ]


def lines_saying(
    picture: Picture, workload: Obj, pattern: re.Pattern[str], *, errors_only: bool = True
) -> list[LogLine]:
    """Log lines of a workload that carry these words, oldest first."""
    lines = (
        line for chunk in picture.logs_of(workload) for line in (chunk.errors if errors_only else chunk.lines)
    )
    return [line for line in lines if pattern.search(line.words)]


def series_of(picture: Picture, workload: Obj, *names: str) -> list[Series]:
    """Series of these names that are about this workload: by service, by workload label, or by its pods."""
    own = {workload.name, *(service.name for service in picture.inventory.services_of(workload))}
    pods = {pod.name for pod in picture.inventory.pods_of(workload)}
    subjects = [*((False, name) for name in own), *((True, pod) for pod in pods)]
    return [
        one
        for name in names
        for _, one in _in_order(_by_subject(picture, name), subjects)
        if one.is_of(workload.namespace)
    ]


Subject = tuple[bool, str]
"""Whether it is a pod, and its name."""
Placed = tuple[int, Series]


def _in_order(by_subject: Mapping[Subject, list[Placed]], subjects: list[Subject]) -> list[Placed]:
    found = [placed for subject in subjects for placed in by_subject.get(subject, ())]
    return sorted(found, key=itemgetter(0))


@once
def _by_subject(picture: Picture, name: str) -> Mapping[Subject, list[Placed]]:
    """The series of one name by whom they are about, each with its place among them."""
    found: dict[Subject, list[Placed]] = {}
    for place, one in enumerate(picture.series_named(name)):
        pod = one.label("pod", "pod_name")
        told = pod or one.label("service", "deployment", "statefulset", "app", "workload")
        found.setdefault((bool(pod), told), []).append((place, one))
    return found
