"""Roll-outs, drains and shutdowns that do not finish.

Conditions of a Deployment: Progressing with ProgressDeadlineExceeded; words of the eviction API (`Cannot evict pod as it would
violate the pod's disruption budget`); pods that stay Terminating beyond terminationGracePeriodSeconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.hearing import heard
from sre_agent.catalogue.machines import ready_of
from sre_agent.catalogue.placing import selects
from sre_agent.catalogue.rollouts import latest_rollout
from sre_agent.catalogue.subjects import WORKLOADS, live_containers, subjects
from sre_agent.catalogue.words import brief, is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

_BUDGET = re.compile(
    r"violate the pod's disruption budget|disruption budget .{0,60}(?:needs|does not allow)|Cannot evict pod",
    re.I,
)
GRACE = timedelta(seconds=60)
"""How much longer than its grace period a pod may take to be gone before that is strange."""


def _stuck(picture: Picture) -> Iterable[Lead]:
    for subject in subjects(picture):
        owner = subject.owner
        progressing = condition(owner, "Progressing")
        late = (
            progressing.get("status") == "False" and progressing.get("reason") == "ProgressDeadlineExceeded"
        )
        paused = bool(owner.dig("spec", "paused")) and _behind(owner)
        if not late and not paused:
            continue
        rollout = latest_rollout(picture, owner)
        said = str(progressing.get("message") or "the roll-out is paused half-way")
        yield Lead(
            cause="rollout_stuck",
            entity=owner.ref,
            weight=STRONG + SLIGHT if paused or _short(owner) else FAIR,
            statement=f"The roll-out of {owner.ref} does not finish: {'it is paused' if paused else said}.",
            citations=((owner.quote("spec", "paused"),) if paused else (owner.source.quote(said),)),
            hints={"paused": paused, "to_revision": rollout.revision_before if rollout else None},
        )


def _short(owner: Obj) -> bool:
    """By its own status some of its pods are not there for their clients."""
    return bool(owner.dig("status", "unavailableReplicas"))


def _behind(owner: Obj) -> bool:
    updated, wanted = owner.dig("status", "updatedReplicas"), owner.dig("spec", "replicas")
    return (updated if isinstance(updated, int) else 0) < (wanted if isinstance(wanted, int) else 1)


def _budget(picture: Picture) -> Iterable[Lead]:
    said = [
        (event.message, event.quote())
        for event in picture.events
        if _BUDGET.search(event.message) and is_timely(picture, event)
    ]
    said += [(saying.text, saying.quote(match)) for saying, match in heard(picture, _BUDGET)]
    if said and not picture.inventory.of("PodDisruptionBudget"):
        yield from _unseen_budget(picture)
    for budget in picture.inventory.of("PodDisruptionBudget"):
        allowed = budget.dig("status", "disruptionsAllowed")
        for subject in subjects(picture):
            labels = subject.owner.template_labels() or (subject.pods[0].labels if subject.pods else {})
            if (
                allowed != 0
                or budget.namespace != subject.owner.namespace
                or not selects(budget.mapping("spec", "selector"), labels)
            ):
                continue
            about = [
                one
                for one in said
                if budget.name in one[0] or any(pod.name in one[0] for pod in subject.pods)
            ] or said
            if about or _drained(picture, subject.live):
                yield Lead(
                    cause="pdb_blocks_eviction",
                    entity=subject.owner.ref,
                    weight=DECISIVE if about else STRONG,
                    statement=f"{subject.owner.ref} cannot be moved: its disruption budget {budget.name} allows no pod to go.",
                    citations=(
                        *(one[1] for one in about[-2:]),
                        budget.quote("status", "disruptionsAllowed"),
                        budget.quote("spec"),
                    ),
                    hints={"budget": budget.name},
                )


def _unseen_budget(picture: Picture) -> Iterable[Lead]:
    """Evictions that were refused, where nobody read the budgets: the pod that may not go tells whose it is."""
    for event in picture.events:
        pod = (
            picture.inventory.get("Pod", event.about[2], event.about[1]) if event.about[0] == "Pod" else None
        )
        if pod is not None and _BUDGET.search(event.message) and is_timely(picture, event):
            owner = picture.inventory.top_owner(pod)
            words = f"{owner.ref} cannot be moved: a disruption budget allows no pod of it to go."
            yield Lead("pdb_blocks_eviction", owner.ref, STRONG, words, (event.quote(),))


def _drained(picture: Picture, pods: tuple[Obj, ...]) -> bool:
    """Whether one of them sits on a cordoned node while all are healthy: a drain that waits."""
    nodes = [picture.inventory.get("Node", str(pod.dig("spec", "nodeName") or "")) for pod in pods]
    return all(is_ready(pod) for pod in pods) and any(
        node is not None and node.dig("spec", "unschedulable") for node in nodes
    )


def _shutdown(picture: Picture) -> Iterable[Lead]:
    for subject in subjects(picture):
        for pod in subject.pods:
            asked = moment(pod.dig("metadata", "deletionTimestamp"))
            node = str(pod.dig("spec", "nodeName") or "")
            if asked is None or ready_of(picture, node).get("status") in ("False", "Unknown"):
                continue
            late = picture.frame.now - asked
            if late > GRACE:
                held = pod.dig("metadata", "finalizers")
                yield Lead(
                    cause="graceful_shutdown_timeout",
                    entity=subject.owner.ref,
                    weight=STRONG + SLIGHT,
                    statement=f"{subject.owner.ref}: pod {pod.name} should be gone for {late.total_seconds():.0f} s, and still is there"
                    + (f" (held by {held})." if held else "."),
                    citations=(
                        pod.quote("metadata", "deletionTimestamp"),
                        *((pod.quote("metadata", "finalizers"),) if held else ()),
                    ),
                    hints={"pod": pod.name, "grace": pod.dig("spec", "terminationGracePeriodSeconds")},
                )
    yield from _killed_in_the_end(picture)


def _killed_in_the_end(picture: Picture) -> Iterable[Lead]:
    for subject, view in live_containers(picture):
        for event in picture.events_about(view.pod):
            if event.reason == "ExceededGracePeriod" and is_timely(picture, event):
                words = f"{subject.owner.ref}: container {view.name} does not end within its grace period: {brief(event.message)}"
                yield Lead(
                    "graceful_shutdown_timeout",
                    subject.owner.ref,
                    STRONG,
                    words,
                    (event.quote(),),
                    hints={"pod": view.pod.name},
                )


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS)
ENTRIES = (
    Entry(
        _cause(
            code="rollout_stuck", title="The roll-out does not finish", description="A roll-out makes no progress: it is paused, or its new pods do not become ready.",
            supports=("Progressing is False with ProgressDeadlineExceeded", "it is paused with fewer updated replicas than wanted"), rules_out=("the roll-out is complete",),
            neighbours=(Neighbour("application_startup_crash", "the new pods crash, which is why it waits"), Neighbour("readiness_probe_incorrect_port", "the new pods run and are kept out by their probe")),
            remedies=("undo_rollout", "resume_rollout_by_hand"), depth=Depth.SYMPTOM,
        ),
        _stuck,
    ),
    Entry(
        _cause(
            code="pdb_blocks_eviction", title="A disruption budget blocks the eviction", description="A PodDisruptionBudget allows no pod to go, so a drain or eviction does not finish.",
            supports=("'Cannot evict pod as it would violate the pod's disruption budget'", "disruptionsAllowed is 0 on a node being drained"), rules_out=("nothing is to be evicted",),
            neighbours=(Neighbour("graceful_shutdown_timeout", "the pod was told to go, and does not end"),), remedies=("make_room_in_budget_by_hand",),
        ),
        _budget,
    ),
    Entry(
        _cause(
            code="graceful_shutdown_timeout", title="It does not end when told to", description="A pod does not end within its grace period, and is killed or stays Terminating.",
            supports=("the pod's deletion is long over its time", "ExceededGracePeriod"), rules_out=("its node is gone",),
            neighbours=(Neighbour("pdb_blocks_eviction", "it was not even told to go"), Neighbour("kubelet_unavailable", "nobody on the node could end it")),
            remedies=("end_pod_by_hand",),
        ),
        _shutdown,
    ),
)  # fmt: skip
