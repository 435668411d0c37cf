"""Pods that were taken away: by the kubelet for want of a resource, for local disk use, or for a pod of higher priority.

Words: the kubelet's eviction manager (`The node was low on resource: …`, `Pod ephemeral local storage usage exceeds …`)
and the scheduler's preemption (`Preempted by …`); conditions: `DisruptionTarget`
(https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from sre_agent.catalogue.cause import DECISIVE, FAIR, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.subjects import WORKLOADS, Subject, subjects
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

LOCAL_DISK = re.compile(
    r"ephemeral local storage usage exceeds|exceeded its local ephemeral storage limit"
    r"|Usage of EmptyDir volume .* exceeds the limit|low on resource: ephemeral-storage.*was using",
    re.I | re.S,
)
_NODE_SHORT = re.compile(r"low on resource: ?\[?([\w./-]+)|node had condition: ?\[?(\w+)", re.I)
RECENT = timedelta(hours=1)


def _taken(picture: Picture) -> Iterator[tuple[Subject, Obj, str, Citation]]:
    """(subject, pod, what was said, where) of each pod taken away around the incident."""
    for subject in subjects(picture):
        for pod in subject.pods:
            if (said := _said_of(picture, pod)) and _recent(picture, pod):
                yield subject, pod, *said


def _said_of(picture: Picture, pod: Obj) -> tuple[str, Citation] | None:
    message = str(pod.dig("status", "message") or "")
    if pod.dig("status", "reason") in ("Evicted", "Preempting") or "Preempt" in message:
        return message or "Evicted", pod.quote("status", "message" if message else "reason")
    target = condition(pod, "DisruptionTarget")
    if target.get("status") == "True" and target.get("reason") in (
        "TerminationByKubelet",
        "PreemptionByScheduler",
    ):
        told = str(target.get("message") or target.get("reason"))
        return f"{target.get('reason')}: {told}", pod.source.quote(told)
    for event in picture.events_about(pod):
        if event.reason in ("Evicted", "Preempted", "Preempting"):
            return f"{event.reason}: {event.message}", event.quote()
    return None


def _recent(picture: Picture, pod: Obj) -> bool:
    """Evicted pods lie about for weeks; only those of this incident count."""
    times = [
        condition(pod, "DisruptionTarget").get("lastTransitionTime"),
        pod.dig("metadata", "deletionTimestamp"),
        pod.dig("status", "startTime"),
    ]
    events = [
        event.last_at
        for event in picture.events_about(pod)
        if event.reason in ("Evicted", "Preempted", "Killing")
    ]
    # Nothing but its birth is known: it cannot tell when it was taken, only that it is of another time.
    known = [at for at in (*map(moment, times), *events) if at] or [at for at in [pod.created_at] if at]
    return not known or max(known) >= picture.onset - RECENT or _may_be_new(picture, pod)


def _may_be_new(picture: Picture, pod: Obj) -> bool:
    """When it was taken nobody recorded, no alert tells when it began, and the namespace is the one complained about."""
    asked = bool(picture.frame.complaint) and pod.namespace == picture.frame.namespace
    owner = picture.inventory.top_owner(pod)
    served = any(is_ready(one) for one in picture.inventory.pods_of(owner))
    return asked and not served and not picture.frame.alerts and not pod.dig("status", "startTime")


def _short(picture: Picture, subject: Subject) -> bool:
    """Whether it misses a pod now."""
    wanted = subject.owner.dig("spec", "replicas")
    return sum(is_ready(pod) for pod in subject.live) < (wanted if isinstance(wanted, int) else 1)


def _lead(cause: str, found: tuple[Subject, Obj, str, Citation], weight: float, statement: str) -> Lead:
    subject, pod, _, citation = found
    hints = {"pod": pod.name, "node": pod.dig("spec", "nodeName")}
    return Lead(cause, subject.owner.ref, weight, statement, (citation,), hints=hints)


def _evicted(picture: Picture) -> Iterable[Lead]:
    for found in _taken(picture):
        subject, pod, said, _ = found
        if LOCAL_DISK.search(said) or "reempt" in said:
            continue
        weight = STRONG if _short(picture, subject) else FAIR
        statement = f"{subject.owner.ref}: pod {pod.name} was evicted by its node: {said[:200]}"
        yield _lead("pod_evicted", found, weight, statement)


def _local_disk(picture: Picture) -> Iterable[Lead]:
    for found in _taken(picture):
        subject, pod, said, _ = found
        if LOCAL_DISK.search(said):
            statement = f"{subject.owner.ref}: pod {pod.name} was evicted for its own disk use: {said[:200]}"
            yield _lead("ephemeral_storage_exceeded", found, DECISIVE, statement)


def _preempted(picture: Picture) -> Iterable[Lead]:
    for found in _taken(picture):
        subject, pod, said, _ = found
        if "reempt" in said:
            statement = (
                f"{subject.owner.ref}: pod {pod.name} gave way to a pod of higher priority: {said[:200]}"
            )
            yield _lead(
                "priority_preemption", found, DECISIVE if _short(picture, subject) else FAIR, statement
            )


ENTRIES = (
    Entry(
        Cause(
            code="pod_evicted",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Evicted by its node",
            description="The kubelet removed the pod because the node ran short of a resource.",
            supports=("the pod failed with reason Evicted, or an Evicted event tells so",),
            rules_out=("the eviction is older than the incident", "the pod was evicted for its own disk use"),
            neighbours=(
                Neighbour("node_memory_pressure", "the node still has the condition, and others suffer too"),
                Neighbour("ephemeral_storage_exceeded", "the message names the pod's own limit"),
                Neighbour("priority_preemption", "the scheduler removed it for another pod"),
            ),
            remedies=("raise_requests_by_hand",),
            depth=Depth.PROXIMATE,
        ),
        _evicted,
    ),
    Entry(
        Cause(
            code="ephemeral_storage_exceeded",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Evicted for its disk use",
            description="The pod wrote more to local disk than its limit, or its emptyDir's, allows.",
            supports=("the eviction message names the pod's own ephemeral storage or emptyDir limit",),
            rules_out=("the message speaks of the node being low alone",),
            neighbours=(
                Neighbour("node_disk_pressure", "the node as a whole is short, and others are evicted too"),
                Neighbour("volume_full", "what is full is a claimed volume"),
            ),
            remedies=("raise_disk_limit_by_hand",),
        ),
        _local_disk,
    ),
    Entry(
        Cause(
            code="priority_preemption",
            layer=Layer.RUNTIME,
            entity_kinds=WORKLOADS,
            title="Gave way to a pod of higher priority",
            description="The scheduler removed the pod to make room for one of higher priority.",
            supports=("a Preempted event, or a DisruptionTarget condition with PreemptionByScheduler",),
            rules_out=("the kubelet evicted it",),
            neighbours=(Neighbour("pod_evicted", "the kubelet removed it because the node ran short"),),
            remedies=("raise_priority_by_hand",),
        ),
        _preempted,
    ),
)
