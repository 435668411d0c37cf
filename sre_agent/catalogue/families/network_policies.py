"""NetworkPolicies that forbid traffic which workloads need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.catalogue.addresses import UNRESOLVED_WORDS
from sre_agent.catalogue.attempts import attempts_at
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.service_ports import target_of
from sre_agent.catalogue.hearing import by_speaker, heard, quotes
from sre_agent.catalogue.listening import declared_ports
from sre_agent.catalogue.policies import Target, blocking, dns_blocked, known_policies, policies_for, side_of
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, items
from sre_agent.picture.world import Picture

LONG_THERE = timedelta(hours=6)
"""A policy this much older than the incident did not bring it about, unless calls fail now."""


@dataclass(frozen=True, eq=False)
class Blocked:
    """One call that policies forbid: who calls whom, whose pods they select, and which way."""

    caller: Obj
    callee: Obj
    service: Obj
    selected: Obj
    policies: tuple[Obj, ...]
    direction: str


def _blocked_calls(picture: Picture) -> Iterator[Blocked]:
    if not known_policies(picture):
        return
    for caller in picture.inventory.workloads:
        for name in picture.calls.get(caller.name, ()):
            callee = picture.inventory.workload_called(name, caller.namespace)
            behind = picture.inventory.services_of(callee) if callee else ()
            service = picture.inventory.get("Service", name, caller.namespace) or next(iter(behind), None)
            if service is None or callee is None or callee is caller:
                continue
            yield from _on_the_way(picture, caller, callee, service)


def _on_the_way(picture: Picture, caller: Obj, callee: Obj, service: Obj) -> Iterator[Blocked]:
    near, far = side_of(picture, caller), side_of(picture, callee)
    for target in _targets(service, callee):
        if found := blocking(picture, far, near, target, "Ingress"):
            yield Blocked(caller, callee, service, callee, tuple(found), "Ingress")
        if found := blocking(picture, near, far, target, "Egress"):
            yield Blocked(caller, callee, service, caller, tuple(found), "Egress")
        return


def _targets(service: Obj, callee: Obj) -> Iterator[Target]:
    declared = declared_ports(callee)
    for port in service.items("spec", "ports"):
        told = target_of(port)
        named = next((one for one in declared if told in (one.get("name"), one.get("containerPort"))), {})
        number = named.get("containerPort") or (told if isinstance(told, int) else 0)
        yield Target(int(number), str(named.get("name") or ""), str(port.get("protocol") or "TCP"))


def _forbidden(picture: Picture) -> Iterable[Lead]:
    groups: dict[tuple[int, str], list[Blocked]] = {}
    for one in _blocked_calls(picture):
        groups.setdefault((id(one.selected), one.direction), []).append(one)
    for several in groups.values():
        yield _lead(picture, several)
    yield from _closed_to_all(picture)
    yield from _no_names(picture)


def _closed_to_all(picture: Picture) -> Iterator[Lead]:
    """Pods to which no rule admits anybody, and calls that end in silence, where the callers themselves were not read."""
    for workload in picture.inventory.workloads if known_policies(picture) else ():
        mine = policies_for(picture, side_of(picture, workload), "Ingress")
        services = picture.inventory.services_of(workload)
        tried = [attempts_at(picture, one) for one in services]
        silent = [one for one in tried if (one.timed_out or one.failed_probes) and not one.refused]
        if mine and silent and not any(items(one.spec, "ingress") for one in mine):
            yield Lead(
                cause="network_policy_blocking",
                entity=workload.ref,
                weight=STRONG + SLIGHT,
                statement=f"NetworkPolicy {mine[0].obj.name} admits no traffic to {workload.ref}, and calls to it end in silence.",
                citations=(mine[0].obj.quote("spec", "policyTypes"), *silent[0].citations(2)),
                hints={"policy": mine[0].obj.name},
            )


def _lead(picture: Picture, several: list[Blocked]) -> Lead:
    one = several[-1]
    attempts = [attempts_at(picture, blocked.service) for blocked in several]
    failing = [each for each in attempts if each.timed_out or each.failed_probes or each.broken]
    policy = one.policies[0]
    who = ", ".join(
        dict.fromkeys(
            str(each.caller.ref if one.direction == "Ingress" else each.callee.ref) for each in several
        )
    )
    way = f"admits no traffic from {who}" if one.direction == "Ingress" else f"lets nothing out to {who}"
    return Lead(
        cause="network_policy_blocking",
        entity=one.selected.ref,
        weight=STRONG
        + (FAIR if failing else 0.0)
        - (0.0 if failing or _is_new(picture, policy) else FAIR + SLIGHT),
        statement=f"{policy.kind} {policy.name} selects {one.selected.ref} and {way}.",
        citations=(*_quote(policy), *(cited for each in failing[:1] for cited in each.citations(2))),
        hints={"policy": policy.name, "direction": one.direction, "peers": who},
    )


def _is_new(picture: Picture, policy: Obj) -> bool:
    return policy.created_at is None or policy.created_at >= picture.onset - LONG_THERE


def _quote(policy: Obj) -> tuple[Citation, ...]:
    told = next(
        (
            key
            for key in ("podSelector", "endpointSelector", "selector")
            if policy.dig("spec", key) is not None
        ),
        "",
    )
    return (*((policy.quote("spec", told),) if told else ()), policy.quote("metadata", "name"))


def _no_names(picture: Picture) -> Iterator[Lead]:
    """Pods that may not ask a resolver, and say that they cannot resolve names."""
    unresolved = by_speaker(heard(picture, UNRESOLVED_WORDS))
    for workload in picture.inventory.workloads:
        found = unresolved.get(workload.ref)
        policies = dns_blocked(picture, side_of(picture, workload)) if found else []
        if found and policies:
            yield Lead(
                cause="network_policy_blocking",
                entity=workload.ref,
                weight=STRONG + FAIR,
                statement=f"{policies[0].kind} {policies[0].name} lets {workload.ref} ask no resolver (port 53), so it finds no names.",
                citations=(*_quote(policies[0]), *quotes(found, 2)),
                hints={
                    "policy": policies[0].name,
                    "direction": "Egress",
                    "peers": "port 53 of the cluster's DNS",
                },
            )


ENTRIES = (
    Entry(
        Cause(
            code="network_policy_blocking",
            layer=Layer.INTEGRATION,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"),
            title="A NetworkPolicy blocks its traffic",
            description="A policy selects the workload's pods, and no rule of any policy allows the traffic that it needs.",
            supports=(
                "no ingress rule admits a caller, or no egress rule a dependency or DNS",
                "calls time out and are not refused",
            ),
            rules_out=(
                "some policy allows the traffic",
                "no policy selects either end",
                "connections are refused",
            ),
            neighbours=(
                Neighbour("pod_network_partition", "no policy forbids the traffic"),
                Neighbour(
                    "service_mesh_misconfigured",
                    "the connection comes about, and a sidecar refuses it (403, TLS)",
                ),
                Neighbour(
                    "service_dns_resolution_failure",
                    "port 53 is allowed, and the resolver does not know the name",
                ),
            ),
            remedies=("allow_in_policy_by_hand",),
        ),
        _forbidden,
    ),
)
