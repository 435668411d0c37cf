"""Tables of the workload kinds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.api.tables.cells import NONE, ago, containers, number, selector, since
from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of


def deployment(obj: Obj, now: datetime) -> Sequence[Any]:
    return [
        name_of(obj),
        f"{number(obj, 'status', 'readyReplicas')}/{number(obj, 'spec', 'replicas')}",
        number(obj, "status", "updatedReplicas"),
        number(obj, "status", "availableReplicas"),
        since(obj, now),
        *containers(dig(obj, "spec", "template")),
        selector(obj),
    ]


def replica_set(obj: Obj, now: datetime) -> Sequence[Any]:
    return [
        name_of(obj),
        number(obj, "spec", "replicas"),
        number(obj, "status", "replicas"),
        number(obj, "status", "readyReplicas"),
        since(obj, now),
        *containers(dig(obj, "spec", "template")),
        selector(obj),
    ]


def stateful_set(obj: Obj, now: datetime) -> Sequence[Any]:
    ready = f"{number(obj, 'status', 'readyReplicas')}/{number(obj, 'spec', 'replicas')}"
    return [name_of(obj), ready, since(obj, now), *containers(dig(obj, "spec", "template"))]


def daemon_set(obj: Obj, now: datetime) -> Sequence[Any]:
    counts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    node_selector = dig(obj, "spec", "template", "spec", "nodeSelector", default={})
    return [
        name_of(obj),
        *(number(obj, "status", name) for name in counts),
        ",".join(f"{key}={value}" for key, value in node_selector.items()) or NONE,
        since(obj, now),
        *containers(dig(obj, "spec", "template")),
        selector(obj),
    ]


def job(obj: Obj, now: datetime) -> Sequence[Any]:
    wanted = dig(obj, "spec", "completions")
    done = number(obj, "status", "succeeded")
    return [
        name_of(obj),
        _job_status(obj),
        f"{done}/{wanted}" if wanted is not None else f"{done}/1 of {number(obj, 'spec', 'parallelism')}",
        _job_duration(obj, now),
        since(obj, now),
        *containers(dig(obj, "spec", "template")),
        selector(obj),
    ]


def _job_status(obj: Obj) -> str:
    held = {one["type"] for one in dig(obj, "status", "conditions", default=[]) if one["status"] == "True"}
    for condition, text in (("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended")):
        if condition in held:
            return text
    return "Terminating" if "deletionTimestamp" in obj["metadata"] else "Running"


def _job_duration(obj: Obj, now: datetime) -> str:
    start, end = dig(obj, "status", "startTime"), dig(obj, "status", "completionTime")
    if not start:
        return ""
    finish = moments.parse(end) if end else now
    return moments.age(moments.seconds_since(start, finish))


def cron_job(obj: Obj, now: datetime) -> Sequence[Any]:
    last = dig(obj, "status", "lastScheduleTime")
    return [
        name_of(obj),
        dig(obj, "spec", "schedule", default=""),
        dig(obj, "spec", "timeZone") or NONE,
        str(dig(obj, "spec", "suspend", default=False)),
        len(dig(obj, "status", "active", default=[])),
        ago(last, now) if last else NONE,
        since(obj, now),
        *containers(dig(obj, "spec", "jobTemplate", "spec", "template")),
        NONE,
    ]


def autoscaler(obj: Obj, now: datetime) -> Sequence[Any]:
    target = dig(obj, "spec", "scaleTargetRef", default={})
    return [
        name_of(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        ", ".join(_metric(one) for one in dig(obj, "spec", "metrics", default=[])) or NONE,
        number(obj, "spec", "minReplicas"),
        number(obj, "spec", "maxReplicas"),
        number(obj, "status", "currentReplicas"),
        since(obj, now),
    ]


def _metric(metric: Obj) -> str:
    name = dig(metric, "resource", "name", default="")
    wanted = dig(metric, "resource", "target", "averageUtilization", default="")
    return f"{name}: <unknown>/{wanted}%"


def disruption_budget(obj: Obj, now: datetime) -> Sequence[Any]:
    spec = obj.get("spec", {})
    return [
        name_of(obj),
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        number(obj, "status", "disruptionsAllowed"),
        since(obj, now),
    ]


def controller_revision(obj: Obj, now: datetime) -> Sequence[Any]:
    owners = obj["metadata"].get("ownerReferences") or [{}]
    kind = owners[0].get("kind", "")
    group = owners[0].get("apiVersion", "").partition("/")[0]
    owner = f"{kind.lower()}.{group}/{owners[0].get('name', '')}" if kind else NONE
    return [name_of(obj), owner, obj.get("revision", 0), since(obj, now)]


_WIDE = "(Containers) (Images) (Selector)"
PRINTERS = {
    "deployments.apps": (f"Name Ready Up-to-date Available Age {_WIDE}", deployment),
    "replicasets.apps": (f"Name Desired Current Ready Age {_WIDE}", replica_set),
    "statefulsets.apps": ("Name Ready Age (Containers) (Images)", stateful_set),
    "daemonsets.apps": (
        f"Name Desired Current Ready Up-to-date Available Node_Selector Age {_WIDE}",
        daemon_set,
    ),
    "jobs.batch": (f"Name Status Completions Duration Age {_WIDE}", job),
    "cronjobs.batch": (f"Name Schedule Timezone Suspend Active Last_Schedule Age {_WIDE}", cron_job),
    "horizontalpodautoscalers.autoscaling": (
        "Name Reference Targets MinPods MaxPods Replicas Age",
        autoscaler,
    ),
    "poddisruptionbudgets.policy": (
        "Name Min_Available Max_Unavailable Allowed_Disruptions Age",
        disruption_budget,
    ),
    "controllerrevisions.apps": ("Name Controller Revision Age", controller_revision),
}
