"""Service meshes that turn traffic away: routes to nothing, injected faults, refused identities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sre_agent.catalogue.addresses import service_at, services_known, workload_at
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.custom import of_kind
from sre_agent.catalogue.hearing import by_speaker, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.policies import selects
from sre_agent.catalogue.said import pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, dig, items, mapping
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture

TURNED_AWAY = pattern(
    r"RBAC: access denied|rbac_access_denied",
    r"upstream connect error.{0,160}(?:TLS|SSL|certificate)|TLS error: ?\S*(?:CERTIFICATE_VERIFY_FAILED|SSL routines|WRONG_VERSION)",
    r"\b(?:503|404) (?:NR|NC)\b|route_not_found|cluster_not_found|no_route|no cluster match",
    r"linkerd.{0,80}(?:unauthorized|policy denied)|unauthorized connection on|authorize::http: Request denied",
    r"filter_chain_not_found|non_tls|peer.{0,20}(?:mtls|mutual tls).{0,40}(?:required|fail)",
    r"\b503 UH\b|fault_filter_abort|fault filter abort",
)
"""Envoy's response flags and details, Istio's and Linkerd's refusals."""


def _routes(obj: Obj) -> Iterator[tuple[str, str]]:
    """(host, subset) of every destination of a VirtualService."""
    for kind in ("http", "tcp", "tls"):
        for rule in obj.items("spec", kind):
            for route in items(rule, "route"):
                yield str(dig(route, "destination", "host") or ""), str(
                    dig(route, "destination", "subset") or ""
                )


def _subsets(picture: Picture, host: str, namespace: str) -> dict[str, tuple[Obj, Mapping[str, Any]]]:
    found = {}
    for rule in of_kind(picture, "DestinationRule", "destinationrules"):
        if _short(str(rule.dig("spec", "host") or "")) == _short(host) and rule.namespace == namespace:
            found.update(
                {
                    str(one.get("name")): (rule, mapping(one, "labels"))
                    for one in rule.items("spec", "subsets")
                }
            )
    return found


def _short(host: str) -> str:
    return host.split(".")[0]


def _misrouted(picture: Picture) -> Iterator[Lead]:
    for virtual in of_kind(picture, "VirtualService", "virtualservices"):
        for host, subset in _routes(virtual):
            workload = workload_at(picture, host, virtual.namespace)
            if not subset or workload is None:
                continue
            defined = _subsets(picture, host, virtual.namespace).get(subset)
            if defined is None:
                words = f"routes to subset {subset} of {host}, which no DestinationRule defines"
                yield _lead(
                    picture, workload, virtual, (words, virtual.source.quote(f'"subset": "{subset}"'))
                )
            elif not _has_pods(picture, host, virtual.namespace, defined[1]):
                words = f"routes to subset {subset} of {host}, whose labels no pod carries"
                yield _lead(picture, workload, defined[0], (words, defined[0].quote("spec", "subsets")))


def _has_pods(picture: Picture, host: str, namespace: str, labels: Mapping[str, Any]) -> bool:
    service = service_at(picture, host, namespace)
    pods = picture.inventory.pods_behind(service) if service else ()
    return not pods or any(labels.items() <= pod.labels.items() for pod in pods)


def _injected(picture: Picture) -> Iterator[Lead]:
    """A fault that a route injects on purpose: somebody left a test behind."""
    for virtual in of_kind(picture, "VirtualService", "virtualservices"):
        for rule in virtual.items("spec", "http"):
            fault = mapping(rule, "fault")
            hosts = [str(dig(one, "destination", "host") or "") for one in items(rule, "route")]
            workload = workload_at(picture, hosts[0], virtual.namespace) if hosts else None
            if fault and workload is not None:
                kind = " and ".join(key for key in ("abort", "delay") if key in fault)
                words = f"injects {kind} into requests to {hosts[0]}"
                yield _lead(picture, workload, virtual, (words, virtual.source.quote(_written(fault))), FAIR)


def _written(value: Any) -> str:
    return as_written("fault", value)


def _unlike_identities(picture: Picture) -> Iterator[Lead]:
    """Strict mutual TLS demanded of callers that have no sidecar, or turned off for the callers by a DestinationRule."""
    for demand in of_kind(picture, "PeerAuthentication", "peerauthentications"):
        if demand.dig("spec", "mtls", "mode") != "STRICT":
            continue
        for workload in picture.inventory.workloads:
            chosen = selects(demand.mapping("spec", "selector"), workload.template_labels())
            if workload.namespace == demand.namespace and chosen and _has_sidecar(picture, workload):
                plain = [one for one in _callers(picture, workload) if not _has_sidecar(picture, one)]
                if plain:
                    words = f"demands mutual TLS, but {plain[0].ref} calls without a sidecar"
                    yield _lead(picture, workload, demand, (words, demand.quote("spec", "mtls")))


def _callers(picture: Picture, workload: Obj) -> list[Obj]:
    names = [workload.name, *(one.name for one in picture.inventory.services_of(workload))]
    calling = {caller for name in names for caller in picture.callers.get(name, ())}
    found = (picture.inventory.workload_called(one, workload.namespace) for one in sorted(calling))
    return [one for one in found if one is not None]


def _has_sidecar(picture: Picture, workload: Obj) -> bool:
    for pod in picture.inventory.live_pods_of(workload):
        told = [*pod.items("spec", "containers"), *pod.items("spec", "initContainers")]
        if any(str(one.get("name")) in ("istio-proxy", "linkerd-proxy") for one in told):
            return True
    return False


def _denied(picture: Picture) -> Iterator[Lead]:
    """AuthorizationPolicies that deny everything: DENY with an empty rule, or ALLOW without any."""
    for policy in of_kind(picture, "AuthorizationPolicy", "authorizationpolicies"):
        action, rules = policy.dig("spec", "action") or "ALLOW", policy.dig("spec", "rules")
        all_denied = (action == "DENY" and rules == [{}]) or (action == "ALLOW" and not rules)
        for workload in picture.inventory.workloads if all_denied else ():
            chosen = selects(policy.mapping("spec", "selector"), workload.template_labels())
            if chosen and workload.namespace == policy.namespace and _callers(picture, workload):
                cited = policy.quote("metadata", "name")
                yield _lead(picture, workload, policy, ("denies every request", cited))


def _lead(picture: Picture, workload: Obj, obj: Obj, said: tuple[str, Citation], more: float = 0.0) -> Lead:
    words, cited = said
    told = list(heard(picture, TURNED_AWAY))
    return Lead(
        cause="service_mesh_misconfigured",
        entity=workload.ref,
        weight=STRONG + more + (FAIR if told else 0.0),
        statement=f"{obj.kind} {obj.name} {words}: the mesh turns away what is sent to {workload.ref}.",
        citations=(cited, *quotes(told, 2)),
        hints={"object": f"{obj.kind} {obj.name}"},
    )


def _words_alone(picture: Picture) -> Iterator[Lead]:
    """A sidecar's refusals without the object behind them."""
    for ref, found in by_speaker(heard(picture, TURNED_AWAY)).items():
        yield Lead(
            cause="service_mesh_misconfigured",
            entity=ref,
            weight=STRONG - SLIGHT - least_doubt(found),
            statement=f"The mesh turns traffic of {ref} away: {shortly(found[-1])}",
            citations=quotes(found),
        )


def _misconfigured(picture: Picture) -> Iterable[Lead]:
    found = [
        *_misrouted(picture),
        *_missing_hosts(picture),
        *_injected(picture),
        *_unlike_identities(picture),
        *_denied(picture),
    ]
    yield from found or _words_alone(picture)


def _missing_hosts(picture: Picture) -> Iterator[Lead]:
    """A route inside the mesh to a host that no Service has; blamed is whose traffic it takes over."""
    for virtual in of_kind(picture, "VirtualService", "virtualservices"):
        if [one for one in virtual.dig("spec", "gateways") or () if one != "mesh"]:
            continue
        taken = [
            workload_at(picture, str(host), virtual.namespace) for host in virtual.dig("spec", "hosts") or ()
        ]
        owner = next((one for one in taken if one is not None), None)
        for host, _ in _routes(virtual):
            known = services_known(picture, host, virtual.namespace)
            if owner and known and host and service_at(picture, host, virtual.namespace) is None:
                words = f"routes to {host}, which no Service is"
                cited = virtual.source.quote(f'"host": "{host}"')
                yield _lead(picture, owner, virtual, (words, cited), DECISIVE - STRONG)


ENTRIES = (
    Entry(
        Cause(
            code="service_mesh_misconfigured",
            layer=Layer.INTEGRATION,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet", "Pod"),
            title="The service mesh blocks or misleads its traffic",
            description="An object of the mesh sends the workload's traffic to nothing, injects a fault, or refuses its callers.",
            supports=(
                "a VirtualService routes to a host or subset that has no pods, or injects a fault",
                "strict mutual TLS meets callers without a sidecar",
                "Envoy's flags NR, NC, UH or 'RBAC: access denied'",
            ),
            rules_out=("no sidecar takes part", "routes, subsets and identities agree"),
            neighbours=(
                Neighbour(
                    "network_policy_blocking",
                    "packets are dropped and calls time out, without an answer of a sidecar",
                ),
                Neighbour("gateway_misroute", "the route that is wrong belongs to the gateway at the edge"),
                Neighbour("circuit_breaker_open", "the flag is UO: too many requests or ejected hosts"),
            ),
            remedies=("mend_mesh_by_hand",),
        ),
        _misconfigured,
    ),
)
