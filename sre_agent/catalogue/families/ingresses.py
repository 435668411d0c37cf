"""Ingresses that no controller serves, or that lead to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sre_agent.catalogue.cause import FAIR, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.custom import of_kind
from sre_agent.catalogue.families.front_doors import BAD_CERTIFICATE
from sre_agent.catalogue.families.gateways import closed_port, goes_nowhere, known_routes, route_lead
from sre_agent.catalogue.hearing import heard, quotes
from sre_agent.catalogue.said import pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

_CLASS = "kubernetes.io/ingress.class"
REJECTED = pattern(
    r"ignoring ingress because of error|ingress does not contain a valid IngressClass",
    r"error (?:obtaining|getting) (?:endpoints|service) for|service \"?[\w/-]+\"? (?:does not exist|not found)",
    r"(?:invalid|unknown) (?:annotation|directive)|nginx: \[emerg\]|annotation .{0,80} (?:is not valid|contains invalid)",
    r"host not found in upstream|no matching (?:route|host)|conflicting server name",
)
"""What ingress controllers say of objects that they cannot serve."""


def _ingress(picture: Picture) -> Iterable[Lead]:
    for route in known_routes(picture):
        if route.door.kind != "Ingress":
            continue
        if goes_nowhere(picture, route):
            words = f"sends {route.path} to Service {route.host}, which does not exist"
            yield route_lead(picture, "ingress_misconfigured", route, words, STRONG + FAIR)
        elif closed := closed_port(picture, route):
            yield route_lead(
                picture, "ingress_misconfigured", route, f"sends {route.path} to {closed}", STRONG + FAIR
            )
    yield from _rejected(picture)


def _rejected(picture: Picture) -> Iterator[Lead]:
    """Ingresses that their controller says it cannot serve."""
    told = list(heard(picture, REJECTED))
    for ingress in picture.inventory.of("Ingress"):
        mine = [
            one for one in told if re.search(rf"(?<![\w-]){re.escape(ingress.name)}(?![\w-])", one[0].text)
        ]
        events = [
            event
            for event in picture.events_about(ingress)
            if event.is_warning and not BAD_CERTIFICATE.search(event.message)
        ]
        if mine or events:
            yield Lead(
                cause="ingress_misconfigured",
                entity=ingress.ref,
                weight=STRONG,
                statement=f"The controller cannot serve {ingress.ref}: {(events[-1].message if events else mine[-1][0].text)[:200]}",
                citations=(*quotes(mine, 2), *(event.quote() for event in events[-1:])),
            )


def _no_class(picture: Picture) -> Iterable[Lead]:
    classes = {one.name: one for one in of_kind(picture, "IngressClass", "ingressclasses")}
    looked = picture.looked_at("ingressclasses")
    default = any(
        one.annotations.get("ingressclass.kubernetes.io/is-default-class") == "true"
        for one in classes.values()
    )
    for ingress in picture.inventory.of("Ingress"):
        named = str(ingress.dig("spec", "ingressClassName") or ingress.annotations.get(_CLASS) or "")
        served = bool(ingress.items("status", "loadBalancer", "ingress"))
        if served or (named and (not looked or named in classes)):
            continue
        others = [
            one
            for one in picture.inventory.of("Ingress")
            if one is not ingress and one.dig("spec", "ingressClassName")
        ]
        if named and looked:
            yield _class_lead(
                ingress, f"asks for class {named}, which does not exist", STRONG + FAIR, list(classes)
            )
        elif not named and not default and (looked or others):
            usual = [str(one.dig("spec", "ingressClassName")) for one in others] or list(classes)
            yield _class_lead(ingress, "names no class, and none is the default", STRONG, usual)


def _class_lead(ingress: Obj, words: str, weight: float, usual: list[str]) -> Lead:
    named = ingress.dig("spec", "ingressClassName")
    cited = ingress.quote("spec", "ingressClassName") if named else ingress.quote("spec", "rules")
    return Lead(
        cause="ingress_class_missing",
        entity=ingress.ref,
        weight=weight,
        statement=f"{ingress.ref} {words}: no controller serves it.",
        citations=(cited, ingress.quote("metadata", "name")),
        hints={"ingress_class": usual[0]} if usual else {},
    )


ENTRIES = (
    Entry(
        Cause(
            code="ingress_misconfigured",
            layer=Layer.INTEGRATION,
            entity_kinds=("Ingress", "HTTPRoute"),
            title="The Ingress is wrong",
            description="The Ingress names a backend, a port or a setting with which its controller cannot serve it.",
            supports=(
                "the backend Service or its port does not exist",
                "the controller or an event says what it cannot serve",
            ),
            rules_out=("backend and port exist, and the controller serves it",),
            neighbours=(
                Neighbour("gateway_misroute", "the backend exists and is not the one that is meant"),
                Neighbour("ingress_class_missing", "no controller looks at it at all"),
                Neighbour("service_no_ready_endpoints", "the backend is right and has no ready pod"),
            ),
            remedies=("mend_route_by_hand",),
        ),
        _ingress,
    ),
    Entry(
        Cause(
            code="ingress_class_missing",
            layer=Layer.INTEGRATION,
            entity_kinds=("Ingress",),
            title="No controller serves the Ingress",
            description="The Ingress names no class, or one that does not exist, so that no controller takes it up.",
            supports=("its class does not exist", "it has none, none is the default, and it has no address"),
            rules_out=("its status has an address",),
            neighbours=(Neighbour("ingress_misconfigured", "a controller looks at it and cannot serve it"),),
            remedies=("mend_route_by_hand",),
        ),
        _no_class,
    ),
)
