"""Write tools that take a pod away: deleting it, or evicting it within its disruption budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_servers.k8s import blast, kinds, shape
from mcp_servers.k8s.access import Cluster, Clusters, Reply, Sender
from mcp_servers.k8s.asks import DeletePod, EvictPod
from mcp_servers.k8s.change import check_expectation, required_expectation
from mcp_servers.k8s.patching import ground_of, target_of
from mcp_servers.k8s.reading import found
from mcp_servers.k8s.refusals import Refused, is_budget
from mcp_servers.k8s.shape import Json
from mcp_servers.k8s.surroundings import of_pod
from mcp_servers.kit.contract import Preview, StepState, Undo, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step

GROUND = ("/spec/nodeName",)
Removal = DeletePod | EvictPod


class Removing:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def delete_pod(self, ask: DeletePod, step: Step) -> WriteResult:
        """Delete one pod, the very one that was seen; whatever manages it makes another."""
        return await self._write(ask, step)

    async def preview_delete_pod(self, ask: DeletePod) -> Preview:
        """What deleting a pod would do, as the server says; nothing is deleted."""
        return await self._preview(ask)

    async def evict_pod(self, ask: EvictPod, step: Step) -> WriteResult:
        """Evict one pod, only as far as its PodDisruptionBudget allows; it is made anew elsewhere."""
        return await self._write(ask, step)

    async def preview_evict_pod(self, ask: EvictPod) -> Preview:
        """What evicting a pod would do, and whether its budget allows it now; nothing is evicted."""
        return await self._preview(ask)

    async def state(self, ask: Removal) -> StepState:
        """Done when the pod that was meant is gone, or going."""
        cluster = await self._clusters.cluster(ask.cluster)
        uid = required_expectation(ask.expect).uid
        try:
            pod = await found(cluster.look, kinds.of("pods"), ask.pod, ask.namespace)
        except ToolError as problem:
            if problem.code is not Code.NOT_FOUND:
                raise
            pod = {}
        why = _gone(pod, uid, ask.pod)
        if not why:
            return StepState(state="not_done", why=f"pod {ask.pod} is there as it was")
        gone: Json = {"kind": "Pod", "metadata": {"name": ask.pod, "namespace": ask.namespace, "uid": uid}}
        result = _result(ask, cluster, gone, "", already_done=True)
        return StepState(state="done", why=why, result=result)

    async def _preview(self, ask: Removal) -> Preview:
        cluster = await self._clusters.cluster(ask.cluster)
        pod = await found(cluster.look, kinds.of("pods"), ask.pod, ask.namespace)
        if ask.expect is not None:
            check_expectation(pod, ask.expect)
        around = await of_pod(cluster.look, pod, ask)
        reply = await _send(ask, shape.uid_of(pod), cluster.rehearsal)
        return Preview(
            target=target_of(cluster, ask, pod),
            ground=ground_of(pod, GROUND),
            before={"/metadata/name": ask.pod},
            after={"/metadata/name": None},
            diff=_diff(pod),
            undo=_undo(pod),
            warnings=reply.warnings,
            blast=blast.of_pod(pod, around),
        )

    async def _write(self, ask: Removal, step: Step) -> WriteResult:
        expect = required_expectation(ask.expect)
        cluster = await self._clusters.cluster(ask.cluster)
        pod = await found(cluster.look, kinds.of("pods"), ask.pod, ask.namespace)
        check_expectation(pod, expect)
        reply = await _send(ask, expect.uid, cluster.writing)
        result = _result(ask, cluster, pod, step.key)
        return result.model_copy(update={"warnings": reply.warnings, "diff": _diff(pod)})


async def _send(ask: Removal, uid: str, sender: Sender) -> Reply:
    """The uid is the server's to check: a pod of the same name made meanwhile is not touched."""
    path = kinds.of("pods").path(ask.namespace, ask.pod)
    options: dict[str, Any] = {"preconditions": {"uid": uid}}
    try:
        if isinstance(ask, EvictPod):
            return await sender.create(f"{path}/eviction", _eviction(ask, options))
        if ask.grace_seconds is not None:
            options["gracePeriodSeconds"] = ask.grace_seconds
        return await sender.delete(path, {"apiVersion": "v1", "kind": "DeleteOptions", **options})
    except Refused as problem:
        raise _explained(problem, ask) from problem


def _eviction(ask: EvictPod, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": ask.pod, "namespace": ask.namespace},
        "deleteOptions": {"apiVersion": "v1", "kind": "DeleteOptions", **options},
    }


def _explained(problem: Refused, ask: Removal) -> ToolError:
    if is_budget(problem):
        return ToolError(
            Code.CONFLICT,
            f"The disruption budget of pod {ask.pod} does not allow it now: {problem.message}",
            try_next="Wait until more pods are ready, or let a person decide to delete it.",
        )
    if problem.http == 409:
        return ToolError(
            Code.PRECONDITION_FAILED,
            f"Pod {ask.pod} is another one now: {problem.message}. Nothing was deleted.",
            try_next="Preview again and decide anew.",
        )
    return problem


def _result(
    ask: Removal, cluster: Cluster, pod: Json, key: str, *, already_done: bool = False
) -> WriteResult:
    return WriteResult(
        changed=True,
        target=target_of(cluster, ask, pod),
        before={"/metadata/name": ask.pod},
        after={"/metadata/name": None},
        diff="",
        undo=_undo(pod),
        key=key,
        already_done=already_done,
    )


def _undo(pod: Json) -> Undo:
    owner = shape.controller(pod) or {}
    maker = (
        f"{owner['kind']} {owner['name']} makes another"
        if owner
        else "what managed it, if anything, makes another"
    )
    return Undo(tool=None, statement=f"A deleted pod does not come back; {maker}.")


def _diff(pod: Json) -> str:
    images = "".join(f"-  {name}: {image}\n" for name, image in shape.images(pod).items())
    node = shape.spec(pod).get("nodeName", "")
    return f"--- Pod/{shape.name_of(pod)} (now)\n+++ (gone)\n-node: {node}\n-containers:\n{images}"


def _gone(pod: Json, uid: str, name: str) -> str:
    """Why the pod that was meant counts as removed; empty where it does not."""
    if not pod:
        return f"there is no pod {name} any more"
    if shape.uid_of(pod) != uid:
        return f"pod {name} is another one now"
    return f"pod {name} is being deleted" if shape.meta(pod).get("deletionTimestamp") else ""
