"""Pods that wait for a node, and what the scheduler said of them.

Its words are those of `FitError` and of the filter plugins' status reasons in Kubernetes 1.16 to 1.34, such as
`0/4 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 3 Insufficient memory.`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sre_agent.catalogue.machines import control_plane_nodes
from sre_agent.catalogue.once import once
from sre_agent.catalogue.placing import CONTROL_PLANE, CORDON, OWN_OF_NODES, Fit, Objection, fits_of
from sre_agent.catalogue.subjects import Subject, subjects
from sre_agent.domain.evidence import Citation
from sre_agent.picture.events import EventView
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.world import Picture

_VERDICT = re.compile(
    r"\d+/\d+ nodes are available|no nodes available to schedule pods|unbound .*Claim|persistentvolumeclaim",
    re.I,
)
_NEVER = datetime.min.replace(tzinfo=UTC)
_PREEMPTION = re.compile(r"\.?\s*preemption:.*$|\s*No preemption victims found.*$", re.S)
_REASONS: Mapping[str, re.Pattern[str]] = {
    "selector": re.compile(r"(\d+) node\(s\) didn't match (?:Pod's node affinity/selector|node selector|Pod's node affinity)"),
    "taint": re.compile(r"(\d+) node\(s\) had (?:untolerated taint\(s\)|taints that the pod didn't tolerate)"),
    "cordon": re.compile(r"(\d+) node\(s\) were unschedulable"),
    "cpu": re.compile(r"(\d+) Insufficient cpu"),
    "memory": re.compile(r"(\d+) Insufficient memory"),
    "anti_affinity": re.compile(r"(\d+) node\(s\) didn't (?:match pod (?:anti-)?affinity(?:/anti-affinity)?(?: rules)?|satisfy existing pods anti-affinity rules)"),
    "spread": re.compile(r"(\d+) node\(s\) didn't match pod topology spread constraints"),
    "volume": re.compile(r"(\d+) node\(s\) (?:had volume node affinity conflict|had no available volume zone|didn't find available persistent volumes)"),
    "claim": re.compile(r"unbound immediate PersistentVolumeClaims|unbound PersistentVolumeClaims|persistentvolumeclaim \"[^\"]+\" (?:not found|bound to non-existent)"),
    "ports": re.compile(r"(\d+) node\(s\) didn't have free ports"),
    "pods": re.compile(r"(\d+) Too many pods"),
}  # fmt: skip

_TAINT = re.compile(r"(\d+) node\(s\) had (?:untolerated )?taint \{([^:}]+):? ?([^}]*)\}")


@dataclass(frozen=True, eq=False)
class Unplaced:
    """A workload with pods that wait for a node: one of them, how it fits each node, and the scheduler's words."""

    subject: Subject
    pod: Obj
    fits: tuple[Fit, ...]
    said: str
    event: EventView | None

    @cached_property
    def reasons(self) -> Mapping[str, int]:
        """Reason → nodes for which the scheduler gave it; empty where it said nothing."""
        verdict = _PREEMPTION.sub("", self.said)
        found = {}
        for name, pattern in _REASONS.items():
            if match := pattern.search(verdict):
                counts = [int(group) for group in match.groups() if group]
                found[name] = counts[0] if counts else 1
        for count, key, _ in _TAINT.findall(verdict):
            if name := _named_taint(key):
                found[name] = found.get(name, 0) + int(count)
        return found

    @property
    def unseen(self) -> str:
        """What would tell which of several reasons counts, where nobody looked: the nodes."""
        return "nodes" if not self.fits and len(self.reasons) > 1 else ""

    @cached_property
    def within_reach(self) -> tuple[Fit, ...]:
        """Nodes that suit its selector and affinity: those it could run on but for taints, cordon and room."""
        placement = {Objection.SELECTOR, Objection.AFFINITY}
        return tuple(fit for fit in self.fits if not fit.objections & placement)

    def words(self) -> tuple[Citation, ...]:
        """The scheduler's words, where they stand."""
        if not self.said:
            return ()
        if self.event is not None:
            return (self.event.quote(),)
        return (self.pod.source.quote(self.said),)


def _named_taint(key: str) -> str:
    """What a taint in the verdict stands for; nothing where it is the usual one of a control plane, or of an ill node."""
    if key == CORDON:
        return "cordon"
    return "" if key in CONTROL_PLANE or key.startswith(OWN_OF_NODES) else "taint"


@once
def unplaced(picture: Picture) -> tuple[Unplaced, ...]:
    """Every workload with a pod that waits for a node; of several such pods the newest stands for all."""
    found = []
    for subject in subjects(picture):
        pods = [pod for pod in subject.live if _waits(pod)]
        if pods:
            newest = max(pods, key=lambda pod: str(pod.dig("metadata", "creationTimestamp") or ""))
            found.append(_seen(picture, subject, newest))
    return tuple(found)


def _seen(picture: Picture, subject: Subject, pod: Obj) -> Unplaced:
    told = condition(pod, "PodScheduled").get("message")
    events = [
        event
        for event in picture.events_about(pod)
        if event.reason in ("FailedScheduling", "NotTriggerScaleUp", "Unschedulable")
        and _VERDICT.search(event.message)
    ]
    event = max(events, key=lambda one: one.last_at or _NEVER, default=None)
    said = event.message if event else str(told or "")
    fits = fits_of(pod.mapping("spec"), picture.inventory.of("Node"), control_plane_nodes(picture))
    return Unplaced(subject, pod, fits, said, event)


def _waits(pod: Obj) -> bool:
    """Pending without a node, and not held back by its own scheduling gates. Of a pod without a spec nobody read where it is."""
    return (
        pod.dig("status", "phase") == "Pending"
        and bool(pod.mapping("spec"))
        and not pod.dig("spec", "nodeName")
        and not pod.items("spec", "schedulingGates")
        and condition(pod, "PodScheduled").get("status") != "True"
    )


PLACEMENT = (Objection.SELECTOR, Objection.AFFINITY)
AFTER_PLACEMENT = frozenset({"cpu", "memory", "anti_affinity", "spread", "ports", "pods"})
"""Filters that the scheduler asks after those of selector and affinity: a node refused by one of them suited these."""
ROOM = (Objection.CPU, Objection.MEMORY)


def hindrance(one: Unplaced) -> tuple[str, tuple[Fit, ...]]:
    """(what keeps the pod off the nodes it could run on, those nodes); empty where objects alone do not tell."""
    if not one.fits:
        return "", ()
    for kind in PLACEMENT:
        if all(kind in fit.objections for fit in one.fits):
            return kind.value, one.fits
    ordinary = [fit for fit in one.fits if not fit.is_control_plane]
    if not one.within_reach or (ordinary and _only_control_plane(one)):
        most = max(PLACEMENT, key=lambda kind: sum(kind in fit.objections for fit in ordinary or one.fits))
        return most.value, one.fits
    workers = [fit for fit in one.within_reach if not _reserved(fit)] or list(one.within_reach)
    sound = [fit for fit in workers if Objection.ILL not in fit.objections]
    if not sound or any(not fit.objections for fit in sound):
        return "", ()
    kinds = {kind for fit in sound for kind in fit.objections}
    best = max(sorted(kinds), key=lambda kind: _hindered(sound, kind))
    return best.value, tuple(fit for fit in sound if best in fit.objections)


def _only_control_plane(one: Unplaced) -> bool:
    """Its placement lets it run on control-plane nodes alone, and these keep it out, as they do ordinary pods."""
    return all(fit.is_control_plane and fit.objections for fit in one.within_reach)


def _reserved(fit: Fit) -> bool:
    """A control-plane node that keeps ordinary pods away, as it does everywhere."""
    return fit.is_control_plane and any(taint.get("key") in CONTROL_PLANE for taint in fit.taints)


def _hindered(fits: list[Fit], kind: Objection) -> tuple[int, int]:
    """Nodes that would fit but for this, then nodes that fail by this among others."""
    alone = sum(fit.objections == {kind} for fit in fits)
    return alone, sum(kind in fit.objections for fit in fits)


def blamed(one: Unplaced) -> tuple[str, tuple[Fit, ...], bool]:
    """(reason, nodes concerned, whether objects and scheduler agree). The scheduler's word decides where objects are silent."""
    reason, nodes = hindrance(one)
    said = one.reasons
    if reason:
        return reason, nodes, _as_said(reason) in said or (not said and not one.said)
    told = {name: count for name, count in said.items() if name not in ("claim", "volume")}
    if told.keys() & AFTER_PLACEMENT:
        told.pop("selector", None)
    if "claim" in said or "volume" in said or not told:
        return ("claim" if "claim" in said or "volume" in said else ""), (), False
    most = max(sorted(told), key=lambda name: told[name])
    if most == "selector" and not one.pod.mapping("spec", "nodeSelector"):
        most = "affinity"
    return most, (), True


def rival_of_cordon(picture: Picture, one: Unplaced) -> str:
    """The demand of the pod that may be at fault rather than a cordon; empty where the cordoned nodes are ordinary ones.

    A control plane may be cordoned for good. Where nothing tells which nodes it has, cordoned nodes on which no
    ordinary pod runs may be it, and the pod's demand leaves out all others.
    """
    fitting = {fit.node.name for fit in one.within_reach}
    if control_plane_nodes(picture) or 2 * len(fitting) >= len(one.fits):
        return ""
    if any(
        pod.dig("spec", "nodeName") in fitting
        and picture.inventory.top_owner(pod).kind not in ("DaemonSet", "Node")
        for pod in picture.inventory.pods
    ):
        return ""
    return max(PLACEMENT, key=lambda kind: sum(kind in fit.objections for fit in one.fits)).value


def _as_said(reason: str) -> str:
    return "selector" if reason == "affinity" else reason
