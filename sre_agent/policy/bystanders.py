"""What else moves at a target: a roll-out that has not ended, and people or programs that wrote it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Incident
from sre_agent.domain.law import UNKNOWN, Input
from sre_agent.policy.restraints import OTHER_RESPONDER, ROLLOUT

ROLLS_OUT: Final = ("Deployment", "StatefulSet", "DaemonSet")
CONTROL_PLANE: Final = ("kube-controller-manager", "kube-scheduler", "kubelet", "cloud-controller-manager")
"""Writers that carry out what others wished; what they write is no wish of a person."""
_DESIRED: Final = {"DaemonSet": "desiredNumberScheduled"}
_UPDATED: Final = {"DaemonSet": "updatedNumberScheduled"}


def rollout_of(obj: JsonObject) -> Input:
    """Whether this workload is still replacing its pods: `none`, `in_progress`, `stalled` or `unknown`.

    The signs are those of `kubectl rollout status`, but for pods that are new and not ready yet: those
    are the symptom, not the roll-out.
    """
    kind, spec, status, meta = str(obj.get("kind")), *(
        _map(obj, name) for name in ("spec", "status", "metadata")
    )
    if kind not in ROLLS_OUT:
        return Input(name=ROLLOUT, value="none", why=f"a {kind} has no roll-outs")
    if not status:
        return Input(name=ROLLOUT, value=UNKNOWN, why="its status could not be read")
    if spec.get("paused"):
        return Input(name=ROLLOUT, value="in_progress", why="its roll-out is paused by somebody")
    generation, seen = meta.get("generation"), status.get("observedGeneration")
    if isinstance(generation, int) and isinstance(seen, int) and seen < generation:
        return Input(name=ROLLOUT, value="in_progress", why=f"generation {generation} is not observed yet")
    return _by_counts(kind, spec, status)


def _by_counts(kind: str, spec: dict[str, Any], status: dict[str, Any]) -> Input:
    desired = status.get(_DESIRED[kind], 0) if kind in _DESIRED else spec.get("replicas", 1)
    updated = status.get(_UPDATED.get(kind, "updatedReplicas"), 0)
    there = desired if kind == "DaemonSet" else status.get("replicas", updated)
    stays = kind == "StatefulSet" and status.get("currentRevision") == status.get("updateRevision")
    old = 0 if stays else max(0, int(there or 0) - int(updated or 0))
    missing = 0 if stays else max(0, int(desired or 0) - int(updated or 0))
    counts = f"{updated} of {desired} pods are of the new template, {old} of an old one"
    if not old and not missing:
        return Input(name=ROLLOUT, value="none", why="every pod is of the present template")
    return Input(name=ROLLOUT, value="stalled" if _gave_up(status) else "in_progress", why=counts)


def _gave_up(status: dict[str, Any]) -> bool:
    """The Deployment controller says so when `progressDeadlineSeconds` have passed."""
    conditions = status.get("conditions")
    found = conditions if isinstance(conditions, list) else []
    return any(isinstance(each, dict) and each.get("reason") == "ProgressDeadlineExceeded" for each in found)


def others_in(writers: Iterable[JsonObject], since: datetime) -> list[str]:
    """Who wrote an object's wishes after `since`, in words: not we, not the control plane, not its status."""
    return [
        f"{each.get('manager')} wrote it at {each.get('at')}"
        for each in writers
        if not each.get("ours")
        and each.get("subresource") != "status"
        and each.get("manager") not in CONTROL_PLANE
        and (_moment(each.get("at")) or since) > since
    ]


def merges_in(merges: Iterable[JsonObject], since: datetime) -> list[str]:
    return [
        f"{each.get('author')} merged #{each.get('number')} at {each.get('merged_at')}"
        for each in merges
        if (_moment(each.get("merged_at")) or since) > since
    ]


def handed_over(incidents: Iterable[Incident]) -> list[str]:
    """Incidents about the same object that a person has in hand."""
    return [f"incident {each.id} was handed over to a person" for each in incidents]


def responders(found: Iterable[str], unseen: Iterable[str]) -> Input:
    """`at_work` where anybody was seen, `unknown` where none was and somewhere nobody could look."""
    seen, missing = list(found), list(unseen)
    if seen:
        return Input(name=OTHER_RESPONDER, value="at_work", why="; ".join(seen[:5]))
    if missing:
        return Input(name=OTHER_RESPONDER, value=UNKNOWN, why="; ".join(missing))
    return Input(
        name=OTHER_RESPONDER, value="none", why="nobody else has touched it since the evidence was read"
    )


def _map(obj: JsonObject, name: str) -> dict[str, Any]:
    found = obj.get(name)
    return found if isinstance(found, dict) else {}


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
