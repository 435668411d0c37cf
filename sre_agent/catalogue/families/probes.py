"""Probes that are wrong about a healthy container."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import all_containers, events_with
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import Obj, dig, items
from sre_agent.picture.world import Picture

_REFUSED = re.compile(r"connection refused|connect: |no route to host", re.I)


def probe_port(view: ContainerView, kind: str) -> tuple[str, int | None]:
    """(`httpGet`, `tcpSocket` or `grpc`, port number) of a probe; a named port is looked up in the container."""
    for handler in ("httpGet", "tcpSocket", "grpc"):
        port = dig(view.probe(kind), handler, "port")
        if port is None:
            continue
        if isinstance(port, int) or str(port).isdigit():
            return handler, int(port)
        named = [declared for declared in items(view.spec, "ports") if declared.get("name") == port]
        return handler, int(named[0]["containerPort"]) if named else None
    return "", None


def _wrong_readiness_port(picture: Picture) -> Iterable[Lead]:
    for workload, view in all_containers(picture):
        handler, port = probe_port(view, "readiness")
        if not handler or view.ready or not view.running:
            continue
        failures = events_with(picture, workload, "Unhealthy", saying=r"readiness probe failed")
        refused = [event for event in failures if _REFUSED.search(event.message)]
        right = _port_that_answers(picture, workload, view, port)
        if refused and right is not None:
            yield _lead(workload, view, port, right, refused[-1])


def _port_that_answers(
    picture: Picture, workload: Obj, view: ContainerView, probed: int | None
) -> int | None:
    """The port the program serves on: what it declares, else what the workload's Services target."""
    declared = [port for port in view.ports if port != probed]
    if probed in view.ports:
        return None
    if declared:
        return declared[0]
    targets = [
        port.get("targetPort") or port.get("port")
        for service in picture.inventory.services_of(workload)
        for port in service.items("spec", "ports")
    ]
    others = [int(port) for port in targets if str(port).isdigit() and int(port) != probed]
    return others[0] if others else None


def _lead(workload: Obj, view: ContainerView, probed: int | None, right: int, failure: EventView) -> Lead:
    return Lead(
        cause="readiness_probe_incorrect_port",
        entity=workload.ref,
        weight=DECISIVE if view.ports else STRONG,
        statement=f"{workload.ref}: the readiness probe of {view.name} asks port {probed}, "
        f"but the program listens on {right}; its pods run and are never ready.",
        citations=(failure.quote(), view.quote("readinessProbe"), view.quote("ports")),
        hints={"container": view.name, "probe": "readiness", "port": right},
    )


ENTRIES = (
    Entry(
        Cause(
            code="readiness_probe_incorrect_port",
            layer=Layer.RUNTIME,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet", "Pod"),
            title="The readiness probe asks the wrong port",
            description="The container runs and serves, but the probe asks a port on which nothing listens.",
            supports=("the probe is refused, and its port is none that the container declares",),
            rules_out=("the probe asks a declared port",),
            neighbours=(
                Neighbour(
                    "readiness_probe_incorrect_path", "the port answers, with an HTTP status of 400 or more"
                ),
                Neighbour("application_startup_crash", "the container does not keep running"),
            ),
            remedies=("repair_probe_port",),
        ),
        _wrong_readiness_port,
    ),
)
