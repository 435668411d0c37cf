"""What can be set natively can be set in containers too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sre_agent.settings import TOOL_SERVERS, Settings

ROOT = Path(__file__).parents[3]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "infrastructure" / "docker-compose.yaml").read_text())[
    "services"
]
LAID_BY_INIT = {"ADMIN_TOKEN", "WEBHOOK_TOKEN", *(f"MCP_{name.upper()}_TOKEN" for name in TOOL_SERVERS)}


def test_every_setting_of_the_agent_reaches_its_container() -> None:
    handed_on = set(SERVICES["agent"]["environment"])
    assert {name.upper() for name in Settings.model_fields} - handed_on == LAID_BY_INIT


@pytest.mark.parametrize("server", TOOL_SERVERS)
def test_every_variable_a_tool_server_explains_reaches_its_container(server: str) -> None:
    page = (ROOT / "mcp_servers" / server / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[A-Z_`, or()]+) \|", page, re.M)
    explained = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)} - {"MCP_"}
    assert explained
    assert explained <= set(SERVICES[f"mcp-{server}"]["environment"])
