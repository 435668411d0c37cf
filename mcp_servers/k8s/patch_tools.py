"""The table of write tools that change one object: name, words, arguments, target, decision, surroundings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def patch_tools(moment: Callable[[], str]) -> tuple[PatchTool, ...]:
    """`moment` gives the present time in RFC 3339, for the restart's annotation."""
    return (
        PatchTool(
            "rollout_restart",
            "Restart a workload's pods, step by step, as `kubectl rollout restart` does.",
            asks.RolloutRestart,
            _named,
            restart_at(moment),
            surroundings.of_workload,
        ),
        PatchTool(
            "rollout_undo",
            "Bring back an earlier revision of a workload (0: the one before), as `kubectl rollout undo` does.",
            asks.RolloutUndo,
            _named,
            rollout_undo,
            surroundings.of_workload,
        ),
        PatchTool(
            "scale",
            "Set how many replicas a workload has.",
            asks.Scale,
            _named,
            scale,
            surroundings.of_scaled,
        ),
        PatchTool(
            "set_image",
            "Set the image of one container of a workload.",
            asks.SetImage,
            _named,
            set_image,
            surroundings.of_workload,
        ),
        PatchTool(
            "set_env",
            "Set, or with null remove, one environment variable of one container of a workload.",
            asks.SetEnv,
            _named,
            set_env,
            surroundings.of_workload,
        ),
        PatchTool(
            "set_resources",
            "Set requests and limits (cpu, memory) of one container of a workload; null removes one.",
            asks.SetResources,
            _named,
            set_resources,
            surroundings.of_workload,
        ),
        PatchTool(
            "set_probe",
            "Change port, path, scheme or timing of one probe of one container; what is not given stays.",
            asks.SetProbe,
            _named,
            set_probe,
            surroundings.of_workload,
        ),
        PatchTool(
            "set_selector",
            "Set the whole selector of a Service.",
            asks.SetSelector,
            _of("Service"),
            set_selector,
            surroundings.namespace_pods,
        ),
        PatchTool(
            "set_service_port",
            "Set where one port of a Service sends its traffic, or its protocol.",
            asks.SetServicePort,
            _of("Service"),
            set_service_port,
            surroundings.namespace_pods,
        ),
        PatchTool(
            "set_config_key",
            "Set, or with null remove, one key of a ConfigMap.",
            asks.SetConfigKey,
            _of("ConfigMap"),
            set_config_key,
            surroundings.namespace_pods,
        ),
        PatchTool(
            "set_label",
            "Set, or with null remove, one label of one object.",
            asks.SetLabel,
            _named,
            set_label,
            surroundings.none,
        ),
        PatchTool(
            "cordon",
            "Keep new pods away from a node; the ones there stay.",
            asks.Cordon,
            _node,
            cordon,
            surroundings.of_node,
        ),
        PatchTool(
            "uncordon",
            "Let new pods come to a node again.",
            asks.Uncordon,
            _node,
            uncordon,
            surroundings.none,
        ),
    )


def _named(ask: Any) -> tuple[str, str, str]:
    return ask.kind, ask.name, ask.namespace


def _node(ask: Any) -> tuple[str, str, str]:
    return "Node", ask.node, ""


def _of(kind: str) -> Callable[[Any], tuple[str, str, str]]:
    def place(ask: Any) -> tuple[str, str, str]:
        return kind, ask.name, ask.namespace

    return place
