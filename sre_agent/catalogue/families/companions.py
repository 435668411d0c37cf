"""Init containers and sidecars that keep their pod down, and two containers that want one port."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from itertools import combinations

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.rollouts import undo_hints
from sre_agent.catalogue.starting import Failure, Fault, failures, last_lines
from sre_agent.catalogue.subjects import WORKLOADS, Subject, is_companion, live_containers, subjects
from sre_agent.catalogue.words import brief
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import ContainerView, containers_of, is_ready
from sre_agent.picture.objects import Obj, items
from sre_agent.picture.world import Picture

_IN_USE = re.compile(
    r"address (?:already )?in use|EADDRINUSE|port is already allocated|bind: .*in use|Only one usage of each socket",
    re.I,
)


def main_of(pod: Obj, subject: Subject) -> str:
    """The container that the pod is for: by annotation, by the workload's name, else the first that is no sidecar."""
    named = pod.annotations.get("kubectl.kubernetes.io/default-container")
    names = [str(one.get("name")) for one in pod.items("spec", "containers")]
    if named in names:
        return str(named)
    alike = [name for name in names if name == subject.owner.name or name in ("main", "app", "server", "web")]
    others = [name for name in names if not is_companion(name)]
    return next(iter([*alike, *others, *names]), "")


def _words(one: Failure) -> tuple[str, tuple[Citation, ...]]:
    if one.said:
        return one.said.text, (one.said.citation,)
    told = " ".join(line.raw for line in one.lines[-1:])
    return told, tuple(line.quote() for line in one.lines[-2:])


def _init(picture: Picture) -> Iterable[Lead]:
    seen = set()
    for one in failures(picture):
        if one.view.init and one.fault is Fault.EXITS and not _always(one.view):
            seen.add(id(one.subject))
            told, cited = _words(one)
            yield _lead(
                picture, ("init_container_failure", STRONG + SLIGHT), one.subject, one.view, (told, cited)
            )
    for subject, view in live_containers(picture):
        endless = view.init and view.running and not _always(view) and not is_ready(view.pod)
        if endless and id(subject) not in seen and picture.looked_at("logs"):
            lines = last_lines(picture, view)
            told = lines[-1].raw if lines else "it runs and does not end"
            yield _lead(
                picture,
                ("init_container_failure", FAIR),
                subject,
                view,
                (told, tuple(line.quote() for line in lines[-2:])),
            )


def _always(view: ContainerView) -> bool:
    """A native sidecar: an init container that is kept running (KEP-753)."""
    return view.spec.get("restartPolicy") == "Always"


def _sidecar(picture: Picture) -> Iterable[Lead]:
    for one in failures(picture):
        beside = [
            view for view in containers_of(one.view.pod) if not view.init and view.name != one.view.name
        ]
        is_main = one.view.name == main_of(one.view.pod, one.subject)
        is_beside = _always(one.view) or (not one.view.init and not is_main)
        if is_beside and any(view.running for view in beside):
            yield _lead(picture, ("sidecar_failure", STRONG + SLIGHT), one.subject, one.view, _words(one))
    for subject, view in live_containers(picture):
        others = [other for other in containers_of(view.pod) if not other.init and other.name != view.name]
        silent = view.running and not view.ready and others and all(other.ready for other in others)
        if silent and not view.init and view.name != main_of(view.pod, subject):
            cited = (view.pod.source.quote(f'"name": "{view.name}"'),)
            yield _lead(
                picture,
                ("sidecar_failure", STRONG),
                subject,
                view,
                ("it is the only container that is not ready", cited),
            )


Told = tuple[str, tuple[Citation, ...]]


def _lead(
    picture: Picture, cause: tuple[str, float], subject: Subject, view: ContainerView, words: Told
) -> Lead:
    kind = "init container" if view.init else "container"
    exits = f" (exit code {view.exit_code})" if view.exit_code is not None else ""
    return Lead(
        cause=cause[0],
        entity=subject.owner.ref,
        weight=cause[1],
        statement=f"{subject.owner.ref} is kept down by its {kind} {view.name}{exits}: {brief(words[0], 160)}",
        citations=(
            *words[1],
            (
                view.quote("restartCount")
                if "restartCount" in view.status
                else view.pod.source.quote(f'"name": "{view.name}"')
            ),
        ),
        hints={"container": view.name, **undo_hints(picture, subject.owner)},
    )


def _port_conflict(picture: Picture) -> Iterable[Lead]:
    for subject in subjects(picture):
        for pod in subject.live:
            if is_ready(pod):
                continue
            shared = _shared_ports(pod)
            said = _already_in_use(picture, pod)
            if shared or (said and len(pod.items("spec", "containers")) > 1):
                yield _conflict(subject, pod, shared, said)


def _shared_ports(pod: Obj) -> list[tuple[int, str, str]]:
    """(port, container, container) of each port that two containers declare for one protocol."""
    declared = [
        (port.get("containerPort"), port.get("protocol", "TCP"), str(one.get("name")))
        for one in pod.items("spec", "containers")
        for port in items(one, "ports")
    ]
    return [
        (int(one[0]), one[2], other[2])
        for one, other in combinations(declared, 2)
        if one[:2] == other[:2] and one[2] != other[2] and one[0]
    ]


def _already_in_use(picture: Picture, pod: Obj) -> tuple[Citation, ...]:
    views = [view for view in containers_of(pod) if not view.ready]
    return tuple(
        line.quote() for view in views for line in last_lines(picture, view) if _IN_USE.search(line.raw)
    )[-2:]


def _conflict(
    subject: Subject, pod: Obj, shared: list[tuple[int, str, str]], said: tuple[Citation, ...]
) -> Lead:
    told = (
        f"containers {shared[0][1]} and {shared[0][2]} both want port {shared[0][0]}"
        if shared
        else "a port that one container wants is taken by another"
    )
    field = (pod.source.quote(f'"containerPort": {shared[0][0]}'),) if shared else ()
    return Lead(
        cause="service_sidecar_port_conflict",
        entity=subject.owner.ref,
        weight=DECISIVE if shared and said else STRONG,
        statement=f"{subject.owner.ref}: {told} of one pod.",
        citations=(*said, *field),
        hints={"port": shared[0][0] if shared else None},
    )


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS)
ENTRIES = (
    Entry(
        _cause(
            code="init_container_failure",
            title="An init container keeps it down",
            description="An init container fails or never ends, so the pod's own containers are not started.",
            supports=("an init container ends with an error again and again, or runs on and on",),
            rules_out=("all init containers ended with 0",),
            neighbours=(
                Neighbour("application_startup_crash", "the container that fails is not an init container"),
                Neighbour(
                    "upstream_dependency_failure", "the init container only waits for a service that is down"
                ),
            ),
            remedies=("undo_rollout", "read_companion_by_hand"),
            depth=Depth.PROXIMATE,
        ),
        _init,
    ),
    Entry(
        _cause(
            code="sidecar_failure",
            title="A sidecar keeps it down",
            description="A container beside the main one fails, and the pod is not ready because of it.",
            supports=("the main container runs, and another of the pod does not",),
            rules_out=("the main container itself fails",),
            neighbours=(
                Neighbour("application_startup_crash", "the container that fails is the main one"),
                Neighbour(
                    "service_sidecar_port_conflict", "it fails because its port is taken by the main one"
                ),
            ),
            remedies=("undo_rollout", "read_companion_by_hand"),
        ),
        _sidecar,
    ),
    Entry(
        _cause(
            code="service_sidecar_port_conflict",
            title="Two containers of a pod want the same port",
            description="Containers of a pod share its network: the second to listen on a port fails.",
            supports=(
                "'address already in use' in a pod with several containers",
                "two containers declare the same port",
            ),
            rules_out=("the pod has one container",),
            neighbours=(Neighbour("sidecar_failure", "the sidecar fails for a reason of its own"),),
            remedies=("undo_rollout", "part_ports_by_hand"),
        ),
        _port_conflict,
    ),
)
