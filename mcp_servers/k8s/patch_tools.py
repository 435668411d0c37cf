"""The table of write tools that change one object: name, words, arguments, target, decision, surroundings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mcp_servers.k8s import asks, surroundings
from mcp_servers.k8s.other_changes import (
    cordon,
    set_config_key,
    set_label,
    set_selector,
    set_service_port,
    uncordon,
)
from mcp_servers.k8s.patching import PatchTool
from mcp_servers.k8s.rollout_changes import restart_at, rollout_undo
from mcp_servers.k8s.workload_changes import scale, set_env, set_image, set_probe, set_resources


def _named(ask: Any) -> tuple[str, str, str]:
    return ask.kind, ask.name, ask.namespace


def _node(ask: Any) -> tuple[str, str, str]:
    return "Node", ask.node, ""


def _of(kind: str) -> Callable[[Any], tuple[str, str, str]]:
    def place(ask: Any) -> tuple[str, str, str]:
        return kind, ask.name, ask.namespace

    return place


TABLE: Final = (
    PatchTool(
        name="rollout_undo",
        says="Bring back an earlier revision of a workload (0: the one before), as `kubectl rollout undo` does.",
        asks=asks.RolloutUndo,
        place=_named,
        decide=rollout_undo,
        around=surroundings.of_workload,
        undone_by=("rollout_undo",),
    ),
    PatchTool(
        name="scale",
        says="Set how many replicas a workload has.",
        asks=asks.Scale,
        place=_named,
        decide=scale,
        around=surroundings.of_scaled,
        undone_by=("scale",),
    ),
    PatchTool(
        name="set_image",
        says="Set the image of one container of a workload.",
        asks=asks.SetImage,
        place=_named,
        decide=set_image,
        around=surroundings.of_workload,
        undone_by=("set_image",),
    ),
    PatchTool(
        name="set_env",
        says="Set, or with null remove, one environment variable of one container of a workload.",
        asks=asks.SetEnv,
        place=_named,
        decide=set_env,
        around=surroundings.of_workload,
        undone_by=("set_env", "rollout_undo"),
    ),
    PatchTool(
        name="set_resources",
        says="Set requests and limits (cpu, memory) of one container of a workload; null removes one.",
        asks=asks.SetResources,
        place=_named,
        decide=set_resources,
        around=surroundings.of_workload,
        undone_by=("set_resources",),
    ),
    PatchTool(
        name="set_probe",
        says="Change port, path, scheme or timing of one probe of one container; what is not given stays.",
        asks=asks.SetProbe,
        place=_named,
        decide=set_probe,
        around=surroundings.of_workload,
        undone_by=("set_probe", "rollout_undo"),
    ),
    PatchTool(
        name="set_selector",
        says="Set the whole selector of a Service.",
        asks=asks.SetSelector,
        place=_of("Service"),
        decide=set_selector,
        around=surroundings.namespace_pods,
        undone_by=("set_selector",),
    ),
    PatchTool(
        name="set_service_port",
        says="Set where one port of a Service sends its traffic, or its protocol.",
        asks=asks.SetServicePort,
        place=_of("Service"),
        decide=set_service_port,
        around=surroundings.namespace_pods,
        undone_by=("set_service_port",),
    ),
    PatchTool(
        name="set_config_key",
        says="Set, or with null remove, one key of a ConfigMap.",
        asks=asks.SetConfigKey,
        place=_of("ConfigMap"),
        decide=set_config_key,
        around=surroundings.namespace_pods,
        undone_by=("set_config_key",),
    ),
    PatchTool(
        name="set_label",
        says="Set, or with null remove, one label of one object.",
        asks=asks.SetLabel,
        place=_named,
        decide=set_label,
        around=surroundings.none,
        undone_by=("set_label",),
    ),
    PatchTool(
        name="cordon",
        says="Keep new pods away from a node; the ones there stay.",
        asks=asks.Cordon,
        place=_node,
        decide=cordon,
        around=surroundings.of_node,
        undone_by=("uncordon",),
    ),
    PatchTool(
        name="uncordon",
        says="Let new pods come to a node again.",
        asks=asks.Uncordon,
        place=_node,
        decide=uncordon,
        around=surroundings.none,
        undone_by=("cordon",),
    ),
)


def patch_tools(moment: Callable[[], str]) -> tuple[PatchTool, ...]:
    """`moment` gives the present time in RFC 3339, for the restart's annotation."""
    restart = PatchTool(
        name="rollout_restart",
        says="Restart a workload's pods, step by step, as `kubectl rollout restart` does.",
        asks=asks.RolloutRestart,
        place=_named,
        decide=restart_at(moment),
        around=surroundings.of_workload,
        undone_by=(),
    )
    return (restart, *TABLE)
