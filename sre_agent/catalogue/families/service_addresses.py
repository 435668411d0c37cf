"""Callers that look for a dependency in the wrong place, or cannot look up its name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sre_agent.catalogue.addresses import (
    UNRESOLVED_WORDS,
    is_cluster_name,
    service_at,
    services_known,
    unresolved_host,
)
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import Heard, by_speaker, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.once import once
from sre_agent.catalogue.roles import Role, role_of, role_of_name
from sre_agent.catalogue.settings import addresses_of
from sre_agent.catalogue.wrong_address import WrongAddress, wrong_addresses
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

BELIEVED = FAIR
"""A host without a Service alone is no fault: many settings name what is switched off."""
SEVERAL = 3
"""So many workloads that cannot resolve a name that exists have no fault of their own."""


def database_port(picture: Picture, wrong: WrongAddress) -> bool:
    """Whether the wrong port is that of a database, which has a cause of its own."""
    if not wrong.wrong_port or wrong.service is None:
        return False
    behind = [*picture.inventory.workloads_behind(wrong.service)]
    behind += [picture.inventory.top_owner(pod) for pod in picture.inventory.pods_behind(wrong.service)]
    named = Role.DATABASE in (role_of_name(wrong.service.name), role_of_name(wrong.named.name))
    return named or any(role_of(one) is Role.DATABASE for one in behind)


def _wrong_address(picture: Picture) -> Iterable[Lead]:
    for wrong in wrong_addresses(picture):
        if wrong.weight >= BELIEVED and not database_port(picture, wrong) and not is_misroute(wrong):
            yield address_lead(wrong, "service_env_var_address_mismatch")


def is_misroute(wrong: WrongAddress) -> bool:
    """Whether it is a gateway's own route, which leads to another Service that is there."""
    return wrong.service is not None and not wrong.wrong_port and role_of(wrong.workload) is Role.GATEWAY


def address_lead(wrong: WrongAddress, cause: str) -> Lead:
    setting = wrong.named.setting
    place = (wrong.named.port_setting or setting) if wrong.wrong_port else setting
    where = f" (in {setting.holder.ref})" if setting.holder is not wrong.workload else ""
    right = place.repair(wrong.right) if wrong.right else {}
    but = "; ".join(wrong.reasons[:3])
    return Lead(
        cause,
        wrong.workload.ref,
        min(wrong.weight, DECISIVE + FAIR),
        f"{wrong.workload.ref}: {setting.name}{where} is {wrong.named.address}, but {but}.",
        tuple(dict.fromkeys(wrong.citations)),
        hints={**right, "address": str(wrong.named.address)},
    )


def _unresolved(picture: Picture) -> Iterable[Lead]:
    """Names that exist and are not found by one workload, while its resolver's settings or others tell why."""
    told = by_speaker(heard(picture, UNRESOLVED_WORDS))
    misnamed = {(id(one.workload), one.named.address.host.lower()) for one in wrong_addresses(picture)}
    seen: set[int] = set()
    for found in told.values():
        workload = found[0][0].speaker.workload
        key = id(workload)
        mine = [one for one in found if not workload or (key, unresolved_host(one[0].text)) not in misnamed]
        if mine:
            yield _dns_lead(picture, mine, len(told))
            seen.add(id(workload))
    for workload in picture.inventory.workloads:
        if id(workload) not in seen and (cited := resolver_fault(picture, workload)):
            yield _resolver_lead(workload, cited, STRONG)


def _dns_lead(picture: Picture, found: list[Heard], spread: int) -> Lead:
    speaker, host = found[-1][0].speaker, unresolved_host(found[-1][0].text)
    exists = bool(host) and service_at(picture, host, speaker.namespace) is not None
    # Where nobody listed the Services, the name it asks for may be wrong as well as its resolver.
    unseen = "" if exists or picture.looked_at("services") else "services"
    cited = resolver_fault(picture, speaker.workload) if speaker.workload else ()
    if cited and speaker.workload:
        return _resolver_lead(speaker.workload, (*cited, *quotes(found, 2)), DECISIVE)
    if not exists and spread < SEVERAL and host and _is_nowhere(picture, host, speaker.namespace):
        return _misnamed(found, host)
    weight = STRONG - least_doubt(found) - (FAIR if exists and spread >= SEVERAL else 0.0)
    others = "" if spread > 1 else ", while nobody else complains of names"
    return Lead(
        cause="service_dns_resolution_failure",
        entity=speaker.ref,
        weight=weight,
        statement=f"{speaker.ref} cannot resolve {host or 'the names of what it calls'}{others}: "
        f"{shortly(found[-1])}",
        citations=quotes(found),
        hints={"host": host},
        unseen=unseen,
    )


def _is_nowhere(picture: Picture, host: str, namespace: str) -> bool:
    """A name that only a Service could have, and none has."""
    return is_cluster_name(picture, host, namespace) and services_known(picture, host, namespace)


def _misnamed(found: list[Heard], host: str) -> Lead:
    """The name it asks for is that of no Service, wherever it has it from: its settings were not all read."""
    ref = found[-1][0].speaker.ref
    return Lead(
        cause="service_env_var_address_mismatch",
        entity=ref,
        weight=STRONG - SLIGHT / 2 - least_doubt(found),
        statement=f"{ref} calls {host}, which no Service is: {shortly(found[-1])}",
        citations=quotes(found),
    )


_CLUSTER_FIRST = ("ClusterFirst", "ClusterFirstWithHostNet", None, "")


def resolver_fault(picture: Picture, workload: Obj) -> tuple[Citation, ...]:
    """A DNS setting under which the cluster's names, which this workload's settings use, cannot be found."""
    template = workload.pod_template()
    policy, config = template.get("dnsPolicy"), template.get("dnsConfig") or {}
    uses = [
        one
        for one in addresses_of(picture, workload)
        if service_at(picture, one.address.host, workload.namespace)
    ]
    if not uses:
        return ()
    on_host = bool(template.get("hostNetwork")) and policy in ("ClusterFirst", None, "")
    if policy == "Default" or on_host:
        cited = workload.source.quote(
            '"dnsPolicy": "Default"' if policy == "Default" else '"hostNetwork": true'
        )
        return (cited, uses[0].setting.quote())
    servers = [str(one) for one in config.get("nameservers") or []]
    known = _cluster_resolvers(picture)
    foreign = servers and not set(servers) & known and (bool(known) or not _looks_right(servers, config))
    if policy == "None" and foreign:
        return (workload.source.quote('"dnsPolicy": "None"'), uses[0].setting.quote())
    return ()


def _looks_right(servers: list[str], config: Mapping[str, Any]) -> bool:
    """A private address and the cluster's search list: a resolver on the node that asks the cluster's, say."""
    searches = [str(one) for one in config.get("searches") or []]
    private = re.compile(r"^(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|169\.254\.)")
    return any("svc." in one for one in searches) and all(private.match(one) for one in servers)


@once
def _cluster_resolvers(picture: Picture) -> set[str]:
    """Addresses of the cluster's own DNS, where its Service was read; of others' settings otherwise."""
    found: dict[str, int] = defaultdict(int)
    for service in picture.inventory.of("Service"):
        ports = [port.get("port") for port in service.items("spec", "ports")]
        if "dns" in service.name and 53 in ports:
            found[str(service.dig("spec", "clusterIP"))] += 1
    return set(found)


def _resolver_lead(workload: Obj, cited: tuple[Citation, ...], weight: float) -> Lead:
    policy = workload.pod_template().get("dnsPolicy") or "ClusterFirst on the host's network"
    return Lead(
        cause="service_dns_resolution_failure",
        entity=workload.ref,
        weight=weight,
        statement=f"{workload.ref} asks a resolver that does not know the cluster's names (dnsPolicy {policy}).",
        citations=cited,
    )


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="service_env_var_address_mismatch",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="Its settings name a wrong address of a dependency",
            description="A variable or configuration key of the workload names a host that no Service has, or a port that the Service does not have.",
            supports=(
                "the port in the setting is none of the Service's ports",
                "no Service has the name in the setting, and the workload's calls there fail",
                "the value was another in the revision before, or is another in other workloads",
            ),
            rules_out=(
                "host and port in the setting are those of a Service",
                "calls to that address succeed",
            ),
            neighbours=(
                Neighbour(
                    "service_port_mapping_mismatch",
                    "every caller uses that port; the Service's own mapping is wrong",
                ),
                Neighbour(
                    "service_dns_resolution_failure",
                    "the Service of that name exists and its name is not found",
                ),
                Neighbour("mysql_invalid_port", "the wrong port is that of a database"),
                Neighbour(
                    "upstream_dependency_failure", "the address is right and what answers there is ill"
                ),
            ),
            remedies=("restore_setting", "undo_rollout"),
        ),
        _wrong_address,
    ),
    Entry(
        Cause(
            code="service_dns_resolution_failure",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="It cannot resolve the names of its dependencies",
            description="Names that exist are not found from this workload, while others find them: its resolver is the cause.",
            supports=(
                "its errors say that a name could not be resolved",
                "its dnsPolicy or dnsConfig asks a resolver that does not know the cluster's names",
            ),
            rules_out=(
                "the name it asks for exists nowhere",
                "workloads all over the cluster fail to resolve names",
            ),
            neighbours=(
                Neighbour("coredns_unavailable", "many workloads on several nodes cannot resolve names"),
                Neighbour(
                    "service_env_var_address_mismatch", "the name in its settings is that of no Service"
                ),
                Neighbour("network_policy_blocking", "a policy forbids its pods to ask port 53"),
            ),
            remedies=("repair_dns_by_hand",),
        ),
        _unresolved,
    ),
)
