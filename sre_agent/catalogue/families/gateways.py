"""Gateways and ingresses that send requests to the wrong place, or to none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.addresses import is_cluster_name, service_at, services_known
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.service_addresses import address_lead, is_misroute
from sre_agent.catalogue.once import once
from sre_agent.catalogue.routes import Route, routes_in
from sre_agent.catalogue.settings import value_before
from sre_agent.catalogue.wrong_address import ports_of, wrong_addresses
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

_NOISE = frozenset(
    [
        "api",
        "v1",
        "v2",
        "v3",
        "rest",
        "service",
        "services",
        "svc",
        "internal",
        "public",
        "web",
        "app",
        "rpc",
        "grpc",
        "http",
    ]
)


@once
def known_routes(picture: Picture) -> list[Route]:
    return routes_in(picture)


def _misrouted(picture: Picture) -> Iterable[Lead]:
    for route in known_routes(picture):
        if route.door.kind != "Ingress" and goes_nowhere(picture, route):
            words = f"sends {route.path} to {route.host}, which no Service is"
            yield route_lead(picture, "gateway_misroute", route, words, STRONG + FAIR)
        elif route.door.kind != "Ingress" and (closed := closed_port(picture, route)):
            yield route_lead(picture, "gateway_misroute", route, f"sends {route.path} to {closed}", STRONG)
        elif (meant := _meant(picture, route)) is not None:
            words = f"sends {route.path} to {route.host}, though {meant.ref} is meant"
            firm = FAIR if _others_fit(picture, route) else 0.0
            before = FAIR if route.setting and value_before(picture, route.setting) else 0.0
            if firm or before:
                yield route_lead(picture, "gateway_misroute", route, words, FAIR + firm + before)
    for wrong in wrong_addresses(picture):
        if wrong.weight >= FAIR and is_misroute(wrong):
            yield address_lead(wrong, "gateway_misroute")


def goes_nowhere(picture: Picture, route: Route) -> bool:
    cluster = is_cluster_name(picture, route.host, route.namespace)
    known = services_known(picture, route.host, route.namespace)
    return bool(route.host) and cluster and known and service_at(picture, route.host, route.namespace) is None


def closed_port(picture: Picture, route: Route) -> str:
    service = service_at(picture, route.host, route.namespace)
    if service is None or route.port is None or service.dig("spec", "type") == "ExternalName":
        return ""
    names = {port.get("name") for port in service.items("spec", "ports")}
    open_ports = ports_of(picture, service)
    if route.port in names or route.port in open_ports or not open_ports:
        return ""
    told = ", ".join(str(one) for one in sorted(open_ports))
    return f"port {route.port} of {service.ref}, which has {told}"


def _tokens(path: str) -> list[str]:
    words = re.split(r"[^a-z0-9]+", path.lower())
    return [one for one in words if len(one) >= 3 and one not in _NOISE and not one.isdigit()]


def _fits(name: str, path: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return any(_stem(one) in plain for one in _tokens(path))


def _stem(word: str) -> str:
    word = re.sub(r"service$", "", word) or word
    return word[:-1] if word.endswith("s") and len(word) > 4 else word


def _meant(picture: Picture, route: Route) -> Obj | None:
    """The one Service whose name the path carries, where the target's does not."""
    if (
        not _tokens(route.path)
        or _fits(route.host, route.path)
        or service_at(picture, route.host, route.namespace) is None
    ):
        return None
    found = [one for one in picture.inventory.of("Service", route.namespace) if _fits(one.name, route.path)]
    own = {service.name for service in picture.inventory.services_of(route.door)}
    found = [one for one in found if one.name not in own]
    return found[0] if len(found) == 1 else None


def _others_fit(picture: Picture, route: Route) -> bool:
    """Whether paths are named for their services here: the other routes of the same door do so."""
    others = [
        one
        for one in known_routes(picture)
        if one.door is route.door and one is not route and _tokens(one.path)
    ]
    return bool(others) and sum(_fits(one.host, one.path) for one in others) >= 0.7 * len(others)


def route_lead(picture: Picture, cause: str, route: Route, words: str, weight: float) -> Lead:
    before = value_before(picture, route.setting) if route.setting else None
    hints = route.setting.repair(before) if route.setting and before else {}
    where = (
        f" ({route.setting.name} of {route.setting.holder.ref})"
        if route.setting and route.setting.holder is not route.door
        else ""
    )
    return Lead(
        cause=cause,
        entity=route.door.ref,
        weight=min(weight, DECISIVE + SLIGHT),
        statement=f"{route.door.ref}{where} {words}.",
        citations=(route.citation,),
        hints={**hints, "path": route.path, "backend": route.host},
    )


_DOORS = ("Ingress", "Gateway", "HTTPRoute", "VirtualService", "Deployment", "DaemonSet", "StatefulSet")
ENTRIES = (
    Entry(
        Cause(
            code="gateway_misroute",
            layer=Layer.INTEGRATION,
            entity_kinds=_DOORS,
            title="The gateway sends a path to the wrong service",
            description="A route of the gateway leads a path to a service that is not the one meant, or to none.",
            supports=(
                "the path carries one service's name and the route leads to another",
                "the route leads to a name or port that no Service has",
            ),
            rules_out=("the route leads where the path says, as it did before",),
            neighbours=(
                Neighbour("ingress_misconfigured", "the Ingress names a backend that does not exist"),
                Neighbour(
                    "service_env_var_address_mismatch", "a plain workload, no gateway, has the wrong address"
                ),
                Neighbour("service_mesh_misconfigured", "the route lies inside the mesh, not at its edge"),
            ),
            remedies=("restore_setting", "mend_route_by_hand"),
        ),
        _misrouted,
    ),
)
