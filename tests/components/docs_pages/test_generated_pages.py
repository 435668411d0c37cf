"""Generated pages are as the code says, and leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import faults, pages, tools
from mcp_servers.kit.toolset import Kind
from sre_agent.graph_builder import build_graph
from sre_agent.settings import Settings

REFERENCE = pages.ROOT / "docs" / "reference"
TEMPLATE = pages.ROOT / "sre_agent" / "cli" / "native" / "env.template"


@pytest.mark.parametrize(
    ("path", "text"), pages.rendered().items(), ids=lambda one: one.name if isinstance(one, Path) else ""
)
def test_no_generated_page_is_stale(path: Path, text: str) -> None:
    assert path.read_text("utf-8") == text, f"{path.name} is stale; run: make docs"


def test_every_tool_stands_on_the_page_of_tools() -> None:
    page = (REFERENCE / "tools.md").read_text("utf-8")
    for server, toolset in tools.toolsets().items():
        for tool in toolset.tools.values():
            assert tool.kind is Kind.PREVIEW or f"| `{tool.name}` |" in page, (server, tool.name)


def test_every_fault_that_has_a_cure_names_tools_that_some_server_has() -> None:
    there = {name for toolset in tools.toolsets().values() for name in toolset.tools}
    for fault in faults.every_fault():
        assert set(fault.expect.tools) <= there, fault.name


def test_every_setting_of_the_env_file_and_of_the_agent_is_explained() -> None:
    page = (REFERENCE / "settings.md").read_text("utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", TEMPLATE.read_text("utf-8"), re.M))
    for name in named | {name.upper() for name in Settings.model_fields}:
        assert f"`{name}`" in page, name


def test_the_readme_shows_every_worker_of_the_graph_that_runs() -> None:
    readme = (pages.ROOT / "README.md").read_text("utf-8")
    for node in build_graph().get_graph().nodes:
        assert node.startswith("__") or f"\n        {node}\n" in readme, node


def test_a_part_without_markers_is_said() -> None:
    with pytest.raises(ValueError, match="expected the markers"):
        pages.spliced("no markers here", "graph", "x")
