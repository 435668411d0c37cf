"""Clients that ask their database at a port it does not have, by their settings or by their own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sre_agent.catalogue.addresses import Address, addresses_in, service_at, workload_at
from sre_agent.catalogue.attempts import BROKEN, REFUSED, TIMED_OUT
from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.database_reach import UNREACHABLE
from sre_agent.catalogue.families.service_addresses import address_lead, database_port
from sre_agent.catalogue.hearing import Heard, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.roles import Role, role_of, role_of_name
from sre_agent.catalogue.settings import addresses_of
from sre_agent.catalogue.wrong_address import ports_of, wrong_addresses
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


def _wrong_port(picture: Picture) -> Iterable[Lead]:
    told: set[str] = set()
    for wrong in wrong_addresses(picture):
        if wrong.wrong_port and wrong.weight > 0:
            told.add(str(wrong.workload.ref))
            if database_port(picture, wrong):
                yield address_lead(wrong, "mysql_invalid_port")
    yield from (lead for lead in _heard_ports(picture, Role.DATABASE) if str(lead.entity) not in told)


def _other_port(picture: Picture) -> Iterable[Lead]:
    told = {str(wrong.workload.ref) for wrong in wrong_addresses(picture) if wrong.wrong_port}
    yield from (lead for lead in _heard_ports(picture, None) if str(lead.entity) not in told)


def _heard_ports(picture: Picture, role: Role | None) -> Iterator[Lead]:
    """Failed calls to a name that a Service has, at a port that it has not: the setting itself may be hidden in a Secret."""
    groups: dict[tuple[str, str], list[Heard]] = {}
    places: dict[tuple[str, str], tuple[Obj, Address]] = {}
    for words in (REFUSED, TIMED_OUT, BROKEN, UNREACHABLE.pattern):
        for saying, match in heard(picture, words):
            for address in addresses_in(saying.text):
                service = _closed_at(picture, address, saying.speaker.namespace)
                if service is None or (_is_database(picture, service) is not (role is Role.DATABASE)):
                    continue
                key = (str(saying.speaker.ref), str(address))
                groups.setdefault(key, []).append((saying, match))
                places[key] = (service, address)
    for key, found in groups.items():
        yield _heard_lead(picture, found, *places[key], role)


def _closed_at(picture: Picture, address: Address, namespace: str) -> Obj | None:
    """The Service of that name, where it has ports and not this one. An address of digits may be a pod's own."""
    if address.port is None or address.host.replace(".", "").isdigit():
        return None
    service = service_at(picture, address.host, namespace)
    if service is None or service.dig("spec", "type") == "ExternalName":
        return None
    open_ports = ports_of(picture, service)
    return service if open_ports and address.port not in open_ports else None


def _is_database(picture: Picture, service: Obj) -> bool:
    behind = [*picture.inventory.workloads_behind(service)]
    behind += [picture.inventory.top_owner(pod) for pod in picture.inventory.pods_behind(service)]
    return any(role_of(one) is Role.DATABASE for one in behind) or role_of_name(service.name) is Role.DATABASE


def _heard_lead(
    picture: Picture, found: list[Heard], service: Obj, address: Address, role: Role | None
) -> Lead:
    ref = found[-1][0].speaker.ref
    told = ", ".join(str(one) for one in sorted(ports_of(picture, service)))
    return Lead(
        cause="mysql_invalid_port" if role is Role.DATABASE else "service_env_var_address_mismatch",
        entity=ref,
        weight=DECISIVE - least_doubt(found),
        statement=f"{ref} asks {address}, but {service.ref} has port {told}: {shortly(found[-1])}",
        citations=(*quotes(found, 2), service.quote("spec", "ports")),
        hints={"address": str(address)},
    )


def refused_alone(picture: Picture) -> Iterable[Lead]:
    """One client of a ready database is refused while its other clients are not: its own, unseen address is suspect."""
    clients: dict[str, list[Heard]] = {}
    for one in [*heard(picture, REFUSED), *UNREACHABLE.heard(picture)]:
        if UNREACHABLE.pattern.search(one[0].text):
            clients.setdefault(str(one[0].speaker.ref), []).append(one)
    databases = [one for one in picture.inventory.workloads if role_of(one) is Role.DATABASE]
    well = len(databases) == 1 and all(is_ready(pod) for pod in picture.inventory.live_pods_of(databases[0]))
    others = _other_clients(picture, databases[0], set(clients)) if well and len(clients) == 1 else 0
    found = next(iter(clients.values()), [])
    if others and not _asks_rightly(picture, found, databases[0]):
        ref = found[-1][0].speaker.ref
        yield Lead(
            cause="mysql_invalid_port",
            entity=ref,
            weight=FAIR + SLIGHT / 2 - least_doubt(found),
            statement=f"{ref} alone gets no connection to {databases[0].ref}, which is ready and serves {others} others: "
            f"the address or port that it uses is suspect: {shortly(found[-1])}",
            citations=quotes(found),
        )


def _asks_rightly(picture: Picture, found: list[Heard], database: Obj) -> bool:
    """Whether its settings, or its own words, name the database at a port that its Service has."""
    speaker = found[-1][0].speaker
    told = [one.address for one in addresses_of(picture, speaker.workload)] if speaker.workload else []
    told += [address for one, _ in found for address in addresses_in(one.text)]
    for address in told:
        service = service_at(picture, address.host, speaker.namespace)
        if service is None or workload_at(picture, address.host, speaker.namespace) is not database:
            continue
        if address.port in ports_of(picture, service):
            return True
    return False


def _other_clients(picture: Picture, database: Obj, complaining: set[str]) -> int:
    names = {database.name, *(one.name for one in picture.inventory.services_of(database))}
    calling = {caller for name in names for caller in picture.callers.get(name, ())}
    found = [picture.inventory.workload_called(one, database.namespace) for one in calling]
    return sum(one is not None and str(one.ref) not in complaining for one in found)


def _all_ports(picture: Picture) -> Iterable[Lead]:
    yield from _wrong_port(picture)
    yield from refused_alone(picture)


ENTRIES = (
    Entry(
        Cause(
            code="mysql_invalid_port",
            layer=Layer.INTEGRATION,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"),
            title="Its settings carry a wrong port for the database",
            description="The workload's settings name a port that the database's Service does not have.",
            supports=(
                "the port in the setting, or in its own words, is none of the database Service's ports",
                "its connections there fail while others' succeed",
            ),
            rules_out=("the port is the Service's",),
            neighbours=(
                Neighbour(
                    "service_env_var_address_mismatch",
                    "the wrong address is not a database's, or the host is wrong",
                ),
                Neighbour("db_unreachable", "the port is right, and the database does not answer there"),
                Neighbour("service_port_mapping_mismatch", "all clients use the same port"),
            ),
            remedies=("restore_setting", "undo_rollout", "put_port_right_by_hand"),
        ),
        _all_ports,
    ),
)
ALSO = (("service_env_var_address_mismatch", _other_port),)
