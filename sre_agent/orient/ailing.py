"""What shows that a workload is ill now: its replicas, its own conditions, its nodes, its golden signals; pure."""

from __future__ import annotations

from sre_agent.catalogue.families.replicas import is_needed
from sre_agent.catalogue.looking import desired_replicas, series_of
from sre_agent.picture.containers import is_ready, is_told
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

TOLERATED_ERRORS = 0.01
SLOWER = 1.5


def illness_of(picture: Picture, workload: Obj) -> str | None:
    """Why a workload is ill now, by its replicas, its own conditions and its golden signals; None where nothing says so."""
    live = picture.inventory.live_pods_of(workload)
    desired = desired_replicas(workload)
    ready = sum(is_ready(pod) or not is_told(pod) for pod in live)
    if picture.looked_at("pods") and (ready < len(live) or (desired is not None and ready < desired)):
        return f"{workload.ref} has {ready} ready pods of the {desired or len(live)} it should have"
    if told := own_word(picture, workload):
        return told
    if desired == 0 and is_needed(picture, workload):
        return f"{workload.ref} is scaled to nothing"
    for one in series_of(picture, workload, "errors"):
        if (shift := shift_of(one, picture)) and shift.during > max(TOLERATED_ERRORS, shift.before * 2):
            return f"{workload.ref} fails {shift.during:.1%} of its requests (before: {shift.before:.1%})"
    for one in series_of(picture, workload, "latency"):
        if (shift := shift_of(one, picture)) and shift.is_marked and (shift.ratio or 0) >= SLOWER:
            return f"{workload.ref} answers in {shift.during:.3f} s (before: {shift.before:.3f} s)"
    return None


def own_word(picture: Picture, workload: Obj) -> str:
    """A condition by which the workload, or its autoscaler, says itself that something is amiss now."""
    progressing = condition(workload, "Progressing")
    if progressing.get("status") == "False" and workload.dig("status", "unavailableReplicas"):
        return f"{workload.ref} does not finish its roll-out"
    for scaler in picture.inventory.of("HorizontalPodAutoscaler", workload.namespace):
        active = condition(scaler, "ScalingActive")
        is_off = active.get("status") == "False" and active.get("reason") != "ScalingDisabled"
        if is_off and scaler.dig("spec", "scaleTargetRef", "name") == workload.name:
            return f"the autoscaler of {workload.ref} gets no metrics"
    return ""


def lost_node(picture: Picture, workloads: list[Obj]) -> str:
    """A node of theirs that is not ready: what its pods say of themselves may be old."""
    nodes = {
        str(pod.dig("spec", "nodeName")) for work in workloads for pod in picture.inventory.live_pods_of(work)
    }
    ill = [
        node
        for node in picture.inventory.of("Node")
        if condition(node, "Ready").get("status") in ("False", "Unknown")
    ]
    return next((str(node.ref) for node in ill if node.name in nodes), "")
