"""What is ill now, and since when: the things that a root cause has to explain; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_agent.catalogue.looking import desired_replicas
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import containers_of, is_live, is_ready, is_told
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

RECENT = timedelta(minutes=30)
"""A warning, or an end of a container, this long before the incident's newest moment still belongs to it."""
STEADY = timedelta(minutes=10)
"""Ready for so long, a container that once ended has come through."""


@dataclass(frozen=True)
class Symptom:
    """One thing that is not as it should be. `name` is a workload's, a Service's or a node's."""

    kind: str
    name: str
    namespace: str
    text: str
    since: datetime | None = None
    citation: Citation | None = None


def symptoms_of(picture: Picture) -> tuple[Symptom, ...]:
    """All symptoms of a picture, each kind of each thing once."""
    found: dict[tuple[str, str, str], Symptom] = {}
    for symptom in _all(picture):
        found.setdefault((symptom.kind, symptom.namespace, symptom.name), symptom)
    return tuple(found.values())


def _all(picture: Picture) -> Iterator[Symptom]:
    for workload in picture.inventory.workloads:
        yield from _of_workload(picture, workload)
    for service in picture.inventory.of("Service"):
        yield from _of_service(picture, service)
    yield from _of_probes(picture)
    for node in picture.inventory.of("Node"):
        yield from _of_node(node)


def _of_workload(picture: Picture, workload: Obj) -> Iterator[Symptom]:
    live = picture.inventory.live_pods_of(workload)
    unready = [pod for pod in live if is_told(pod) and not is_ready(pod)]
    desired = desired_replicas(workload)
    place = (workload.name, workload.namespace)
    if unready:
        since = min((at for pod in unready if (at := unready_since(pod))), default=None)
        text = f"{len(unready)} of {len(live)} pods of {workload.ref} are not ready"
        yield Symptom("unready", *place, text, since, _readiness_words(unready[0]))
    elif desired is not None and len(live) < desired and picture.looked_at("pods"):
        text = f"{workload.ref} has {len(live)} of {desired} pods"
        yield Symptom("missing", *place, text, _last_warning(picture, workload))
    elif ended := _ended_lately(picture, live):
        yield Symptom("restarting", *place, f"containers of {workload.ref} end again and again", ended)
    if workload.kind in ("Job", "CronJob", "Pod") and not live:
        failed = [
            pod for pod in picture.inventory.pods_of(workload) if pod.dig("status", "phase") == "Failed"
        ]
        if failed:
            yield Symptom(
                "failed",
                *place,
                f"{workload.ref} has failed",
                _ended(failed),
                failed[0].quote("status", "phase"),
            )


def _ended(pods: list[Obj]) -> datetime | None:
    """When the last of them ended, where they say so."""
    ends = [moment(_text(view.terminated.get("finishedAt"))) for pod in pods for view in containers_of(pod)]
    return max((at for at in ends if at), default=None)


def _readiness_words(pod: Obj) -> Citation | None:
    for view in containers_of(pod):
        if view.waiting_message:
            return pod.source.quote(view.waiting_message)
    told = condition(pod, "Ready").get("message") or condition(pod, "PodScheduled").get("message")
    return pod.source.quote(str(told)) if told else None


def unready_since(pod: Obj) -> datetime | None:
    """Since when a pod is not ready: its condition's last change, else its birth."""
    return moment(_text(condition(pod, "Ready").get("lastTransitionTime"))) or pod.created_at


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _ended_lately(picture: Picture, pods: tuple[Obj, ...]) -> datetime | None:
    """The last end of a container that restarted and has not been steady since."""
    now = picture.frame.now
    for pod in pods:
        for view in containers_of(pod):
            ended = moment(_text(view.terminated.get("finishedAt")))
            started = view.started_at
            if not view.restarts or view.init:
                continue
            if (ended and now - ended <= RECENT) or (started and now - started <= STEADY):
                return ended or started
    return None


def _last_warning(picture: Picture, workload: Obj) -> datetime | None:
    times = [at for event in picture.events_around(workload) if event.is_warning and (at := event.last_at)]
    return max(times, default=None)


def _of_service(picture: Picture, service: Obj) -> Iterator[Symptom]:
    """Without a ready address behind it, nobody gets an answer."""
    if not service.mapping("spec", "selector") or not picture.looked_at("pods"):
        return
    pods = picture.inventory.pods_behind(service)
    if any(is_live(pod) and is_ready(pod) for pod in pods):
        return
    yield Symptom("no_endpoints", service.name, service.namespace, f"{service.ref} has no ready endpoint")


def _of_probes(picture: Picture) -> Iterator[Symptom]:
    """Services that some could not reach, or nobody could."""
    tries: dict[tuple[str, str], list[bool]] = defaultdict(list)
    first: dict[tuple[str, str], Citation] = {}
    for probe in picture.probes:
        place = (probe.service, probe.namespace)
        tries[place].append(probe.ok)
        if not probe.ok and probe.detail:
            first.setdefault(place, probe.source.quote(probe.detail))
    for place, outcomes in tries.items():
        if not all(outcomes):
            how = "cannot be reached" if not any(outcomes) else "cannot be reached from everywhere"
            yield Symptom(
                "unreachable", *place, f"Service {place[1]}/{place[0]} {how}", None, first.get(place)
            )


def _of_node(node: Obj) -> Iterator[Symptom]:
    ready = condition(node, "Ready")
    if ready.get("status") in ("False", "Unknown"):
        since = moment(_text(ready.get("lastTransitionTime")))
        yield Symptom("node_not_ready", node.name, "", f"{node.ref} is not ready", since)
    for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"):
        if condition(node, kind).get("status") == "True":
            yield Symptom("node_pressure", node.name, "", f"{node.ref}: {kind}")


def fresh_warnings(picture: Picture, workload: Obj) -> list[EventView]:
    """Warnings about a workload that are neither old nor overcome: some of its pods are not ready since."""
    newest = max(picture.frame.now, picture.onset)
    return [
        event
        for event in picture.events_around(workload)
        if event.is_warning and (event.last_at is None or newest - event.last_at <= RECENT)
    ]


def by_name(symptoms: tuple[Symptom, ...]) -> Mapping[str, list[Symptom]]:
    found: dict[str, list[Symptom]] = defaultdict(list)
    for symptom in symptoms:
        found[symptom.name].append(symptom)
    return found
