"""Too few copies of a workload: none at all, or fewer than its traffic needs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import desired_replicas, series_of
from sre_agent.catalogue.routes import routes_in
from sre_agent.catalogue.words import is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.drift import last_applied
from sre_agent.picture.objects import Obj, dig
from sre_agent.picture.world import Picture

_SCALED_DOWN = re.compile(r"[Ss]caled down replica set \S+ (?:from (\d+) to 0|to 0 from (\d+))")


def _scaled_to_zero(picture: Picture) -> Iterable[Lead]:
    for workload in picture.inventory.workloads:
        if workload.kind not in ("Deployment", "StatefulSet") or desired_replicas(workload) != 0:
            continue
        before, cited = replicas_before(picture, workload)
        needed = is_needed(picture, workload)
        if not needed and before is None and picture.calls:
            continue
        yield Lead(
            cause="deployment_zero_replicas",
            entity=workload.ref,
            weight=(
                DECISIVE
                if needed or before is not None
                else FAIR if _is_offered(picture, workload) else SLIGHT
            ),
            statement=f"{workload.ref} is scaled to zero" + (f"; it ran {before} before." if before else "."),
            citations=(workload.quote("spec", "replicas"), *cited),
            hints={"replicas": before},
        )


def _is_offered(picture: Picture, workload: Obj) -> bool:
    """Whether a Service offers its work to anybody; one without can be missed by nobody but itself."""
    return bool(picture.inventory.services_of(workload))


def is_needed(picture: Picture, workload: Obj) -> bool:
    """Whether somebody asks for what it does: callers, a front door, attempts to reach it, requests, or the alert itself."""
    services = picture.inventory.services_of(workload)
    names = {workload.name, *(service.name for service in services)}
    home = workload.namespace
    asked = {entity.name for entity in picture.frame.entities if entity.namespace in ("", home)}
    tried = {probe.service for probe in picture.probes if probe.namespace == home}
    routed = {route.host.split(".")[0] for route in routes_in(picture) if route.namespace == home}
    return bool(
        names & (asked | tried | routed | set(picture.callers))
        or any(service.dig("spec", "type") in ("LoadBalancer", "NodePort") for service in services)
        or any(one.last for one in series_of(picture, workload, "traffic"))
    )


def replicas_before(picture: Picture, workload: Obj) -> tuple[JsonValue, tuple[Citation, ...]]:
    """How many it ran before it was scaled to zero, and where that stands; None where nothing tells."""
    for event in picture.events_about(workload):
        if (found := _SCALED_DOWN.search(event.message)) and is_timely(picture, event):
            return int(found.group(1) or found.group(2)), (event.quote(),)
    applied = dig(last_applied(workload) or {}, "spec", "replicas")
    if isinstance(applied, int) and applied > 0:
        return applied, (workload.source.quote(f'\\"replicas\\":{applied}'),)
    for scaler in picture.inventory.of("HorizontalPodAutoscaler", workload.namespace):
        if scaler.dig("spec", "scaleTargetRef", "name") == workload.name:
            return int(scaler.dig("spec", "minReplicas") or 1), (scaler.quote("spec", "minReplicas"),)
    return None, ()


ENTRIES = (
    Entry(
        Cause(
            code="deployment_zero_replicas",
            layer=Layer.RUNTIME,
            entity_kinds=("Deployment", "StatefulSet"),
            title="Scaled to zero",
            description="Somebody or something set the number of replicas to zero, and the workload is needed.",
            supports=("spec.replicas is 0 while somebody still calls it, or it was scaled down lately",),
            rules_out=("spec.replicas is above 0", "nobody calls it: it was switched off on purpose"),
            neighbours=(Neighbour("service_no_ready_endpoints", "pods exist and are not ready"),),
            remedies=("restore_replicas",),
        ),
        _scaled_to_zero,
    ),
)
