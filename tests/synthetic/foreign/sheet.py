"""What one project happened to record of an incident: nothing stands on a sheet that no tool wrote there; imports no rule."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sre_agent.snapshots.content import LogFile, Snapshot
from tests.synthetic.harbour.place import NOW, Obj, Place, hashed, stamp

DATES = {
    "{t}": "%Y-%m-%dT%H:%M:%SZ",
    "{de}": "%d.%m.%Y %H:%M:%S",
    "{fr}": "%d/%m/%Y %H:%M:%S",
    "{j}": "%Y-%m-%d %H:%M:%S,417",
    "{n}": "%Y/%m/%d %H:%M:%S",
    "{sys}": "%b %d %H:%M:%S",
    "{clf}": "%d/%b/%Y:%H:%M:%S +0000",
    "{klog}": "%m%d %H:%M:%S.417225",
    "{pg}": "%Y-%m-%d %H:%M:%S.417 UTC",
}
"""How the languages and servers of the world write a time."""
UNSTARTED = ("ContainerCreating", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError")


@dataclass
class Sheet(Place):
    """A recording that holds only what was put on it."""

    cluster: str | None = None
    named: dict[str, list[Obj]] = field(default_factory=dict)
    """Owner → its pods."""

    def snapshot(self) -> Snapshot:
        self.absent |= {kind for kind in ("services", "endpoints") if not self.lists.setdefault(kind, [])}
        made = super().snapshot()
        return replace(
            made, cluster=self.cluster, metrics=made.metrics or None, topology=made.topology or None, changes=made.changes or None, logs=made.logs or None
        )  # fmt: skip

    def _logs(self) -> Iterable[LogFile]:
        for (space, pod, container, previous), found in self.lines.items():
            ending = "previous.log" if previous else "log"
            told = tuple(_dated(line, at) for at, line in sorted(found, key=lambda one: one[0]))
            yield LogFile(space, pod, container, previous, f"logs/{space}/{pod}/{container}.{ending}", told)


def _dated(line: str, at: datetime) -> str:
    for mark, form in DATES.items():
        line = line.replace(mark, at.strftime(form))
    return line.replace("{ts}", f"{at.timestamp():.3f}")


Make = Callable[[Sheet], None]


@dataclass(frozen=True)
class Foreign:
    """`entities`: names any of which is a right answer; empty where any of its kind will do."""

    cause: str
    entities: tuple[str, ...]
    makes: tuple[Make, ...]
    since: timedelta = timedelta(minutes=20)

    def sheet(self, *beside: Make) -> Sheet:
        made = Sheet(since=self.since)
        for one in (*self.makes, *beside):
            one(made)
        return made


def seen(cause: str, entities: str, *makes: Make, minutes: float = 20) -> Foreign:
    """`entities` as words apart from each other."""
    return Foreign(cause, tuple(entities.split()), makes, timedelta(minutes=minutes))


# --- what may stand on a sheet


def asked(words: str, namespace: str | None = None) -> Make:
    def make(sheet: Sheet) -> None:
        sheet.complaint, sheet.namespace = words, namespace or sheet.namespace

    return make


def pods(
    owner: str, space: str, *, many: int = 2, kind: str = "ReplicaSet", waiting: str = "", words: str = "", ended: Obj | None = None,
    ready: bool | None = None, restarts: int = 0, phase: str = "", node: str = "node-a", reason: str = "", age: timedelta | None = None, image: str = "", init: Obj | None = None, **box: Any,
) -> Make:  # fmt: skip
    """Pods of an owner; `waiting` and `words` say why the container waits, `ended` how it ended last."""
    is_well = ready if ready is not None else not (waiting or reason or phase in ("Pending", "Failed"))
    picture = image or f"registry.acme.io/{owner}:4.1.0"
    told: Obj = {
        "name": "app",
        "ready": is_well,
        "restartCount": restarts,
        "image": picture,
        "state": _state(waiting, words, ended, phase, age),
    }
    status: Obj = {
        "phase": phase or ("Pending" if waiting in UNSTARTED else "Running"),
        "conditions": [{"type": "Ready", "status": str(is_well)}, {"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [{**told, **({"lastState": {"terminated": ended}} if ended else {})}],
        **({"initContainerStatuses": [init]} if init else {}), **({"reason": reason, "message": words} if reason else {}),
    }  # fmt: skip
    spec: Obj = {"nodeName": node, "containers": [{"name": "app", "image": picture, **box}]}
    if init:
        spec["initContainers"] = [{"name": init["name"], "image": init.get("image", "busybox:1.36")}]
    meta: Obj = {"labels": {"app": owner}, "age": age or timedelta(days=6)}
    if kind:
        maker = f"{owner}-{hashed(owner, 9)}" if kind == "ReplicaSet" else owner
        meta["ownerReferences"] = [{"kind": kind, "name": maker, "controller": True}]

    def make(sheet: Sheet) -> None:
        for number in range(many):
            made = sheet.put(
                "pods",
                "Pod",
                _pod_name(owner, kind, number),
                space,
                metadata=copy.deepcopy(meta),
                spec=copy.deepcopy(spec),
                status=copy.deepcopy(status),
            )
            sheet.named.setdefault(owner, []).append(made)

    return make


def _state(waiting: str, words: str, ended: Obj | None, phase: str, age: timedelta | None) -> Obj:
    if waiting:
        return {"waiting": {"reason": waiting, **({"message": words} if words else {})}}
    if ended and phase == "Failed":
        return {"terminated": ended}
    return {"running": {"startedAt": stamp(NOW - (age or timedelta(days=6)))}}


def _pod_name(owner: str, kind: str, number: int) -> str:
    drawn = hashed(owner + str(number), 5)
    names = {
        "StatefulSet": f"{owner}-{number}",
        "DaemonSet": f"{owner}-{drawn}",
        "Job": f"{owner}-{drawn}",
        "": owner,
    }
    return names.get(kind, f"{owner}-{hashed(owner, 9)}-{drawn}")


def each(owner: str, change: Callable[[Obj], object]) -> Make:
    """Every pod of an owner is changed so."""

    def make(sheet: Sheet) -> None:
        for pod in sheet.named[owner]:
            change(pod)

    return make


def owned(
    name: str, space: str, kind: str = "Deployment", many: int = 2, ready: int = 0, status: Obj | None = None
) -> Make:
    told = (
        {"replicas": ready, "readyReplicas": ready, "unavailableReplicas": many - ready}
        if status is None
        else status
    )
    plural = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}[kind]
    return thing(
        plural,
        kind,
        name,
        space,
        spec={"replicas": many, "selector": {"matchLabels": {"app": name}}},
        status=told,
    )


def refused(name: str, space: str, words: str) -> Make:
    """Its ReplicaSet may not make pods."""
    return event(
        "ReplicaSet",
        space,
        f"{name}-58dd97b6c8",
        "FailedCreate",
        "Error creating: " + words,
        source="replicaset-controller",
        count=17,
    )


def claim(name: str, space: str, phase: str = "Pending", **spec: object) -> Make:
    return thing(
        "persistentvolumeclaims", "PersistentVolumeClaim", name, space, spec=spec, status={"phase": phase}
    )


def service(
    name: str,
    space: str,
    port: int = 80,
    target: int = 8080,
    selector: Obj | None = None,
    protocol: str = "TCP",
) -> Make:
    spec = {
        "selector": selector or {"app": name},
        "ports": [{"port": port, "targetPort": target, "protocol": protocol}],
    }
    return thing("services", "Service", name, space, spec=spec)


def points(name: str, space: str, *addresses: str, port: int = 8080) -> Make:
    """The addresses of a service that are ready."""
    found = (
        [{"addresses": [{"ip": one} for one in addresses], "ports": [{"port": port}]}] if addresses else []
    )
    return thing("endpoints", "Endpoints", name, space, subsets=found)


def unplaced(
    owner: str,
    space: str,
    message: str,
    *,
    many: int = 1,
    kind: str = "ReplicaSet",
    spoken: bool = True,
    **spec: Any,
) -> Make:
    """Pods that have no node, as the scheduler says in their condition and, where `spoken`, in an event."""

    def make(sheet: Sheet) -> None:
        pods(owner, space, many=many, kind=kind, phase="Pending", age=sheet.since)(sheet)
        for pod in sheet.named[owner]:
            pod["spec"].pop("nodeName")
            pod["spec"] |= spec
            pod["status"] = {
                "phase": "Pending",
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
                ],
            }
        if spoken:
            on(owner, "FailedScheduling", message, source="default-scheduler")(sheet)

    return make


def on(owner: str, reason: str, message: str, **more: Any) -> Make:
    """The same event about each pod of an owner; `{pod}` is its name."""

    def make(sheet: Sheet) -> None:
        for pod in sheet.named[owner]:
            meta = pod["metadata"]
            sheet.event(
                "Pod", meta["namespace"], meta["name"], reason, message.replace("{pod}", meta["name"]), **more
            )

    return make


def event(kind: str, space: str, name: str, reason: str, message: str, **more: Any) -> Make:
    return lambda sheet: sheet.event(kind, space, name, reason, message, **more)


def thing(plural: str, kind: str, name: str, space: str = "", **fields: Any) -> Make:
    return lambda sheet: (sheet.put(plural, kind, name, space, **fields), None)[1]


def node(
    name: str,
    *ill: tuple[str, str, str],
    labels: Obj | None = None,
    taints: tuple[Obj, ...] = (),
    unschedulable: bool = False,
    **room: str,
) -> Make:
    """A node; `ill` are conditions as (type, status, message) beside the usual ones."""

    def make(sheet: Sheet) -> None:
        usual = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
        conditions = [
            {"type": kind, "status": status}
            for kind, status in usual.items()
            if kind not in {one[0] for one in ill}
        ]
        conditions += [
            {"type": kind, "status": status, "message": words, "lastTransitionTime": stamp(sheet.onset)}
            for kind, status, words in ill
        ]
        sizes = {"cpu": "8", "memory": "32Gi", "pods": "58", **room}
        spec: Obj = {"taints": list(taints)} if taints else {}
        if unschedulable:
            spec["unschedulable"] = True
        sheet.put("nodes", "Node", name, metadata={"labels": {"kubernetes.io/hostname": name, **(labels or {})}}, spec=spec,
                  status={"conditions": conditions, "capacity": sizes, "allocatable": sizes})  # fmt: skip

    return make


def log(
    owner: str,
    *lines: str,
    space: str = "",
    container: str = "app",
    previous: bool = False,
    every: float = 20,
    pod: str = "",
) -> Make:
    """The pods of an owner (or one of that name, of which only the log was kept) repeat these lines since the onset."""

    def make(sheet: Sheet) -> None:
        kept = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in sheet.named.get(owner, ())]
        for where, name in kept or [(space, pod or f"{owner}-{hashed(owner, 9)}-{hashed(owner + '0', 5)}")]:
            at = sheet.onset + timedelta(seconds=4) if not previous else NOW - timedelta(seconds=60)
            while at < NOW:
                sheet.lines.setdefault((where, name, container, previous), []).extend(
                    (at, line) for line in lines
                )
                at += (
                    timedelta(seconds=every * (3 if sheet.since > timedelta(minutes=40) else 1))
                    if not previous
                    else timedelta(days=1)
                )

    return make


def calm_before(owner: str, line: str, *, space: str = "", container: str = "app", pod: str = "") -> Make:
    """What its pods said before anything was wrong."""

    def make(sheet: Sheet) -> None:
        kept = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in sheet.named.get(owner, ())]
        for where, name in kept or [(space, pod or f"{owner}-{hashed(owner, 9)}-{hashed(owner + '0', 5)}")]:
            for minute in range(1, 30):
                sheet.lines.setdefault((where, name, container, False), []).append(
                    (sheet.onset - timedelta(minutes=minute), line)
                )

    return make


def gauge(metric: str, value: float, before: float | None = None, /, **labels: str) -> Make:
    return lambda sheet: sheet.level(metric, labels, value, before)


def counter(metric: str, rate: float, before: float = 0.0, /, **labels: str) -> Make:
    return lambda sheet: sheet.count(metric, labels, rate, before)


def rises(metric: str, start: float, end: float, /, **labels: str) -> Make:
    return lambda sheet: sheet.grows(metric, labels, start, end)


def alert(name: str, words: str = "", expr: str = "", /, **labels: str) -> Make:
    def make(sheet: Sheet) -> None:
        sheet.fires(name, expr, words, "", **labels)
        sheet.told[-1]["labels"].pop("cluster")
        sheet.namespace = sheet.namespace or labels.get("namespace")

    return make


def calls(*pairs: str) -> Make:
    """`a>b`: a calls b."""
    return lambda sheet: sheet.edges.extend((one.split(">")[0], one.split(">")[1]) for one in pairs)


def changed(
    service: str,
    title: str,
    *,
    kind: str = "deploy",
    minutes: float = 2,
    diff: str | None = None,
    revision: str = "4f1c9e2",
) -> Make:
    """A change so many minutes before the onset."""

    def make(sheet: Sheet) -> None:
        at = stamp(sheet.onset - timedelta(minutes=minutes))
        sheet.changes.append(
            {
                "at": at,
                "kind": kind,
                "service": service,
                "revision": revision,
                "author": "m.weber",
                "title": title,
                "url": None,
                "diff": diff,
            }
        )

    return make


def probe(service: str, space: str, port: int, detail: str, *, ok: bool = False, origin: str = "") -> Make:
    to = {"namespace": space, "service": service, "port": port}
    return lambda sheet: sheet.attempts.append(
        {"at": stamp(NOW), "from": origin or None, "to": to, "ok": ok, "detail": detail}
    )
