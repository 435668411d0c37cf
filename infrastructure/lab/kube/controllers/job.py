"""Jobs: pods that must end well, so many times."""

from __future__ import annotations

from collections.abc import Mapping

from infrastructure.lab.kube.controllers import pods
from infrastructure.lab.kube.controllers.loop import KeysOf, own_key
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.objects import conditions, moments, podstate
from infrastructure.lab.kube.objects.conditions import Condition
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, dig, name_of, namespace_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Key

RESOURCE = "jobs.batch"
_MAX_PAUSE_FACTOR = 36.0


class JobController:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._recorder = plane.recorder("job-controller")

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        return {RESOURCE: own_key, "pods": pods.owner_keys("Job", self._plane, RESOURCE)}

    def reconcile(self, key: Key) -> float | None:
        job = self._plane.store.get(RESOURCE, *key)
        if job is None or being_deleted(job):
            return None
        if finished_how(job):
            return self._expire(job)
        found = pods.claimed(self._plane, job)
        failed, succeeded = _of_phase(found, "Failed"), _of_phase(found, "Succeeded")
        active = [pod for pod in found if podstate.is_active(pod)]
        verdict = self._verdict(job, failed, succeeded, active)
        pause = None
        if verdict is not None or dig(job, "spec", "suspend"):
            for pod in active:
                pods.delete(self._plane, self._recorder, job, pod)
            active = []
        else:
            pause = self._fill(job, failed, succeeded, active)
            active = [pod for pod in pods.claimed(self._plane, job) if podstate.is_active(pod)]
        self._report(
            job, verdict, {"active": len(active), "succeeded": len(succeeded), "failed": len(failed)}, active
        )
        return self._again(job, pause)

    def _again(self, job: Obj, pause: float | None) -> float | None:
        deadline = self._deadline_left(job)
        return min((one for one in (pause, deadline) if one is not None), default=None)

    def _deadline_left(self, job: Obj) -> float | None:
        limit = dig(job, "spec", "activeDeadlineSeconds")
        if limit is None:
            return None
        start = dig(job, "status", "startTime")
        passed = moments.seconds_since(start, self._plane.clock()) if start else 0.0
        return float(limit * self._plane.pace.manifest_second - passed)

    def _verdict(
        self, job: Obj, failed: list[Obj], succeeded: list[Obj], active: list[Obj]
    ) -> Condition | None:
        spec = job["spec"]
        completions = spec.get("completions")
        if completions is not None and len(succeeded) >= completions:
            return Condition(
                "Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods"
            )
        if completions is None and succeeded and not active:
            return Condition(
                "Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods"
            )
        restarts = (
            sum(_restarts(pod) for pod in active)
            if dig(spec, "template", "spec", "restartPolicy") == "OnFailure"
            else 0
        )
        if len(failed) + restarts > spec.get("backoffLimit", 6):
            text = "Job has reached the specified backoff limit"
            return Condition("Failed", "True", "BackoffLimitExceeded", text)
        left = self._deadline_left(job)
        if left is not None and left <= 0:
            return Condition(
                "Failed", "True", "DeadlineExceeded", "Job was active longer than specified deadline"
            )
        return None

    def _fill(self, job: Obj, failed: list[Obj], succeeded: list[Obj], active: list[Obj]) -> float | None:
        """Make the pods that are missing; after failures wait longer and longer first."""
        spec = job["spec"]
        wanted = spec.get("parallelism", 1)
        if spec.get("completions") is not None:
            wanted = min(wanted, spec["completions"] - len(succeeded))
        elif succeeded:
            wanted = len(active)
        missing = wanted - len(active)
        if missing <= 0:
            return None
        pause = self._pause(failed)
        if pause > 0:
            return pause
        for _ in range(missing):
            pods.create(self._plane, self._recorder, job, pods.from_template(spec["template"], job))
        return None

    def _pause(self, failed: list[Obj]) -> float:
        if not failed:
            return 0.0
        base = self._plane.pace.crash_backoff_base
        wait = min(base * 2 ** (len(failed) - 1), base * _MAX_PAUSE_FACTOR)
        last = max(_finished_at(pod) for pod in failed)
        return float(wait - moments.seconds_since(last, self._plane.clock()))

    def _report(self, job: Obj, verdict: Condition | None, counts: dict[str, int], active: list[Obj]) -> None:
        now, old = self._plane.clock(), job.get("status", {})
        status: Obj = {name: value for name, value in counts.items() if value}
        status |= {"startTime": old.get("startTime", moments.stamp(now)), "uncountedTerminatedPods": {}}
        status["ready"] = sum(podstate.is_ready(pod) for pod in active)
        held = old.get("conditions", [])
        if dig(job, "spec", "suspend"):
            held = conditions.put(held, Condition("Suspended", "True", "JobSuspended", "Job suspended"), now)
        if verdict is not None:
            criterion = "SuccessCriteriaMet" if verdict.type == "Complete" else "FailureTarget"
            for kind in (criterion, verdict.type):
                one = Condition(kind, "True", verdict.reason, verdict.message)
                held = conditions.put(held, one, now, lastProbeTime=moments.stamp(now))
            self._announce(job, verdict)
        if verdict is not None and verdict.type == "Complete":
            status["completionTime"] = moments.stamp(now)
        self._plane.registry.set_status(RESOURCE, job, {**status, **({"conditions": held} if held else {})})

    def _announce(self, job: Obj, verdict: Condition) -> None:
        if verdict.type == "Complete":
            self._recorder.normal(job, "Completed", "Job completed")
        else:
            self._recorder.warn(job, verdict.reason, verdict.message)

    def _expire(self, job: Obj) -> float | None:
        keep = dig(job, "spec", "ttlSecondsAfterFinished")
        if keep is None:
            return None
        ended = next(one for one in job["status"]["conditions"] if one["type"] in ("Complete", "Failed"))
        passed = moments.seconds_since(ended["lastTransitionTime"], self._plane.clock())
        left = keep * self._plane.pace.manifest_second - passed
        if left > 0:
            return float(left)
        options = DeleteOptions(propagation="Foreground")
        self._plane.registry.delete(BY_RESOURCE[RESOURCE], namespace_of(job), name_of(job), options)
        return None


def finished_how(job: Obj) -> str:
    """`Complete`, `Failed`, or "" while it goes on."""
    status = job.get("status", {})
    return next((kind for kind in ("Complete", "Failed") if conditions.is_true(status, kind)), "")


def _of_phase(found: list[Obj], phase: str) -> list[Obj]:
    return [pod for pod in found if podstate.phase(pod) == phase]


def _restarts(pod: Obj) -> int:
    return sum(one.get("restartCount", 0) for one in dig(pod, "status", "containerStatuses", default=[]))


def _finished_at(pod: Obj) -> str:
    ends = [
        dig(one, "state", "terminated", "finishedAt", default="")
        for one in dig(pod, "status", "containerStatuses", default=[])
    ]
    return max(filter(None, map(str, ends)), default=str(pod["metadata"]["creationTimestamp"]))
