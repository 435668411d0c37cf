"""Failures handed on by something that is called, inside the cluster or outside of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sre_agent.catalogue.addresses import UNRESOLVED_WORDS, Address, addresses_in, is_cluster_name, service_at
from sre_agent.catalogue.attempts import BROKEN, REFUSED, TIMED_OUT, Attempts, attempts_at
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import external
from sre_agent.catalogue.gauges import Gauge, moves_of, strongest
from sre_agent.catalogue.hearing import Heard, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.roles import Role, role_of_name, role_of_port
from sre_agent.catalogue.said import OFTEN, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

_ANSWERED_ILL = pattern(
    r"(?:status|code|HTTP/\d(?:\.\d)?\"?)\D{0,12}50[0234]\b|\b50[0234] (?:Internal|Bad Gateway|Service|Gateway|error|response)|answered (?:with )?50[0234]\b",
    r"internal server error|bad gateway|service unavailable|code = (?:Internal|Unavailable|Unknown)|\bUNAVAILABLE\b",
)
_OUR_OWN = re.compile(
    r"(?:^|\.)(?:svc|cluster|local|internal|localdomain|test)$|^169\.254\.|^metadata\.", re.I
)
_READING = re.compile(
    r"(?:see|visit|refer to|more (?:info\w*|details?)|documentation|help|docs?)\b[^\n]{0,40}https?://|github\.(?:io|com)|readthedocs|^docs?\.|\.org/docs|go\.microsoft|aka\.ms",
    re.I,
)
"""Links for people to read are called by nobody."""
_PUBLIC = re.compile(r"^(?=.*[a-z])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}$", re.I)


def _callees(picture: Picture) -> Iterator[tuple[Obj, Obj, Attempts]]:
    """(service, workload behind it, attempts) of every Service at which calls fail."""
    for service in picture.inventory.of("Service"):
        attempts = attempts_at(picture, service)
        target = picture.inventory.workload_named(service.name, service.namespace)
        if attempts.heard and target is not None:
            yield service, target, attempts


def _fails(picture: Picture) -> Iterable[Lead]:
    answered = _ill_answers(picture)
    for service, target, attempts in _callees(picture):
        found = [*attempts.refused, *attempts.broken, *answered.pop(service.name, [])]
        if found:
            yield _failing(picture, target, service.name, found)
    for name, found in answered.items():
        behind = picture.inventory.workload_named(name, found[0][0].speaker.namespace)
        if behind is not None:
            yield _failing(picture, behind, name, found)


def _ill_answers(picture: Picture) -> dict[str, list[Heard]]:
    """Service name → complaints of callers that it answered with an error."""
    told: dict[str, list[Heard]] = {}
    for saying, match in heard(picture, _ANSWERED_ILL):
        for address in addresses_in(saying.text):
            service = service_at(picture, address.host, saying.speaker.namespace)
            if service is not None and service.name != saying.speaker.ref.name:
                told.setdefault(service.name, []).append((saying, match))
    return told


def _failing(picture: Picture, target: Obj, name: str, found: list[Heard]) -> Lead:
    callers = tuple(dict.fromkeys(one[0].speaker.ref for one in found))
    answered = [one for one in found if _ANSWERED_ILL.search(one[0].text) and not REFUSED.search(one[0].text)]
    ill = _is_ill(picture, target) or _again_and_again(answered)
    return Lead(
        cause="upstream_dependency_failure",
        entity=target.ref,
        weight=(STRONG + SLIGHT / 2 if ill else FAIR - SLIGHT) - least_doubt(found),
        statement=f"{', '.join(str(one) for one in callers[:3])} fails because its calls to {name} fail: {shortly(found[-1])}",
        citations=quotes(found),
        hints={"caller": callers[0].name, "callee": name},
    )


def _again_and_again(found: list[Heard]) -> bool:
    """Whether it was said so often that it is no hiccup, by those who name it."""
    return bool(found) and sum(saying.count for saying, _ in found) >= OFTEN and least_doubt(found) == 0.0


def _is_ill(picture: Picture, workload: Obj) -> bool:
    """Whether its own errors or latency rose too."""
    return any(
        strongest(moves_of(picture, workload, one), up=True) for one in (Gauge.ERRORS, Gauge.LATENCY)
    ) or bool(strongest(moves_of(picture, workload, Gauge.SUCCESS), up=False))


def _too_late(picture: Picture) -> Iterable[Lead]:
    for service, target, attempts in _callees(picture):
        if not attempts.timed_out or len(attempts.refused) > len(attempts.timed_out):
            continue
        slow = strongest(moves_of(picture, target, Gauge.LATENCY), up=True)
        reached = [one for one in attempts.timed_out if not UNRESOLVED_WORDS.search(one[0].text)]
        lasts = slow is not None or _again_and_again(reached)
        yield Lead(
            cause="upstream_timeout",
            entity=target.ref,
            weight=(STRONG + SLIGHT / 2 if lasts else FAIR - SLIGHT / 2) - least_doubt(attempts.timed_out),
            statement=f"Calls to {service.name} end by their callers' time limit: {shortly(attempts.timed_out[-1])}",
            citations=(*quotes(attempts.timed_out), *((slow.quote(),) if slow else ())),
            hints={"callee": service.name},
        )


def _outside(picture: Picture) -> Iterable[Lead]:
    groups: dict[str, list[Heard]] = {}
    for words in (REFUSED, TIMED_OUT, BROKEN, _ANSWERED_ILL):
        for saying, match in heard(picture, words):
            for address in addresses_in(_READING.sub(" ", saying.text)):
                known = (
                    groups.setdefault(address.host, [])
                    if _is_outside(picture, address, saying.speaker.namespace)
                    else None
                )
                if known is not None and all(saying is not one[0] for one in known):
                    known.append((saying, match))
    for host, found in groups.items():
        yield _outage(host, found)


def _is_outside(picture: Picture, address: Address, namespace: str) -> bool:
    """A public name that belongs to nobody here; databases and queues that others run have causes of their own."""
    host = address.host
    ours = (
        _OUR_OWN.search(host)
        or is_cluster_name(picture, host, namespace)
        or service_at(picture, host, namespace)
    )
    is_data = {role_of_name(host), role_of_port(address.port)} & {Role.DATABASE, Role.CACHE, Role.QUEUE}
    return bool(_PUBLIC.match(host)) and not ours and not is_data


def _outage(host: str, found: list[Heard]) -> Lead:
    callers = tuple(dict.fromkeys(one[0].speaker.ref for one in found))
    entity: EntityRef = external(Address(host))
    return Lead(
        cause="third_party_outage",
        entity=entity,
        weight=STRONG - least_doubt(found) + (SLIGHT if len(callers) > 1 else 0.0),
        statement=f"{host}, which lies outside of the cluster, fails for {', '.join(str(one) for one in callers[:3])}: "
        f"{shortly(found[-1])}",
        citations=quotes(found),
        hints={"host": host, "callers": [one.name for one in callers]},
    )


_TARGETS = ("Deployment", "StatefulSet", "DaemonSet", "Service", "Dependency")
ENTRIES = (
    Entry(
        Cause(
            code="upstream_dependency_failure",
            layer=Layer.INTEGRATION,
            entity_kinds=_TARGETS,
            title="Something it calls fails",
            description="Callers fail because the named dependency fails, and nothing more exact is known of it.",
            supports=("callers' errors name the dependency", "the dependency's own errors or latency rose"),
            rules_out=("the dependency answers as it did before",),
            neighbours=(
                Neighbour("upstream_timeout", "calls end by the caller's time limit, not by an error"),
                Neighbour("service_no_ready_endpoints", "the dependency has no ready pod at all"),
                Neighbour("third_party_outage", "the dependency lies outside of the cluster"),
            ),
            remedies=("look_at_dependency_by_hand",),
            depth=Depth.SYMPTOM,
        ),
        _fails,
    ),
    Entry(
        Cause(
            code="upstream_timeout",
            layer=Layer.INTEGRATION,
            entity_kinds=_TARGETS,
            title="Something it calls answers too late",
            description="Calls to the dependency end by the caller's time limit; why it is late is not known.",
            supports=(
                "'deadline exceeded', 'timed out' or 504 with the dependency's name",
                "the dependency's latency rose",
            ),
            rules_out=("calls are refused or answered with an error at once",),
            neighbours=(
                Neighbour("upstream_dependency_failure", "it answers with an error, or refuses"),
                Neighbour("pod_network_delay", "its callers and itself are slow and its processor is idle"),
                Neighbour("network_policy_blocking", "a policy forbids the call"),
            ),
            remedies=("look_at_dependency_by_hand",),
            depth=Depth.SYMPTOM,
        ),
        _too_late,
    ),
    Entry(
        Cause(
            code="third_party_outage",
            layer=Layer.INTEGRATION,
            entity_kinds=("Dependency",),
            title="Somebody else's service fails",
            description="A service outside of the cluster, run by others, fails or does not answer.",
            supports=(
                "errors name a host outside of the cluster",
                "several workloads that call it fail at the same time",
            ),
            rules_out=("only one workload fails there, with a refusal of its own credentials or rate",),
            neighbours=(
                Neighbour("upstream_dependency_failure", "the dependency is a workload of the cluster"),
                Neighbour("expired_credentials", "it answers, and refuses the credential"),
                Neighbour("rate_limited", "it answers, and refuses for the rate"),
                Neighbour("network_policy_blocking", "a policy lets nothing out of the cluster"),
            ),
            remedies=("wait_for_third_party_by_hand",),
        ),
        _outside,
    ),
)
