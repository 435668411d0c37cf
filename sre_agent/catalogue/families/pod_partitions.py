"""Workloads that are cut off from those they talk with."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.addresses import addresses_in
from sre_agent.catalogue.attempts import attempts_at
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import by_speaker, heard, least_doubt, quotes, shortly
from sre_agent.catalogue.said import pattern
from sre_agent.catalogue.slowness import silent
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.world import Picture

_NO_PEER = pattern(
    r"\bpeers? (?:\S+ )?(?:is |went )?(?:down|unreachable|lost|disconnected)\b|lost (?:connection to |contact with )?(?:peer|neighbou?r)",
    r"neighbou?r (?:\S+ )?(?:is |went )?down|no heartbeat from|split[- ]brain|network partition|partition(?:ed)? from",
)


_NO_WAY = pattern(r"no route to host|EHOSTUNREACH|ENETUNREACH|network is unreachable")


def _no_peers(picture: Picture) -> Iterable[Lead]:
    """A workload that says it lost those it talks with."""
    for ref, found in by_speaker(heard(picture, _NO_PEER)).items():
        yield Lead(
            cause="pod_network_partition",
            entity=ref,
            weight=STRONG - SLIGHT - least_doubt(found),
            statement=f"{ref} has lost those it talks with: {shortly(found[-1])}",
            citations=quotes(found),
        )


def _without_ways(picture: Picture) -> Iterable[Lead]:
    """A workload that finds no way to several others, whatever these are, and to which none leads either."""
    for ref, found in by_speaker(heard(picture, _NO_WAY)).items():
        hosts = {address.host for saying, _ in found for address in addresses_in(saying.text)}
        if len(hosts) >= 2:
            yield Lead(
                cause="pod_network_partition",
                entity=ref,
                weight=STRONG + FAIR - least_doubt(found),
                statement=f"{ref} finds no way to any of {len(hosts)} others: {shortly(found[-1])}",
                citations=quotes(found),
            )


def _partition(picture: Picture) -> Iterable[Lead]:
    yield from _no_peers(picture)
    yield from _without_ways(picture)
    yield from _cut_off(picture)


def _cut_off(picture: Picture) -> Iterable[Lead]:
    """Nothing comes through to a workload that is ready, though its Service is right and no policy says so."""
    for workload in picture.inventory.workloads:
        pods = picture.inventory.live_pods_of(workload)
        services = picture.inventory.services_of(workload)
        if not pods or not services or not all(is_ready(pod) for pod in pods):
            continue
        quiet, attempts = silent(picture, workload), attempts_at(picture, services[0])
        timed_out = attempts.timed_out and not attempts.refused and not attempts.answered
        if not quiet or not (timed_out or attempts.failed_probes):
            continue
        yield Lead(
            cause="pod_network_partition",
            entity=workload.ref,
            weight=STRONG + SLIGHT if timed_out else FAIR,
            statement=f"{workload.ref} is cut off: it is ready, its traffic fell to nothing, and those who call it wait in vain.",
            citations=(quiet.quote(), *attempts.citations()),
        )


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="pod_network_partition",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="One workload is cut off from its callers",
            description="Nothing comes through to or from one workload's pods, although they are ready and no policy forbids it.",
            supports=(
                "its traffic fell to nothing while its pods are ready",
                "callers' connections time out and are not refused",
            ),
            rules_out=(
                "a NetworkPolicy forbids the traffic",
                "connections are refused",
                "its pods are not ready",
            ),
            neighbours=(
                Neighbour("network_policy_blocking", "a NetworkPolicy that selects its pods forbids it"),
                Neighbour("service_port_mapping_mismatch", "connections are refused at once"),
                Neighbour("node_network_unavailable", "everything on its node is cut off"),
            ),
            remedies=("restart_workload", "inspect_network_by_hand"),
        ),
        _partition,
    ),
)
