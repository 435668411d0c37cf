"""Settings of a workload that name a host or port which no Service has, and what speaks for the right one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from sre_agent.catalogue.addresses import (
    NO_ROUTE,
    Address,
    addresses_in,
    is_cluster_name,
    plain,
    service_at,
    services_known,
    services_plainly_called,
    workload_at,
)
from sre_agent.catalogue.attempts import BROKEN, REFUSED, TIMED_OUT
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG
from sre_agent.catalogue.hearing import Heard, heard, quotes, sayings_of
from sre_agent.catalogue.listening import declared_ports
from sre_agent.catalogue.once import once
from sre_agent.catalogue.roles import Role, role_of
from sre_agent.catalogue.settings import Addressed, addresses_of, same_setting_elsewhere, value_before
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

ALIKE = 0.75
AGREE = 0.6
FITTING = 0.75
UNLIKE = 8
"""Names whose lengths differ by more are not alike; comparing letters is dear where there are thousands."""
_STEM_NOISE = re.compile(
    r"(?:^|[_.-])(?:host|hostname|addr|address|url|uri|endpoint|server|service|svc|port|grpc|http|api|base|rest|backend|upstream|internal|target|client)(?=$|[_.-])",
    re.I,
)


@dataclass
class WrongAddress:
    """One address that leads nowhere, or elsewhere. `service` is there when only the port (or the choice) is wrong."""

    workload: Obj
    named: Addressed
    service: Obj | None
    right: str | None
    reasons: list[str] = field(default_factory=list)
    weight: float = 0.0
    citations: list[Citation] = field(default_factory=list)
    wrong_port: bool = False

    def add(self, weight: float, reason: str, *citations: Citation) -> None:
        self.weight += weight
        self.reasons.append(reason)
        self.citations += citations


@once
def wrong_addresses(picture: Picture) -> tuple[WrongAddress, ...]:
    found = [
        wrong
        for workload in picture.inventory.workloads
        for named in addresses_of(picture, workload)
        if (wrong := _judged(picture, workload, named)) is not None
    ]
    return tuple(found)


def _judged(picture: Picture, workload: Obj, named: Addressed) -> WrongAddress | None:
    address, namespace = named.address, workload.namespace
    service = service_at(picture, address.host, namespace)
    if service is not None:
        wrong = _wrong_port(picture, workload, named, service) or _other_service(
            picture, workload, named, service
        )
    elif address.host != workload.name and _leads_nowhere(picture, address, namespace):
        similar = _similar(picture, address, namespace)
        right = named.setting.value.replace(address.host, similar) if similar else None
        wrong = WrongAddress(workload, named, None, right)
        wrong.add(0.0, f"no Service is called {address.host}", *named.quotes())
    else:
        wrong = None
    if wrong is not None:
        _corroborate(picture, wrong)
    return wrong


def _leads_nowhere(picture: Picture, address: Address, namespace: str) -> bool:
    return (
        is_cluster_name(picture, address.host, namespace)
        and services_known(picture, address.host, namespace)
        and workload_at(picture, address.host, namespace) is None
    )


def _wrong_port(picture: Picture, workload: Obj, named: Addressed, service: Obj) -> WrongAddress | None:
    port = named.address.port
    open_ports = ports_of(picture, service)
    if port is None or not open_ports or port in open_ports or service.dig("spec", "type") == "ExternalName":
        return None
    wrong = WrongAddress(workload, named, service, None, wrong_port=True)
    told = ", ".join(str(one) for one in sorted(open_ports))
    wrong.add(
        STRONG,
        f"{service.ref} has port {told} and no {port}",
        *named.quotes(),
        service.quote("spec", "ports"),
    )
    right = sorted(open_ports)
    if len(right) == 1:
        wrong.right = _with_port(named, right[0])
    if _others_agree(picture, wrong):
        wrong.weight -= STRONG
    return wrong


def ports_of(picture: Picture, service: Obj) -> frozenset[int]:
    """Ports at which a name can be reached; behind a headless Service those of the pods themselves."""
    told = {int(port["port"]) for port in service.items("spec", "ports") if isinstance(port.get("port"), int)}
    if service.dig("spec", "clusterIP") == "None":
        told |= {
            int(port["targetPort"])
            for port in service.items("spec", "ports")
            if isinstance(port.get("targetPort"), int)
        }
        for workload in picture.inventory.workloads_behind(service):
            told |= {
                int(port["containerPort"]) for port in declared_ports(workload) if port.get("containerPort")
            }
    return frozenset(told)


def _with_port(named: Addressed, port: int) -> str:
    if named.port_setting is not None:
        return str(port)
    return named.setting.value.replace(
        f"{named.address.host}:{named.address.port}", f"{named.address.host}:{port}"
    )


def _others_agree(picture: Picture, wrong: WrongAddress) -> bool:
    """Whether other workloads use the same port of that Service: then it is the Service that differs."""
    others = 0
    for workload in picture.inventory.workloads:
        if workload is not wrong.workload and workload.namespace == wrong.workload.namespace:
            others += any(one.address == wrong.named.address for one in addresses_of(picture, workload))
    return others > 0


def _other_service(picture: Picture, workload: Obj, named: Addressed, service: Obj) -> WrongAddress | None:
    """The setting's own name means another Service than the one it leads to."""
    stem = _stem(named)
    if len(stem) < 3 or stem in plain(service.name) or plain(service.name) in stem:
        return None
    meant = _meant(picture, workload, stem)
    behind = picture.inventory.workloads_behind(service)
    if meant is None or any(role_of(one) is Role.GATEWAY for one in behind):
        return None
    right = named.setting.value.replace(named.address.host.split(".")[0], meant.name, 1)
    wrong = WrongAddress(workload, named, service, right)
    wrong.add(SLIGHT, f"its name means {meant.ref}, its value leads to {service.ref}", *named.quotes())
    if plain(meant.name) == stem and _is_named_for_targets(picture, workload, named):
        wrong.add(SLIGHT + SLIGHT / 2, "its other settings are named for what they lead to")
    for one in behind:
        if lost := [said for said in heard(picture, NO_ROUTE) if said[0].speaker.ref == one.ref]:
            wrong.add(FAIR, f"{one.ref} is asked for what it does not have", *quotes(lost, 1))
    return wrong


def _stem(named: Addressed) -> str:
    return plain(_STEM_NOISE.sub("", named.name))


def _meant(picture: Picture, workload: Obj, stem: str) -> Obj | None:
    """The one Service that a setting's name means: of the same namespace, else the only one anywhere of exactly that name."""
    near = [one for one in picture.inventory.of("Service", workload.namespace) if stem in plain(one.name)]
    found = near or services_plainly_called(picture).get(stem, [])
    return found[0] if len(found) == 1 else None


def _is_named_for_targets(picture: Picture, workload: Obj, named: Addressed) -> bool:
    """Whether the other addresses of this workload stand in settings that carry their hosts' names."""
    others = [one for one in addresses_of(picture, workload) if one is not named and len(_stem(one)) >= 3]
    fitting = [one for one in others if _stem(one) in plain(one.address.host.split(".")[0])]
    return len(fitting) >= 2 and len(fitting) >= FITTING * len(others)


def _similar(picture: Picture, address: Address, namespace: str) -> str | None:
    """The name of the Service that was most likely meant."""
    host = address.host.split(".")[0].lower()
    scored = [
        (SequenceMatcher(None, plain(host), plain(one.name)).ratio(), one.name)
        for one in picture.inventory.of("Service", namespace)
        if abs(len(one.name) - len(host)) <= UNLIKE and set(host[:3]) & set(one.name[:3])
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= ALIKE else None


def _corroborate(picture: Picture, wrong: WrongAddress) -> None:
    told = list(_complaints(picture, wrong))
    if told:
        wrong.add(STRONG, "its calls there fail", *quotes(told, 2))
    setting = (
        wrong.named.port_setting if wrong.wrong_port and wrong.named.port_setting else wrong.named.setting
    )
    before = value_before(picture, setting)
    if before is not None:
        wrong.add(FAIR, f"it was {before!r} before")
        wrong.right = before
    elsewhere = same_setting_elsewhere(picture, setting)
    others = {value: count for value, count in elsewhere.items() if value != setting.value}
    common = max(others, key=lambda value: others[value], default="")
    if common and setting.value not in elsewhere and others[common] >= AGREE * sum(others.values()):
        wrong.add(FAIR, f"others have {common!r} there")
        if before is None and (wrong.service is None or not wrong.right):
            wrong.right = common
    elif wrong.service is None and wrong.right:
        wrong.add(SLIGHT, f"{wrong.right} is there")
    if wrong.weight < STRONG and any(
        not is_ready(pod) for pod in picture.inventory.live_pods_of(wrong.workload)
    ):
        wrong.weight += SLIGHT


def _complaints(picture: Picture, wrong: WrongAddress) -> Iterator[Heard]:
    """Failures that this workload tells of that very host, or of that port of its address."""
    for saying in sayings_of(picture, wrong.workload.ref):
        if match := _names(picture, saying.text, wrong.named.address, wrong):
            yield saying, match


def _names(picture: Picture, text: str, address: Address, wrong: WrongAddress) -> re.Match[str] | None:
    if wrong.service is None:
        return re.search(rf"(?<![\w.-]){re.escape(address.host)}(?![\w-])", text)
    failed = REFUSED.search(text) or TIMED_OUT.search(text) or BROKEN.search(text)
    if failed is None:
        return None
    for one in addresses_in(text):
        same = service_at(picture, one.host, wrong.workload.namespace) is wrong.service
        if same and (one.port == address.port or not wrong.wrong_port):
            return failed
    return None
