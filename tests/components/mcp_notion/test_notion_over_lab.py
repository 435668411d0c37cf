"""The runbook tools over a Notion-compatible API, read with notion-client as it comes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.lab.knowledge.server import Knowledge
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Toolset
from mcp_servers.notion.client import NotionClient
from mcp_servers.notion.library import Library
from mcp_servers.notion.server import toolset

SLOW = """---
title: The cart is slow
alerts: [CartSlow, CartLatencyHigh]
services: [cart]
---
## First

Look at **orders-db**:

1. `kubectl logs cart`
2. Count its connections
    - by client

| state | means |
| --- | --- |
| idle | nothing |

```sh
psql -c 'select 1'
```
"""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Knowledge]:
    (tmp_path / "cart-slow.md").write_text(SLOW)
    (tmp_path / "disk.md").write_text("# Disk is full\n\nDelete what is old on the volume.\n")
    for number in range(120):
        (tmp_path / f"filler-{number}.md").write_text(f"# Filler {number}\n\nNothing of interest.\n")
    running = await Knowledge.start(folder=tmp_path)
    yield running
    await running.stop()


def tools_of(lab: Knowledge, *, key: str = "", database: str = "") -> tuple[Toolset, NotionClient]:
    client = NotionClient(key=key or lab.api_key, database=database or lab.database_id, url=lab.url)
    return toolset(Library(notion=client, folder=None, elapsed=time.monotonic), client.system), client


async def ask(tools: Toolset, tool: str, **arguments: Any) -> dict[str, Any]:
    found = tools.tools[tool]
    return (await found.run(found.asks.model_validate(arguments))).model_dump(mode="json")


async def test_pages_beyond_one_listing_are_found_by_alert_name_and_by_words(lab: Knowledge) -> None:
    tools, client = tools_of(lab)
    named = await ask(tools, "search_runbooks", alertname="CartLatencyHigh")
    assert named["pages"][0]["title"] == "The cart is slow"
    assert named["source"] == "notion"
    worded = await ask(tools, "search_runbooks", query="filesystem of the volume has no space left")
    assert worded["pages"][0]["title"] == "Disk is full"
    assert len((await ask(tools, "list_runbooks", limit=500))["pages"]) == 122
    await client.close()


async def test_a_page_comes_back_as_the_markdown_that_it_was(lab: Knowledge) -> None:
    tools, client = tools_of(lab)
    found = (await ask(tools, "search_runbooks", alertname="CartSlow", limit=1))["pages"][0]
    page = await ask(tools, "get_runbook", id=found["id"])
    assert page["alerts"] == ["CartSlow", "CartLatencyHigh"]
    text = page["markdown"]
    for part in (
        "## First",
        "Look at **orders-db**:",
        "1. `kubectl logs cart`\n2. Count its connections\n    - by client",
        "| state | means |\n| --- | --- |\n| idle | nothing |",
        "psql -c 'select 1'",
    ):
        assert part in text
    await client.close()


async def test_the_id_of_the_data_source_is_taken_as_well(lab: Knowledge) -> None:
    tools, client = tools_of(lab, database=lab.data_source_id)
    assert (await ask(tools, "list_runbooks"))["pages"]
    await client.close()


async def test_a_wrong_key_and_a_database_that_is_not_shared_say_what_to_do(lab: Knowledge) -> None:
    tools, client = tools_of(lab, key="secret_wrong")
    with pytest.raises(ToolError) as caught:
        await ask(tools, "list_runbooks")
    assert caught.value.code is Code.UNAUTHORIZED
    assert "NOTION_API_KEY" in caught.value.try_next
    await client.close()
    tools, client = tools_of(lab, database="0" * 32)
    with pytest.raises(ToolError) as caught:
        await ask(tools, "list_runbooks")
    assert caught.value.code is Code.NOT_FOUND
    assert "Share the runbook database" in caught.value.try_next
    await client.close()
