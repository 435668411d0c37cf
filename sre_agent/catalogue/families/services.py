"""Services whose traffic reaches no pod."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sre_agent.catalogue.attempts import attempts_at
from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.families.replicas import is_needed
from sre_agent.catalogue.looking import desired_replicas
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import is_live, is_ready, is_told
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


def _selecting_services(picture: Picture) -> list[Obj]:
    """Services that are meant to find pods by a selector (not ExternalName, not hand-made endpoints)."""
    return [
        service
        for service in picture.inventory.of("Service")
        if service.mapping("spec", "selector") and service.dig("spec", "type") != "ExternalName"
    ]


def _selector_mismatch(picture: Picture) -> Iterable[Lead]:
    for service in _selecting_services(picture):
        found = picture.inventory.pods_behind(service) or picture.inventory.workloads_behind(service)
        meant = _passed_over(picture, service) if found else meant_workload(picture, service)
        if meant is not None and picture.looked_at("pods"):
            yield _selector_lead(picture, service, meant, strays=bool(found))


def _selector_lead(picture: Picture, service: Obj, meant: Obj, *, strays: bool) -> Lead:
    labels = dict(meant.template_labels() or meant.labels)
    result = "it sends traffic to other pods" if strays else "it has no endpoints"
    return Lead(
        cause="service_selector_mismatch",
        entity=service.ref,
        weight=STRONG if strays else DECISIVE,
        statement=f"{service.ref} selects {_written(service.mapping('spec', 'selector'))}, but the pods of "
        f"{meant.ref} carry {_written(labels)}: {result}.",
        citations=(
            service.quote("spec", "selector"),
            _quote_labels(meant),
            *attempts_at(picture, service).citations(2),
        ),
        hints={"selector": dict(repaired_selector(service.mapping("spec", "selector"), labels))},
    )


def _passed_over(picture: Picture, service: Obj) -> Obj | None:
    """The workload of the Service's own name, where the Service selects only others and no Service selects it."""
    named = picture.inventory.workload_named(service.name, service.namespace)
    if named is None or named.name != service.name or not picture.inventory.live_pods_of(named):
        return None
    behind = picture.inventory.workloads_behind(service)
    selected = any(work is named for work in behind) or picture.inventory.services_of(named)
    return None if selected or not behind else named


def _quote_labels(workload: Obj) -> Citation:
    path = (
        ("spec", "template", "metadata", "labels") if workload.template_labels() else ("metadata", "labels")
    )
    return workload.quote(*path)


def meant_workload(picture: Picture, service: Obj) -> Obj | None:
    """The workload that a Service without pods is meant for: of its own name, or sharing most of its selector."""
    wanted = service.mapping("spec", "selector")
    best: tuple[int, Obj] | None = None
    for workload in picture.inventory.workloads:
        if workload.namespace != service.namespace or workload.kind in ("Job", "CronJob"):
            continue
        labels = workload.template_labels() or workload.labels
        alike = sum(labels.get(key) == value for key, value in wanted.items())
        alike += 2 * (workload.name in (service.name, _plain(service.name))) + (
            service.name in labels.values()
        )
        if workload.name not in service.name and picture.inventory.services_of(workload):
            continue
        if alike and (best is None or alike > best[0]):
            best = (alike, workload)
    return best[1] if best else None


_ENDINGS = re.compile(r"[-_](?:svc|service|headless|internal|lb|http|grpc)$")


def _plain(name: str) -> str:
    """The name without what people append to a Service's."""
    return _ENDINGS.sub("", name)


def repaired_selector(selector: Mapping[str, str], labels: Mapping[str, str]) -> Mapping[str, str]:
    """The selector with each value that no pod carries put right; a key that no pod has is left out."""
    repaired = {key: labels[key] for key in selector if key in labels}
    return repaired or dict(list(labels.items())[:1])


def _written(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key != "pod-template-hash")


def _no_ready_endpoints(picture: Picture) -> Iterable[Lead]:
    for service in _selecting_services(picture):
        pods = [pod for pod in picture.inventory.pods_behind(service) if is_live(pod) and is_told(pod)]
        behind = picture.inventory.workloads_behind(service)
        if any(is_ready(pod) for pod in pods) or not (pods or behind):
            continue
        if not pods and _is_meant_so(picture, behind):
            continue
        yield Lead(
            cause="service_no_ready_endpoints",
            entity=service.ref,
            weight=STRONG,
            statement=f"{service.ref} has no ready endpoint: none of its {len(pods)} pods is ready.",
            citations=(service.quote("spec", "selector"),),
        )


def _is_meant_so(picture: Picture, behind: tuple[Obj, ...]) -> bool:
    """Whether nobody listed the pods, or those behind it were switched off and nobody asks for them."""
    if not picture.looked_at("pods"):
        return not any(workload.dig("status", "unavailableReplicas") for workload in behind)
    return all(desired_replicas(one) == 0 and not is_needed(picture, one) for one in behind)


_SERVICE = ("Service",)
ENTRIES = (
    Entry(
        Cause(
            code="service_selector_mismatch",
            layer=Layer.INTEGRATION,
            entity_kinds=_SERVICE,
            title="The Service selects no pod",
            description="The Service's selector matches no pod, though the pods it is meant for are there.",
            supports=(
                "the selector matches neither pods nor pod templates, and a workload of its name has others",
            ),
            rules_out=("the selector matches the pods; they are only not ready",),
            neighbours=(
                Neighbour("service_no_ready_endpoints", "the selector does match pods"),
                Neighbour("service_port_mapping_mismatch", "endpoints exist, but their port is closed"),
            ),
            remedies=("repair_selector",),
        ),
        _selector_mismatch,
    ),
    Entry(
        Cause(
            code="service_no_ready_endpoints",
            layer=Layer.INTEGRATION,
            entity_kinds=_SERVICE,
            title="No pod behind the Service is ready",
            description="The Service selects pods and none of them is ready; the cause lies in the pods.",
            supports=("pods match the selector, and none has the Ready condition",),
            rules_out=("at least one ready address stands in its endpoints",),
            neighbours=(Neighbour("service_selector_mismatch", "no pod matches the selector at all"),),
            remedies=("make_ready_by_hand",),
            depth=Depth.SYMPTOM,
        ),
        _no_ready_endpoints,
    ),
)
