"""Services that hand traffic to a port, or by a protocol, on which no program answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from sre_agent.catalogue.attempts import Attempts, attempts_at
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.listening import Listening, declared_ports, listening
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, Raw
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture


def served_ports(picture: Picture) -> Iterator[tuple[Obj, Obj, Raw]]:
    """(service, workload behind it, port entry) of every Service that has a workload behind it."""
    for service in picture.inventory.of("Service"):
        behind = picture.inventory.workloads_behind(service)
        if behind and service.dig("spec", "type") != "ExternalName":
            for port in service.items("spec", "ports"):
                yield service, behind[0], port


def target_of(port: Raw) -> int | str:
    """What the Service sends traffic to; the API fills in the port itself."""
    target = port.get("targetPort")
    if isinstance(target, str) and target.isdigit():
        return int(target)
    return target if isinstance(target, int | str) and target else int(port.get("port") or 0)


def _wrong_target(picture: Picture) -> Iterable[Lead]:
    for service, workload, port in served_ports(picture):
        target = target_of(port)
        if _is_declared(picture, service, target):
            continue
        known, attempts = listening(picture, workload), attempts_at(picture, service)
        if not known or _is_met(target, known) or attempts.answered or port.get("protocol", "TCP") != "TCP":
            continue
        right = _right_port(port, known)
        if right is not None:
            yield _target_lead(service, workload, (port, target), right, attempts)


def _is_declared(picture: Picture, service: Obj, target: int | str) -> bool:
    """Whether any workload behind the Service declares that port: it may have several, as in a canary."""
    return any(
        target in (port.get("containerPort"), port.get("name"))
        for workload in picture.inventory.workloads_behind(service)
        for port in declared_ports(workload)
    )


def _is_met(target: int | str, known: Sequence[Listening]) -> bool:
    return any(target in (one.port, one.name) for one in known)


def _right_port(port: Raw, known: Sequence[Listening]) -> Listening | None:
    """The port of the entry's own name, else of its own number, else the first that is firm."""
    named = [one for one in known if one.name and one.name == port.get("name")]
    same = [one for one in known if one.port == port.get("port")]
    return next(iter([*named, *same, *(one for one in known if one.firm), *known]), None)


def _target_lead(
    service: Obj, workload: Obj, mapped: tuple[Raw, int | str], right: Listening, attempts: Attempts
) -> Lead:
    port, target = mapped
    several = len(service.items("spec", "ports")) > 1
    weight = STRONG if right.firm else FAIR
    weight += FAIR if attempts.refused or attempts.failed_probes else SLIGHT if attempts.failed else 0.0
    said = "named port" if isinstance(target, str) else "port"
    return Lead(
        cause="service_port_mapping_mismatch",
        entity=service.ref,
        weight=weight - (FAIR if several and not attempts.failed else 0.0),
        statement=f"{service.ref} sends port {port.get('port')} to {said} {target}, but {workload.ref} "
        f"listens on {right.port}: connections are refused.",
        citations=(_quote_target(service, port), right.citation, *attempts.citations()),
        hints={"port": int(port.get("port") or 0), "target_port": right.port},
    )


def _quote_target(service: Obj, port: Raw) -> Citation:
    told = {key: port[key] for key in ("port", "targetPort", "protocol") if key in port}
    return service.source.quote(
        as_written("targetPort", told["targetPort"])
        if "targetPort" in told
        else as_written("port", port.get("port"))
    )


def _wrong_protocol(picture: Picture) -> Iterable[Lead]:
    for service, workload, port in served_ports(picture):
        protocol, target = str(port.get("protocol") or "TCP"), target_of(port)
        spoken = _spoken(picture, workload, target)
        if spoken is None or spoken.protocol == protocol or _also_served(service, port, spoken.protocol):
            continue
        declares_both = {
            one.get("protocol") or "TCP"
            for one in declared_ports(workload)
            if one.get("containerPort") == target
        }
        if protocol in declares_both:
            continue
        attempts = attempts_at(picture, service)
        yield Lead(
            cause="service_protocol_mismatch",
            entity=service.ref,
            weight=DECISIVE - (0.0 if spoken.firm else FAIR) + (FAIR if attempts.failed else 0.0),
            statement=f"{service.ref} carries port {port.get('port')} by {protocol}, but {workload.ref} "
            f"speaks {spoken.protocol} on {spoken.port}: nothing that is sent by {spoken.protocol} reaches it.",
            citations=(
                service.source.quote(as_written("protocol", protocol)),
                _quote_port(service),
                spoken.citation,
                *attempts.citations(),
            ),
            hints=_protocol_hints(port, spoken.protocol),
        )


def _protocol_hints(port: Raw, protocol: str) -> dict[str, JsonValue]:
    return {"port": int(port.get("port") or 0), "protocol": protocol}


def _spoken(picture: Picture, workload: Obj, target: int | str) -> Listening | None:
    """What the program speaks on the target; a port that is declared nowhere is told by a probe or setting."""
    return next((one for one in listening(picture, workload) if target in (one.port, one.name)), None)


def _also_served(service: Obj, port: Raw, protocol: str) -> bool:
    """A Service may carry one port by both protocols, as DNS does."""
    others = [
        one for one in service.items("spec", "ports") if one is not port and target_of(one) == target_of(port)
    ]
    return any((one.get("protocol") or "TCP") == protocol for one in others)


def _quote_port(service: Obj) -> Citation:
    return service.quote("spec", "ports")


ENTRIES = (
    Entry(
        Cause(
            code="service_port_mapping_mismatch",
            layer=Layer.INTEGRATION,
            entity_kinds=("Service",),
            title="The Service's targetPort is not the port of the program",
            description="The Service finds its pods, but sends traffic to a port of theirs on which nothing listens.",
            supports=(
                "the targetPort is neither declared nor served by the containers behind the Service",
                "a named targetPort stands at no container",
                "connections to the Service are refused while its pods are ready",
            ),
            rules_out=(
                "a connection to the Service's port succeeds",
                "the container declares the targetPort",
            ),
            neighbours=(
                Neighbour("service_selector_mismatch", "the Service finds no pod at all"),
                Neighbour("service_protocol_mismatch", "the number is right and the protocol is not"),
                Neighbour(
                    "service_env_var_address_mismatch", "the Service is right; one caller uses another port"
                ),
                Neighbour("readiness_probe_incorrect_port", "the pods are not ready"),
            ),
            remedies=("repair_service_port",),
        ),
        _wrong_target,
    ),
    Entry(
        Cause(
            code="service_protocol_mismatch",
            layer=Layer.INTEGRATION,
            entity_kinds=("Service",),
            title="The Service carries another protocol than the program speaks",
            description="Port and targetPort are right, but the Service forwards UDP (or SCTP) for a program that speaks TCP, or the reverse.",
            supports=(
                "the Service port's protocol differs from that of the container's port",
                "callers get no connection though endpoints are ready",
            ),
            rules_out=(
                "the Service also carries the port by the other protocol",
                "the container's port has the same protocol",
            ),
            neighbours=(
                Neighbour(
                    "service_port_mapping_mismatch", "the protocol is right and the port number is not"
                ),
                Neighbour("network_policy_blocking", "protocols agree, and a policy selects the pods"),
            ),
            remedies=("repair_service_port",),
        ),
        _wrong_protocol,
    ),
)
