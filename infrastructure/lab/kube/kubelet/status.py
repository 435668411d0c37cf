"""What a kubelet reports of a pod: phase, conditions and the state of each container. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infrastructure.lab.kube.kubelet.machine import Run, Sandbox, Slot
from infrastructure.lab.kube.objects import conditions, moments
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import Obj, dig

_CREATING, _INITIALIZING = "ContainerCreating", "PodInitializing"
_NOT_READY, _NOT_INITIALIZED, _DONE = "ContainersNotReady", "ContainersNotInitialized", "PodCompleted"


@dataclass(frozen=True)
class Observed:
    """Everything the report is made from."""

    pod: Obj
    sandbox: Sandbox | None
    host_ip: str
    now: datetime


def build(seen: Observed) -> Obj:
    spec, old = seen.pod["spec"], seen.pod.get("status", {})
    initial = [one["name"] for one in spec.get("initContainers", ())]
    names = [one["name"] for one in spec.get("containers", ())]
    images = {
        one["name"]: one.get("image", "") for one in (*spec.get("initContainers", ()), *spec["containers"])
    }
    incomplete = [name for name in initial if not _completed(_slot(seen, name))]
    idle = _INITIALIZING if initial else _CREATING
    status: Obj = {
        "phase": phase(seen, names, incomplete),
        "hostIP": seen.host_ip,
        "hostIPs": [{"ip": seen.host_ip}],
        "startTime": old.get("startTime") or moments.stamp(seen.now),
        "qosClass": old.get("qosClass", "BestEffort"),
    }
    if seen.sandbox is not None:
        status |= {"podIP": seen.sandbox.address, "podIPs": [{"ip": seen.sandbox.address}]}
    if initial:
        status["initContainerStatuses"] = [
            _container(name, images[name], _slot(seen, name), idle, initial=True) for name in initial
        ]
    status["containerStatuses"] = [_container(name, images[name], _slot(seen, name), idle) for name in names]
    status["conditions"] = _conditions(seen, status, incomplete)
    for kept in ("nominatedNodeName", "reason", "message"):
        if kept in old:
            status[kept] = old[kept]
    return status


def _slot(seen: Observed, name: str) -> Slot | None:
    return seen.sandbox.slots.get(name) if seen.sandbox is not None else None


def _completed(slot: Slot | None) -> bool:
    run = slot.current if slot is not None else None
    return run is not None and run.ended is not None and run.ended.exit.code == 0


def phase(seen: Observed, names: list[str], incomplete: list[str]) -> str:
    """As kubelet's getPhase decides it."""
    policy = seen.pod["spec"].get("restartPolicy", "Always")
    if incomplete:
        failed = any(_gave_up(_slot(seen, name), policy) for name in incomplete)
        return "Failed" if failed else "Pending"
    slots = [_slot(seen, name) for name in names]
    runs = [slot.current for slot in slots if slot is not None and slot.current is not None]
    if len(runs) < len(names):
        return "Pending"
    if any(run.running for run in runs):
        return "Running"
    return _stopped_phase(runs, policy)


def _gave_up(slot: Slot | None, policy: str) -> bool:
    run = slot.current if slot is not None else None
    return policy == "Never" and run is not None and run.ended is not None and run.ended.exit.code != 0


def _stopped_phase(runs: list[Run], policy: str) -> str:
    succeeded = all(run.ended is not None and run.ended.exit.code == 0 for run in runs)
    if policy == "Always":
        return "Running"
    if succeeded:
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def _container(name: str, image: str, slot: Slot | None, idle: str, *, initial: bool = False) -> Obj:
    run = slot.current if slot is not None else None
    entry: Obj = {
        "name": name,
        "state": _state(slot, idle),
        "lastState": {},
        "ready": slot is not None and (slot.ready or (initial and _completed(slot))),
        "restartCount": slot.restarts if slot is not None else 0,
        "image": run.spec.image if run is not None else image,
        "imageID": run.image_id if run is not None else "",
        "started": slot is not None and slot.started and run is not None and run.running,
    }
    if run is not None:
        entry["containerID"] = run.id
    last = _last_run(slot)
    if last is not None:
        entry["lastState"] = {"terminated": terminated(last)}
    return entry


def _last_run(slot: Slot | None) -> Run | None:
    """The run before; once the present one is over and waits for its restart, that one."""
    if slot is None:
        return None
    if slot.current is not None and slot.current.ended is not None and slot.waiting is not None:
        return slot.current
    return slot.last


def _state(slot: Slot | None, idle: str) -> Obj:
    if slot is None or (slot.current is None and slot.waiting is None):
        return {"waiting": {"reason": idle}}
    run = slot.current
    if run is not None and run.running:
        return {"running": {"startedAt": moments.stamp(run.started_at)}}
    if slot.waiting is not None:
        reason, message = slot.waiting
        return {"waiting": {"reason": reason, **({"message": message} if message else {})}}
    return {"terminated": terminated(run)} if run is not None else {"waiting": {"reason": idle}}


def terminated(run: Run) -> Obj:
    if run.ended is None:
        raise ValueError(f"{run.spec.container} still runs")
    exit_ = run.ended.exit
    entry: Obj = {"exitCode": exit_.code, "reason": exit_.reason}
    if exit_.message:
        entry["message"] = exit_.message
    return {
        **entry,
        "startedAt": moments.stamp(run.started_at),
        "finishedAt": moments.stamp(run.ended.at),
        "containerID": run.id,
    }


def _conditions(seen: Observed, status: Obj, incomplete: list[str]) -> list[Obj]:
    held: list[Obj] = dig(seen.pod, "status", "conditions", default=[])
    finished = status["phase"] in ("Succeeded", "Failed")
    unready = [one["name"] for one in status["containerStatuses"] if not one["ready"]]
    initialized = (
        Condition(
            "Initialized",
            "False",
            _NOT_INITIALIZED,
            f"containers with incomplete status: [{' '.join(incomplete)}]",
        )
        if incomplete
        else Condition("Initialized", "True", _DONE if status["phase"] == "Succeeded" else "")
    )
    wanted = [
        Condition(
            "PodReadyToStartContainers", "True" if seen.sandbox is not None and not finished else "False"
        ),
        initialized,
        _readiness("Ready", unready, status["phase"]),
        _readiness("ContainersReady", unready, status["phase"]),
    ]
    for one in wanted:
        held = conditions.put(held, one, seen.now, lastProbeTime=None)
    return held


def _readiness(kind: str, unready: list[str], now_in: str) -> Condition:
    if now_in == "Succeeded":
        return Condition(kind, "False", _DONE)
    if now_in == "Failed":
        return Condition(kind, "False", "PodFailed")
    if unready:
        return Condition(kind, "False", _NOT_READY, f"containers with unready status: [{' '.join(unready)}]")
    return Condition(kind, "True")
