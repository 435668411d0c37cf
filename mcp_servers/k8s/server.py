"""Declares the Kubernetes tools and puts the server together."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mcp_servers.k8s.access import Clusters
from mcp_servers.k8s.asks import CreateJob, DeletePod, EvictPod
from mcp_servers.k8s.client import ConfiguredClusters, Places
from mcp_servers.k8s.happenings import Happenings
from mcp_servers.k8s.jobs import Jobs
from mcp_servers.k8s.namespaces import NamespaceReading
from mcp_servers.k8s.nodes import NodeReading
from mcp_servers.k8s.patch_tools import patch_tools
from mcp_servers.k8s.patching import Patching, PatchTool
from mcp_servers.k8s.reading import Reading
from mcp_servers.k8s.removal import Removing
from mcp_servers.k8s.rollouts import Rollouts
from mcp_servers.k8s.topology import TopologyReading
from mcp_servers.k8s.writers import WriterReading
from mcp_servers.kit.contract import Preview, StepAsk, StepState, WriteResult
from mcp_servers.kit.dispatch import validated
from mcp_servers.kit.errors import invalid
from mcp_servers.kit.problems import SettingProblem
from mcp_servers.kit.settings import ServerSettings
from mcp_servers.kit.toolset import Step, Toolset, Trace

INSTRUCTIONS = (
    "Reads and changes one or several Kubernetes clusters. Reads need nothing but the bearer token. "
    "A write needs a grant; ask its preview_ twin first, and give the preview's ground back as `expect`."
)
ON_THE_OBJECT: Final = "its key, which the same patch writes into the object's annotations"
ON_THE_JOB: Final = "its key in the annotations of the Job of that name; not where such Jobs are cleaned away"
GONE: Final = "the pod of that uid, gone or going"
Finder = Callable[[Any, str], Awaitable[StepState]]


def build(settings: ServerSettings, env: Mapping[str, str]) -> Toolset:
    """The toolset over the clusters this environment names. Raises SettingProblem."""
    clusters = ConfiguredClusters(places(env))
    tools = toolset(clusters)
    tools.on_stop(clusters.close)
    return tools


def places(env: Mapping[str, str]) -> Places:
    return Places(
        kubeconfig=_file(env, "KUBECONFIG"),
        write_kubeconfig=_file(env, "KUBECONFIG_WRITE"),
        context=env.get("K8S_CONTEXT", "").strip(),
        in_cluster=bool(env.get("KUBERNETES_SERVICE_HOST")),
    )


def toolset(clusters: Clusters, *, now: Callable[[], float] = time.time) -> Toolset:
    """Every tool of this server, over any clusters: real ones, or a test's."""
    tools = Toolset(instructions=INSTRUCTIONS)
    reading, happenings = Reading(clusters), Happenings(clusters, tools.limits, now=now)
    for read in (
        reading.list_objects,
        reading.get_object,
        reading.describe_object,
        reading.cluster_info,
        happenings.list_events,
        happenings.get_pod_logs,
        Rollouts(clusters).rollout_history,
        NodeReading(clusters).node_state,
        TopologyReading(clusters).topology,
        NamespaceReading(clusters).namespace_objects,
        WriterReading(clusters).object_writers,
    ):
        tools.read(read)
    finders = _declare_patches(tools, Patching(clusters), patch_tools(lambda: _rfc3339(now())))
    finders |= _declare_others(tools, Removing(clusters), Jobs(clusters))
    tools.reconcile(_step_state(tools, finders))
    return tools


def _declare_patches(tools: Toolset, patching: Patching, table: tuple[PatchTool, ...]) -> dict[str, Finder]:
    finders: dict[str, Finder] = {}
    for tool in table:
        write, preview, find = _functions(patching, tool)
        tools.write(write, preview=preview, trace=Trace(ON_THE_OBJECT, tool.undone_by))
        finders[tool.name] = find
    return finders


def _functions(patching: Patching, tool: PatchTool) -> tuple[Any, Any, Finder]:
    """A write, its preview and its finder, named and described as the table says."""

    async def write(ask: Any, step: Step) -> WriteResult:
        return await patching.write(tool, ask, step)

    async def preview(ask: Any) -> Preview:
        return await patching.preview(tool, ask)

    async def find(ask: Any, key: str) -> StepState:
        return await patching.state(tool, ask, key)

    write.__name__, write.__doc__ = tool.name, tool.says
    write.__annotations__ = {"ask": tool.asks, "step": Step, "return": WriteResult}
    preview.__name__ = f"preview_{tool.name}"
    preview.__doc__ = f"Preview: {tool.says} Nothing is changed; the server itself says what would be."
    preview.__annotations__ = {"ask": tool.asks, "return": Preview}
    return write, preview, find


def _declare_others(tools: Toolset, removing: Removing, jobs: Jobs) -> dict[str, Finder]:
    tools.write(removing.delete_pod, preview=removing.preview_delete_pod, destructive=True, trace=Trace(GONE))
    tools.write(removing.evict_pod, preview=removing.preview_evict_pod, destructive=True, trace=Trace(GONE))
    tools.write(jobs.create_job, preview=jobs.preview_create_job, trace=Trace(ON_THE_JOB))

    async def removed(ask: DeletePod | EvictPod, key: str) -> StepState:
        seen = await removing.state(ask)
        result = seen.result.model_copy(update={"key": key}) if seen.result else None
        return seen.model_copy(update={"result": result})

    async def made(ask: CreateJob, key: str) -> StepState:
        return await jobs.state(ask, key)

    return {"delete_pod": removed, "evict_pod": removed, "create_job": made}


def _step_state(tools: Toolset, finders: Mapping[str, Finder]) -> Callable[[StepAsk], Awaitable[StepState]]:
    async def step_state(ask: StepAsk) -> StepState:
        """Whether a step's write is in the cluster: done, not done, or unknown, and how that is known."""
        find = finders.get(ask.tool)
        if find is None:
            raise invalid("tool", f"{ask.tool!r} is no write tool of this server")
        return await find(validated(tools.tools[ask.tool], ask.arguments), ask.key)

    return step_state


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _file(env: Mapping[str, str], name: str) -> Path | None:
    """A kubeconfig need not exist yet at the start: the tools say so when it is missing."""
    raw = env.get(name, "").strip()
    if ":" in raw:
        raise SettingProblem(name, repr(raw), "the path of one kubeconfig file, not a list of several")
    return Path(raw).expanduser() if raw else None
