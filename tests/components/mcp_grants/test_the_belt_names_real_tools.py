"""Every name on the tool belt is a tool that its server has, and every write tool is on the executor's belt."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest

from mcp_servers.kit.settings import read_settings
from mcp_servers.kit.toolset import Kind, Toolset
from sre_agent.domain.plan import Call
from sre_agent.tool_belt import ToolBelt

SHIPPED = Path(__file__).parents[3] / "sre_agent" / "config" / "agent_config.yaml"
BELT = ToolBelt.read(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    "k8s": {"KUBECONFIG": "/nonexistent"},
    "prometheus": {"PROMETHEUS_URL": "http://127.0.0.1:1"},
    "loki": {"LOKI_URL": "http://127.0.0.1:1"},
    "github": {"GITHUB_TOKEN": "none", "GITHUB_REPOSITORIES": "acme/shop"},
    "notion": {"RUNBOOK_DIR": "/nonexistent"},
}
WRITERS = ("executor", "rollback")


def toolset_of(name: str) -> Toolset:
    settings = read_settings({"MCP_TOKEN": "t" * 32, "MCP_PORT": "0"}, name=name, writes=False)
    toolset: Toolset = import_module(f"mcp_servers.{name}.server").build(settings, ENVIRONMENTS[name])
    return toolset


@pytest.mark.parametrize("server", ENVIRONMENTS)
def test_every_name_on_the_belt_is_a_tool_of_its_server(server: str) -> None:
    there = toolset_of(server).tools
    for worker, pouch in BELT.agents.items():
        for name in pouch.tools.get(server, ()):
            assert any(fnmatchcase(tool, name) for tool in there), (worker, server, name)


@pytest.mark.parametrize("server", ENVIRONMENTS)
def test_only_the_executor_and_the_rollback_hold_tools_that_write(server: str) -> None:
    for tool in toolset_of(server).tools.values():
        holders = {worker for worker in BELT.agents if BELT.may(worker, _call(server, tool.name))}
        if tool.kind is Kind.WRITE:
            assert holders == set(WRITERS), tool.name
        if tool.kind is Kind.PREVIEW:
            assert {"planner", "approval"} <= holders, tool.name


def _call(server: str, tool: str) -> Call:
    return Call(server=server, tool=tool, arguments={})
