"""Is a roll-out done? What `kubectl rollout status` concludes from one object. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Progress:
    state: Literal["waiting", "done", "failed"]
    message: str


def rollout_progress(workload: Mapping[str, Any]) -> Progress:
    """Judge a Deployment, StatefulSet or DaemonSet; anything else is done at once."""
    status = workload.get("status") or {}
    name = workload["metadata"]["name"]
    judge = {"Deployment": _deployment, "StatefulSet": _stateful_set, "DaemonSet": _daemon_set}.get(
        workload["kind"]
    )
    if judge is None:
        return Progress("done", f"{name} applied")
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return Progress("waiting", f"{name}: waiting for the spec update to be observed")
    return judge(name, workload["spec"], status)


def _deployment(name: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return Progress("failed", f'deployment "{name}" exceeded its progress deadline')
    wanted = spec.get("replicas", 1)
    updated, replicas = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    if updated < wanted:
        return Progress("waiting", f"{name}: {updated} of {wanted} new replicas have been updated")
    if replicas > updated:
        return Progress("waiting", f"{name}: {replicas - updated} old replicas are pending termination")
    if available < updated:
        return Progress("waiting", f"{name}: {available} of {updated} updated replicas are available")
    return Progress("done", f"{name} rolled out")


def _stateful_set(name: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    wanted = spec.get("replicas", 1)
    ready = status.get("readyReplicas", 0)
    if ready < wanted:
        return Progress("waiting", f"{name}: {ready} of {wanted} pods are ready")
    if status.get("updateRevision") != status.get("currentRevision"):
        return Progress("waiting", f"{name}: waiting for the rolling update to complete")
    return Progress("done", f"{name} rolled out")


def _daemon_set(name: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    del spec
    wanted = status.get("desiredNumberScheduled", 0)
    updated, available = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
    if min(updated, available) < wanted:
        return Progress("waiting", f"{name}: {min(updated, available)} of {wanted} pods are up to date")
    return Progress("done", f"{name} rolled out")
