"""The write tool that makes a Job from a CronJob's template, as `kubectl create job --from` does."""

from __future__ import annotations

from typing import Any

from mcp_servers.k8s import kinds, pointers, shape
from mcp_servers.k8s.access import Cluster, Clusters
from mcp_servers.k8s.asks import CreateJob
from mcp_servers.k8s.change import check_expectation, required_expectation
from mcp_servers.k8s.patching import ground_of, target_of
from mcp_servers.k8s.reading import found
from mcp_servers.k8s.refusals import Refused
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.contract import Blast, Preview, StepState, Undo, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step

GROUND = ("/spec/jobTemplate",)
NAME = "/metadata/name"


class Jobs:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def create_job(self, ask: CreateJob, step: Step) -> WriteResult:
        """Run a CronJob's job once, now, under a name of its own."""
        expect = required_expectation(ask.expect)
        cluster, cron = await self._cron(ask)
        check_expectation(cron, expect)
        try:
            reply = await cluster.writing.create(_path(ask), job_of(cron, ask, step.key))
        except Refused as problem:
            if problem.http == 409:
                return await self._made_before(cluster, ask, step.key, problem)
            raise
        result = _result(cluster, ask, shape.cleaned(reply.content), step.key)
        return result.model_copy(update={"warnings": reply.warnings})

    async def preview_create_job(self, ask: CreateJob) -> Preview:
        """What running a CronJob's job now would make; nothing is made."""
        cluster, cron = await self._cron(ask)
        if ask.expect is not None:
            check_expectation(cron, ask.expect)
        reply = await cluster.rehearsal.create(_path(ask), job_of(cron, ask, "preview"))
        made = shape.cleaned(reply.content, kinds.of("jobs"))
        pods = int(shape.spec(made).get("parallelism") or 1)
        return Preview(
            target=target_of(cluster, ask, {**made, "metadata": {**shape.meta(made), "uid": ""}}),
            ground=ground_of(cron, GROUND),
            before={NAME: None},
            after={NAME: ask.name},
            diff=shape.unified_diff({"kind": "Job", "metadata": {"name": ask.name}}, made),
            undo=_undo(ask),
            warnings=reply.warnings,
            blast=Blast(
                pods=pods,
                away=0,
                budget="none",
                notes=[f"{pods} pods of CronJob {ask.from_cronjob} start now."],
            ),
        )

    async def state(self, ask: CreateJob, key: str) -> StepState:
        cluster = await self._clusters.cluster(ask.cluster)
        try:
            job = await found(cluster.look, kinds.of("jobs"), ask.name, ask.namespace)
        except ToolError as problem:
            if problem.code is not Code.NOT_FOUND:
                raise
            return await self._absent(ask, problem.message)
        if key not in shape.steps_on(job):
            return StepState(state="not_done", why=f"Job {ask.name} is there, but not of this step")
        result = _result(cluster, ask, job, key).model_copy(update={"already_done": True})
        return StepState(state="done", why=f"Job {ask.name} bears the key of this step", result=result)

    async def _absent(self, ask: CreateJob, why: str) -> StepState:
        """A Job that is not there was not made, unless it would have been cleaned away once it had run."""
        _, cron = await self._cron(ask)
        if not (cleaner := cleaned_by(cron)):
            return StepState(state="not_done", why=why)
        return StepState(
            state="unknown", why=f"{why} That tells nothing: {cleaner} takes it away once it ended."
        )

    async def _cron(self, ask: CreateJob) -> tuple[Cluster, Json]:
        cluster = await self._clusters.cluster(ask.cluster)
        return cluster, await found(cluster.look, kinds.of("cronjobs"), ask.from_cronjob, ask.namespace)

    async def _made_before(self, cluster: Cluster, ask: CreateJob, key: str, problem: Refused) -> WriteResult:
        job = await found(cluster.look, kinds.of("jobs"), ask.name, ask.namespace)
        if key in shape.steps_on(job):
            return _result(cluster, ask, job, key).model_copy(update={"already_done": True})
        raise ToolError(
            Code.CONFLICT,
            f"There is a Job {ask.name} already: {problem.message}.",
            try_next="Choose another name.",
        ) from problem


def cleaned_by(cron: Json) -> str:
    """Pure: the setting of a CronJob that takes its Jobs away as soon as they may have ended; empty where none does."""
    spec = shape.spec(cron)
    told = {
        "ttlSecondsAfterFinished": shape.spec(spec.get("jobTemplate") or {}).get("ttlSecondsAfterFinished")
    }
    limits = ("successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    told |= {name: 0 if spec.get(name) == 0 else None for name in limits}
    return next((f"{name} {value}" for name, value in told.items() if value is not None), "")


def job_of(cron: Json, ask: CreateJob, key: str) -> dict[str, Any]:
    """Pure: the Job a CronJob would make, owned by it, marked as made by hand and with the step's key."""
    template = shape.spec(cron).get("jobTemplate") or {}
    metadata = template.get("metadata") or {}
    notes = {**(metadata.get("annotations") or {}), "cronjob.kubernetes.io/instantiate": "manual"}
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": shape.name_of(cron),
        "uid": shape.uid_of(cron),
        "controller": True,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": ask.name,
            "namespace": ask.namespace,
            "labels": metadata.get("labels") or {},
            "annotations": {**notes, shape.STEP: key},
            "ownerReferences": [owner],
        },
        "spec": template.get("spec") or {},
    }


def _path(ask: CreateJob) -> str:
    return kinds.of("jobs").path(ask.namespace)


def _undo(ask: CreateJob) -> Undo:
    return Undo(tool=None, statement=f"What Job {ask.name} has done is done; a person may delete the Job.")


def _result(cluster: Cluster, ask: CreateJob, job: Json, key: str) -> WriteResult:
    return WriteResult(
        changed=True,
        target=target_of(cluster, ask, {**job, "kind": "Job"}),
        before={NAME: None},
        after=pointers.values(job, [NAME]),
        diff=shape.unified_diff({"kind": "Job", "metadata": {"name": ask.name}}, {**job, "kind": "Job"}),
        undo=_undo(ask),
        key=key,
        generation=shape.meta(job).get("generation"),
    )
