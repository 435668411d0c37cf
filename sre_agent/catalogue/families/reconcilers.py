"""Those who carry out what the cluster was told: the scheduler, and the controllers of the controller manager.

Seen in their pods and units, and in what they no longer do: pods without a word from the scheduler, workloads that nobody reconciles.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sre_agent.catalogue.binding import unbound_claims
from sre_agent.catalogue.cause import DECISIVE, FAIR, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.control_plane import component_down
from sre_agent.catalogue.machines import (
    control_plane_nodes,
)  # fmt: skip
from sre_agent.catalogue.subjects import missing_pods, subjects
from sre_agent.catalogue.unplaced import Unplaced, hindrance, unplaced
from sre_agent.catalogue.words import of_making
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.world import Picture


def _scheduler(picture: Picture) -> Iterable[Lead]:
    """Pods without a node of whom the scheduler says nothing, though a node would take them; or the scheduler itself is down."""
    down = component_down(picture, "kube-scheduler")
    silent = [one for one in unplaced(picture) if not one.said and not one.pod.dig("spec", "nodeName")]
    ignored = [one for one in silent if picture.looked_at("events") and _could_run(picture, one)]
    if not down and (not ignored or _others_placed_later(picture, ignored[0].pod)):
        return
    weight = (DECISIVE if silent else FAIR) if down else STRONG
    node, cited = down or (_first_control_plane(picture), ())
    if node:
        yield Lead(
            cause="kube_scheduler_unavailable",
            entity=EntityRef(kind="Node", name=node),
            weight=weight,
            statement=f"The scheduler on {node} does not work: {len(silent)} workloads have pods without a node, and it says nothing of them.",
            citations=(*cited, *(_pending(one.pod) for one in ignored[:3] or silent[:3])),
            hints={
                "node": node,
                "component": "kube-scheduler",
                "callers": [one.subject.owner.name for one in silent],
            },
        )


def _could_run(picture: Picture, one: Unplaced) -> bool:
    """Whether nothing that can be seen keeps it from a node, and no scheduler has called it unschedulable."""
    waits = any(claim.subject is one.subject for claim in unbound_claims(picture))
    judged = condition(one.pod, "PodScheduled").get("reason") == "Unschedulable"
    return not waits and not judged and not hindrance(one)[0]


def _pending(pod: Obj) -> Citation:
    return (
        pod.quote("metadata", "name")
        if not pod.dig("status", "phase")
        else pod.source.quote(f'"phase": "{pod.dig("status", "phase")}"')
    )


def _others_placed_later(picture: Picture, pod: Obj) -> bool:
    """Whether a pod made after this one has a node: then the scheduler works."""
    created = pod.created_at
    return created is not None and any(
        other.created_at is not None
        and other.created_at > created
        and other.dig("spec", "nodeName")
        and other.owner
        and other.owner[0] not in ("DaemonSet", "Node")
        for other in picture.inventory.pods
    )


def _first_control_plane(picture: Picture) -> str:
    return next(iter(control_plane_nodes(picture)), "")


def _controllers(picture: Picture) -> Iterable[Lead]:
    """Workloads that nobody reconciles: generations not observed, pods not made and no word why."""
    down = component_down(picture, "kube-controller-manager")
    idle = [subject.owner for subject in subjects(picture) if _unobserved(subject.owner)]
    unmade = [
        subject.owner
        for subject in subjects(picture)
        if missing_pods(picture, subject)
        and subject.owner.kind == "Deployment"
        and not of_making(picture, subject)
        and not _quota_near(picture, subject.owner)
    ]
    if not down and not idle:
        return
    node, cited = down or (_first_control_plane(picture), ())
    if node:
        yield Lead(
            cause="kube_controller_manager_unavailable",
            entity=EntityRef(kind="Node", name=node),
            weight=DECISIVE if down and (idle or unmade) else STRONG if len(idle) > 1 or down else FAIR,
            statement=f"The controller manager on {node} does not work: {len(idle) or len(unmade)} workloads are not reconciled.",
            citations=(
                *cited,
                *(owner.quote("metadata", "generation") for owner in idle[:2]),
                *(owner.quote("status", "observedGeneration") for owner in idle[:2]),
            ),
            hints={
                "node": node,
                "component": "kube-controller-manager",
                "callers": [owner.name for owner in (*idle, *unmade)],
            },
        )


def _unobserved(owner: Obj) -> bool:
    wanted, seen = owner.dig("metadata", "generation"), owner.dig("status", "observedGeneration")
    return isinstance(wanted, int) and isinstance(seen, int) and seen < wanted


def _quota_near(picture: Picture, owner: Obj) -> bool:
    return (
        bool(picture.inventory.of("ResourceQuota", owner.namespace))
        or condition(owner, "ReplicaFailure").get("status") == "True"
    )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, remedies=("restart_component_by_hand",))
ENTRIES = (
    Entry(
        _cause(
            code="kube_scheduler_unavailable",
            entity_kinds=("Node",),
            title="The scheduler is down",
            description="The scheduler on the control-plane node is down: new pods get no node, and nobody says why.",
            supports=("pods wait without a node and without any word of the scheduler", "its pod or unit is not running"),
            rules_out=("FailedScheduling events: the scheduler works, and says why", "a younger pod got a node"),
            neighbours=(
                Neighbour("node_selector_mismatch", "the scheduler says that no node matches"),
                Neighbour("kube_controller_manager_unavailable", "the pods are not even made"),
            ),
        ),
        _scheduler,
    ),
    Entry(
        _cause(
            code="kube_controller_manager_unavailable",
            entity_kinds=("Node",),
            title="The controller manager is down",
            description="Controllers are down: workloads, endpoints and nodes are no longer reconciled.",
            supports=("generations are not observed, pods are not made, and no event says why", "its pod or unit is not running"),
            rules_out=("FailedCreate events: the controllers work",),
            neighbours=(Neighbour("kube_scheduler_unavailable", "the pods are made, and get no node"),),
        ),
        _controllers,
    ),
)  # fmt: skip
