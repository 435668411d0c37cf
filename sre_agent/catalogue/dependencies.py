"""Which dependency a complaint is about: by an address in it, by its name, or as the only one of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sre_agent.catalogue.addresses import Address, addresses_in, service_at, unresolved_host, workload_at
from sre_agent.catalogue.cause import FAIR, SLIGHT
from sre_agent.catalogue.hearing import Heard, Saying, by_speaker, heard, least_doubt, quotes
from sre_agent.catalogue.roles import Role, having_role, role_of, role_of_name, role_of_port
from sre_agent.catalogue.settings import addresses_of
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import containers_of, is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


@dataclass
class Blamed:
    """One dependency, with what was heard of it. `workload` is None for what lies outside the cluster."""

    ref: EntityRef
    workload: Obj | None
    address: Address | None = None
    heard: list[Heard] = field(default_factory=list)

    @property
    def own_words(self) -> list[Heard]:
        """What it says of itself."""
        return [one for one in self.heard if one[0].speaker.ref == self.ref]

    @property
    def callers(self) -> tuple[EntityRef, ...]:
        return tuple(
            dict.fromkeys(one[0].speaker.ref for one in self.heard if one[0].speaker.ref != self.ref)
        )

    @property
    def doubt(self) -> float:
        return least_doubt(self.heard)

    def quotes(self, most: int = 3) -> tuple[Citation, ...]:
        """Its own words first, then its callers'."""
        own = self.own_words
        others = [one for one in self.heard if one not in own]
        return tuple(dict.fromkeys([*quotes(own, 2), *quotes(others, most)]))[:most]

    def told(self) -> str:
        """`Deployment a/b (host:port)`."""
        address = f" ({self.address})" if self.address and self.address.host != self.ref.name else ""
        return f"{self.ref}{address}"


def blamed_for(picture: Picture, found: Iterable[Heard], role: Role) -> list[Blamed]:
    """The dependencies of that role that these complaints are about, each with its complaints."""
    groups: dict[EntityRef, Blamed] = {}
    for saying, match in found:
        blamed = dependency_of(picture, saying, role)
        if blamed is not None:
            groups.setdefault(blamed.ref, blamed).heard.append((saying, match))
    return list(groups.values())


def dependency_of(picture: Picture, saying: Saying, role: Role) -> Blamed | None:
    """The speaker itself where it has that role; else whom the line names; else the only one its settings lead to."""
    speaker = saying.speaker
    own = speaker.workload
    if (role_of(own) if own else role_of_name(speaker.ref.name)) is role:
        return Blamed(speaker.ref, own)
    namespace = speaker.namespace
    for address in [*addresses_in(saying.text), *_looked_up(saying)]:
        workload = workload_at(picture, address.host, namespace)
        if workload is not None and workload is not own and _fits(workload, address, role):
            return Blamed(workload.ref, workload, address)
        if (
            workload is None
            and service_at(picture, address.host, namespace) is None
            and _looks_like(address, role)
        ):
            alone = _only_one(picture, own, namespace, role)
            if alone is not None and _may_be_at(picture, alone, address):
                return replace(alone, address=address)
            return Blamed(external(address, role), None, address)
    return _only_one(picture, own, namespace, role)


def _may_be_at(picture: Picture, alone: Blamed, address: Address) -> bool:
    """Whether an address of digits is that of the only such dependency: its Service has the port, and nobody told its address."""
    if alone.workload is None or not re.fullmatch(r"[\d.]+", address.host):
        return False
    services = picture.inventory.services_of(alone.workload)
    if alone.workload.implied and all(one.implied for one in services):
        return role_of_port(address.port) is role_of(alone.workload)
    ports = {port.get("port") for service in services for port in service.items("spec", "ports")}
    return address.port in ports and not any(service.dig("spec", "clusterIP") for service in services)


def _looked_up(saying: Saying) -> list[Address]:
    host = unresolved_host(saying.text)
    return [Address(host)] if host else []


def _fits(workload: Obj, address: Address, role: Role) -> bool:
    return role_of(workload) in (role, None) or role_of_port(address.port) is role


def _looks_like(address: Address, role: Role) -> bool:
    return role in (role_of_name(address.host), role_of_port(address.port), _role_of_scheme(address.scheme))


def _role_of_scheme(scheme: str) -> Role | None:
    return role_of_name(scheme.removeprefix("jdbc:").replace("amqps", "rabbitmq").replace("amqp", "rabbitmq"))


def external(address: Address, role: Role | None = None) -> EntityRef:
    """What is not an object of the cluster, named as people call it."""
    return EntityRef(kind=(role or "dependency").capitalize(), name=address.host)


def _only_one(picture: Picture, own: Obj | None, namespace: str, role: Role) -> Blamed | None:
    """Whom its settings or its calls lead to with that role; else the only one of the namespace."""
    reached: dict[EntityRef, Obj] = {}
    if own is not None:
        named = [one.address.host for one in addresses_of(picture, own)]
        for host in [*named, *picture.calls.get(own.name, ())]:
            workload = workload_at(picture, host, namespace)
            if workload is not None and workload is not own and role_of(workload) is role:
                reached[workload.ref] = workload
    if not reached:
        reached = {one.ref: one for one in having_role(picture, role) if one.namespace == namespace}
    return Blamed(*next(iter(reached.items()))) if len(reached) == 1 else None


def complaints_by_client(
    picture: Picture, pattern: re.Pattern[str], role: Role
) -> Mapping[EntityRef, list[Heard]]:
    """Complaints of those who are not of that role themselves, by the one who complains."""
    groups = by_speaker(heard(picture, pattern))
    return {
        ref: found
        for ref, found in groups.items()
        if (role_of(found[0][0].speaker.workload) if found[0][0].speaker.workload else None) is not role
    }


def standing(picture: Picture, blamed: Blamed) -> float:
    """What its pods add to the belief that it cannot be reached: none ready speaks for it.

    Where its own containers wait or end, that is the deeper fault, and being out of reach is what one sees of it.
    """
    if blamed.workload is None:
        return 0.0
    pods = picture.inventory.live_pods_of(blamed.workload)
    views = [view for pod in pods for view in containers_of(pod)]
    if any(view.waiting or (view.restarts and not view.ready) for view in views):
        return -FAIR
    return SLIGHT if not any(is_ready(pod) for pod in pods) else 0.0
