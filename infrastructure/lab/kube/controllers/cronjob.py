"""CronJobs: a Job each time the clock says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infrastructure.lab.kube.controllers import pods
from infrastructure.lab.kube.controllers.job import RESOURCE as JOBS
from infrastructure.lab.kube.controllers.job import finished_how
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import cron, moments, ownership
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, clone, dig, name_of, namespace_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Key

RESOURCE = "cronjobs.batch"
_TOO_MANY_MISSED = 100


class CronJobController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("cronjob-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {RESOURCE: own_key, JOBS: pods.owner_keys("CronJob", self._plane, RESOURCE)}

    def reconcile(self, key: Key) -> float | None:
        owner = self._plane.store.get(RESOURCE, *key)
        if owner is None or being_deleted(owner):
            return None
        jobs = [
            one for one in self._plane.store.objects(JOBS, key[0]) if ownership.is_controlled_by(one, owner)
        ]
        owner = self._account(owner, jobs)
        self._clean_up(owner, jobs)
        if dig(owner, "spec", "suspend"):
            return None
        return self._schedule(owner, [job for job in jobs if not finished_how(job)])

    def _account(self, owner: Obj, jobs: list[Obj]) -> Obj:
        old = owner.get("status", {})
        active = [_reference(job) for job in jobs if not finished_how(job)]
        before = {one["uid"] for one in old.get("active", ())}
        ended = [job for job in jobs if finished_how(job) and job["metadata"]["uid"] in before]
        for job in ended:
            text = f"Saw completed job: {name_of(job)}, condition: {finished_how(job)}"
            self._recorder.normal(owner, "SawCompletedJob", text)
        status: Obj = {key: value for key, value in old.items() if key != "active"}
        if active:
            status["active"] = active
        times = [dig(job, "status", "completionTime") for job in ended if finished_how(job) == "Complete"]
        if times:
            status["lastSuccessfulTime"] = max(filter(None, times))
        return self._plane.registry.set_status(RESOURCE, owner, status)

    def _schedule(self, owner: Obj, active: list[Obj]) -> float | None:
        """Seconds until the next time it is due."""
        now = self._plane.clock().astimezone(_zone(owner))
        schedule = cron.parse(owner["spec"]["schedule"])
        last = dig(owner, "status", "lastScheduleTime") or owner["metadata"]["creationTimestamp"]
        due = _latest_due(schedule, moments.parse(last).astimezone(now.tzinfo), now)
        if due is not None and not self._too_late(owner, due, now):
            self._start(owner, due, active)
        following = schedule.after(now)
        return (following - now).total_seconds() if following is not None else None

    def _too_late(self, owner: Obj, due: datetime, now: datetime) -> bool:
        limit = dig(owner, "spec", "startingDeadlineSeconds")
        return limit is not None and (now - due).total_seconds() > limit

    def _start(self, owner: Obj, due: datetime, active: list[Obj]) -> None:
        policy = dig(owner, "spec", "concurrencyPolicy", default="Allow")
        if active and policy == "Forbid":
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._recorder.normal(owner, "JobAlreadyActive", text)
            return
        if policy == "Replace":
            for job in active:
                self._delete(owner, job)
        name = f"{name_of(owner)}-{int(due.timestamp()) // 60}"
        if self._plane.store.get(JOBS, namespace_of(owner), name) is None:
            self._plane.registry.create(BY_RESOURCE[JOBS], job_of(owner, name, due))
            self._recorder.normal(owner, "SuccessfulCreate", f"Created job {name}")
        current = self._plane.store.get(RESOURCE, namespace_of(owner), name_of(owner)) or owner
        status = {**current.get("status", {}), "lastScheduleTime": moments.stamp(due)}
        self._plane.registry.set_status(RESOURCE, owner, status)

    def _clean_up(self, owner: Obj, jobs: list[Obj]) -> None:
        for how, field, usual in (
            ("Complete", "successfulJobsHistoryLimit", 3),
            ("Failed", "failedJobsHistoryLimit", 1),
        ):
            ended = [job for job in jobs if finished_how(job) == how and not being_deleted(job)]
            ended.sort(key=lambda job: str(dig(job, "status", "startTime", default="")))
            limit = dig(owner, "spec", field, default=usual)
            for job in ended[: max(0, len(ended) - limit)]:
                self._delete(owner, job)

    def _delete(self, owner: Obj, job: Obj) -> None:
        options = DeleteOptions(propagation="Background")
        self._plane.registry.delete(BY_RESOURCE[JOBS], namespace_of(job), name_of(job), options)
        self._recorder.normal(owner, "SuccessfulDelete", f"Deleted job {name_of(job)}")


def job_of(owner: Obj, name: str, due: datetime) -> Obj:
    template = dig(owner, "spec", "jobTemplate", default={})
    meta = clone(template.get("metadata", {}))
    meta["annotations"] = {
        **meta.get("annotations", {}),
        "batch.kubernetes.io/cronjob-scheduled-timestamp": moments.stamp(due),
    }
    meta |= {"name": name, "namespace": namespace_of(owner), "ownerReferences": [ownership.reference(owner)]}
    return {"metadata": meta, "spec": clone(template.get("spec", {}))}


def _latest_due(schedule: cron.Schedule, since: datetime, now: datetime) -> datetime | None:
    """The last time at or before `now` that was missed since."""
    due = None
    moment = schedule.after(since)
    for _ in range(_TOO_MANY_MISSED):
        if moment is None or moment > now:
            break
        due, moment = moment, schedule.after(moment)
    return due


def _zone(owner: Obj) -> ZoneInfo:
    try:
        return ZoneInfo(dig(owner, "spec", "timeZone", default="UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _reference(job: Obj) -> Obj:
    meta = job["metadata"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": meta["name"],
        "namespace": meta["namespace"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
