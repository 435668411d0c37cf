"""Are the workloads ready, and do their pods stay up? From the cluster itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.act.checks.asking import UNANSWERED, ask, listed, mapped, seconds, whole
from sre_agent.act.checks.findings import Finding, Watch, not_there, unanswered
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check
from sre_agent.errors import ToolNotConfigured
from sre_agent.ports.run import Run

WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
WATCHED: Final = WORKLOADS | {"Service"}


@dataclass(frozen=True)
class Rollout:
    """How many pods a workload wants, has of its newest form, and has ready."""

    desired: int
    updated: int
    ready: int
    observed: bool

    @property
    def complete(self) -> bool:
        return self.observed and self.desired > 0 and min(self.updated, self.ready) >= self.desired


@dataclass(frozen=True)
class Pods:
    """What the pods of a workload have been doing."""

    running: int
    restarts_since: int
    unready: tuple[str, ...]
    ready_since: datetime | None
    """Since when all of them have been ready; None where one is not."""


def rollout_in(kind: str, obj: Mapping[str, JsonValue]) -> Rollout:
    """From the object's status, as its controller wrote it."""
    spec, status, metadata = mapped(obj.get("spec")), mapped(obj.get("status")), mapped(obj.get("metadata"))
    observed = whole(status.get("observedGeneration")) >= whole(metadata.get("generation"))
    if kind == "DaemonSet":
        desired, ready = whole(status.get("desiredNumberScheduled")), whole(status.get("numberReady"))
        return Rollout(desired, whole(status.get("updatedNumberScheduled")), ready, observed)
    desired = whole(spec.get("replicas"), 1)
    updated, ready = whole(status.get("updatedReplicas")), whole(status.get("readyReplicas"))
    return Rollout(desired, updated, ready, observed)


def pods_in(items: list[JsonValue], since: datetime) -> Pods:
    """Live pods only: what is being deleted or has ended is the old form."""
    live = [pod for item in items if _is_live(pod := mapped(item))]
    unready = [str(mapped(pod, "metadata").get("name")) for pod in live if not _ready(pod)]
    times = [moment for pod in live if (moment := _time(_condition(pod, "Ready").get("lastTransitionTime")))]
    restarts = sum(_restarts(pod, since) for pod in live)
    settled = bool(live) and not unready and len(times) == len(live)
    return Pods(len(live), restarts, tuple(unready), max(times) if settled else None)


def _is_live(pod: Mapping[str, JsonValue]) -> bool:
    ended = mapped(pod.get("status")).get("phase") in ("Succeeded", "Failed")
    return not ended and not mapped(pod.get("metadata")).get("deletionTimestamp")


def _condition(pod: Mapping[str, JsonValue], name: str) -> dict[str, JsonValue]:
    told = [mapped(each) for each in listed(mapped(pod.get("status")), "conditions")]
    return next((each for each in told if each.get("type") == name), {})


def _ready(pod: Mapping[str, JsonValue]) -> bool:
    return _condition(pod, "Ready").get("status") == "True"


def _restarts(pod: Mapping[str, JsonValue], since: datetime) -> int:
    """Containers of this pod that ended and were started again after that time."""
    statuses = [mapped(each) for each in listed(mapped(pod.get("status")), "containerStatuses")]
    ended = [_time(mapped(each, "lastState", "terminated").get("finishedAt")) for each in statuses]
    return sum(1 for moment in ended if moment is not None and moment > since)


def _time(value: JsonValue) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


async def workload_check(run: Run, watch: Watch, target: EntityRef, now: datetime) -> Finding:
    """Readiness of one workload or Service. Never raises for a question that fails."""
    name = f"readiness of {target}"
    try:
        if target.kind == "Service":
            return await _service(run, target, name)
        return await _workload(run, watch, target, now)
    except ToolNotConfigured as failure:
        return not_there(name, str(failure))
    except UNANSWERED as failure:
        return unanswered(name, str(failure))


def _named(target: EntityRef, **more: JsonValue) -> JsonObject:
    cluster: JsonObject = {"cluster": target.cluster} if target.cluster else {}
    return {"namespace": target.namespace, **more, **cluster}


async def _workload(run: Run, watch: Watch, target: EntityRef, now: datetime) -> Finding:
    name = f"readiness of {target}"
    answer = await ask(run, "k8s", "get_object", _named(target, kind=target.kind, name=target.name))
    obj = mapped(answer, "object")
    rollout = rollout_in(target.kind, obj)
    selector = mapped(obj, "spec", "selector", "matchLabels")
    if not selector:
        return unanswered(name, "it does not say which pods are its own")
    written = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    listing = await ask(run, "k8s", "list_objects", _named(target, kind="pods", label_selector=written))
    return ready_finding(
        name, rollout, pods_in(listed(listing, "items"), watch.since), (now, run.limits.settle)
    )


def ready_finding(name: str, rollout: Rollout, pods: Pods, when: tuple[datetime, timedelta]) -> Finding:
    """Complete, without new restarts, and so for the settle time. `when`: now, and the settle time."""
    now, settle = when
    held = now - pods.ready_since if pods.ready_since is not None else timedelta()
    passed = rollout.complete and pods.restarts_since == 0 and held >= settle
    numbers: JsonObject = {
        "desired": rollout.desired,
        "updated": rollout.updated,
        "ready": rollout.ready,
        "pods": pods.running,
        "restarts_since_the_step": pods.restarts_since,
        "ready_for_seconds": seconds(held),
        "settle_seconds": seconds(settle),
    }
    subject = name.removeprefix("readiness of ")
    again = f", {pods.restarts_since} restart(s) since the step" if pods.restarts_since else ""
    missing = f"; not ready: {', '.join(pods.unready[:5])}" if pods.unready else ""
    sentence = (
        f"{subject} has {rollout.ready} of {rollout.desired} pods ready, "
        f"for {held.total_seconds():.0f} s{again}{missing}."
    )
    return Finding(Check(name=name, passed=passed, sentence=sentence, numbers=numbers), waiting=not passed)


async def _service(run: Run, target: EntityRef, name: str) -> Finding:
    """A Service is ready when anything is behind it."""
    answer = await ask(run, "k8s", "topology", _named(target))
    found = [mapped(each) for each in listed(answer, "services")]
    ours = next((each for each in found if each.get("name") == target.name), None)
    if ours is None:
        return unanswered(name, "the cluster does not show this Service")
    ready = whole(ours.get("ready_addresses"))
    sentence = f"{target} has {ready} ready address(es) behind it."
    check = Check(name=name, passed=ready > 0, sentence=sentence, numbers={"ready_addresses": ready})
    return Finding(check, waiting=ready == 0)
