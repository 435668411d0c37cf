"""Pods without a node because of other pods: anti-affinity and topology spread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.placing import Fit, selects
from sre_agent.catalogue.rollouts import revision_before
from sre_agent.catalogue.subjects import WORKLOADS
from sre_agent.catalogue.unplaced import Unplaced, blamed, unplaced
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_live
from sre_agent.picture.objects import Obj, dig, items
from sre_agent.picture.world import Picture

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
HARD = "DoNotSchedule"


def _terms(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return items(dig(spec, "affinity", "podAntiAffinity", REQUIRED))


def _anti_affinity(picture: Picture) -> Iterable[Lead]:
    for one in unplaced(picture):
        reason, _, agreed = blamed(one)
        taken = _taken(picture, one)
        if reason not in ("anti_affinity", "") or (not agreed and not taken):
            continue
        if reason == "" and one.said:
            continue
        owner = one.subject.owner
        path = ("spec", "affinity", "podAntiAffinity", REQUIRED)
        yield Lead(
            cause="pod_anti_affinity_conflict",
            entity=owner.ref,
            weight=DECISIVE if one.pod.dig(*path) and agreed else STRONG,
            statement=f"{owner.ref} gets no node: its required anti-affinity leaves none"
            + (f"; pods that it must avoid run on {', '.join(taken[:4])}." if taken else "."),
            citations=(*one.words(), *((one.pod.quote(*path),) if one.pod.dig(*path) else ())),
            hints=revision_before(picture, owner, lambda spec: dig(spec, "affinity", "podAntiAffinity")),
        )


def _taken(picture: Picture, one: Unplaced) -> list[str]:
    """Nodes, all of those within reach, whose domain holds a pod that it must avoid; empty where one is free."""
    found = []
    for fit in one.within_reach:
        if fit.is_control_plane and fit.objections:
            continue
        if not any(True for _ in _avoided_on(picture, one, fit)):
            return []
        found.append(fit.node.name)
    return found


def _avoided_on(picture: Picture, one: Unplaced, fit: Fit) -> Iterator[Obj]:
    nodes = {node.name: node for node in picture.inventory.of("Node")}
    for term in _terms(one.pod.mapping("spec")):
        key, selector = str(term.get("topologyKey")), term.get("labelSelector")
        domain = fit.node.labels.get(key)
        spaces = [str(space) for space in term.get("namespaces") or (one.pod.namespace,)]
        for pod in picture.inventory.pods:
            node = nodes.get(str(pod.dig("spec", "nodeName")))
            if node is None or pod.namespace not in spaces or not is_live(pod):
                continue
            if domain and node.labels.get(key) == domain and selects(selector or {}, pod.labels):
                yield pod


def _spread(picture: Picture) -> Iterable[Lead]:
    for one in unplaced(picture):
        reason, _, agreed = blamed(one)
        if reason != "spread":
            continue
        owner = one.subject.owner
        hard = [
            each
            for each in one.pod.items("spec", "topologySpreadConstraints")
            if each.get("whenUnsatisfiable", HARD) == HARD
        ]
        told = ", ".join(f"{each.get('topologyKey')} (max skew {each.get('maxSkew')})" for each in hard)
        field = (one.pod.quote("spec", "topologySpreadConstraints"),) if hard else ()
        yield Lead(
            cause="topology_spread_conflict",
            entity=owner.ref,
            weight=DECISIVE if hard and agreed else STRONG,
            statement=f"{owner.ref} gets no node: its spread constraints{f' over {told}' if told else ''} leave none.",
            citations=(*one.words(), *field),
            hints=revision_before(picture, owner, lambda spec: items(spec, "topologySpreadConstraints")),
        )


ENTRIES = (
    Entry(
        Cause(
            code="pod_anti_affinity_conflict",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Its anti-affinity leaves no node",
            description="Required anti-affinity between pods forbids every node that is left, or there are too few nodes.",
            supports=(
                "the scheduler speaks of anti-affinity",
                "each node within reach runs a pod it must avoid",
            ),
            rules_out=(
                "a node within reach runs no pod that it must avoid",
                "the anti-affinity is only preferred",
            ),
            neighbours=(
                Neighbour("topology_spread_conflict", "the pod has spread constraints instead"),
                Neighbour("node_affinity_mismatch", "labels of nodes keep it away, not other pods"),
            ),
            remedies=("undo_rollout", "relax_spreading_by_hand"),
        ),
        _anti_affinity,
    ),
    Entry(
        Cause(
            code="topology_spread_conflict",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Its spread constraints leave no node",
            description="A hard topology spread constraint would be broken by every node that is left.",
            supports=("the scheduler speaks of pod topology spread constraints",),
            rules_out=("its constraints only say ScheduleAnyway",),
            neighbours=(
                Neighbour("pod_anti_affinity_conflict", "the pod has required anti-affinity instead"),
            ),
            remedies=("undo_rollout", "relax_spreading_by_hand"),
        ),
        _spread,
    ),
)
