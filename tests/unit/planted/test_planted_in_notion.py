"""A secret in a runbook's title, text, code or properties is told by no tool of the Notion server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mcp_servers.kit.toolset import Toolset
from mcp_servers.kit.upstream import Upstream
from mcp_servers.notion.library import Library
from mcp_servers.notion.server import toolset
from tests.unit.planted.planting import Row, check

SYSTEM = Upstream("Notion", "http://notion", "NOTION_BASE_URL", "NOTION_API_KEY")


def text(said: str) -> list[dict[str, Any]]:
    return [{"plain_text": said}]


PAGE = {
    "id": "p1",
    "url": "https://notion.example/p1?q=§",
    "last_edited_time": "1",
    "properties": {
        "Name": {"type": "title", "title": text("Cart is slow §")},
        "Alerts": {"type": "rich_text", "rich_text": text("CartSlow")},
        "Tags": {"type": "rich_text", "rich_text": text("§")},
    },
}
BLOCKS = [
    {"type": "paragraph", "paragraph": {"rich_text": text("connect with § first")}},
    {"type": "code", "code": {"rich_text": text("curl -H 'X-Key: §' http://x"), "language": "shell"}},
    {"type": "bulleted_list_item", "bulleted_list_item": {"rich_text": text("§")}},
]
SAYS = {"pages": [PAGE], "blocks": BLOCKS}

ROWS = (
    Row("search_runbooks", SAYS, {"query": "cart slow"}, 2),
    Row("get_runbook", SAYS, {"id": "p1"}, 5),
    Row("list_runbooks", SAYS, {}, 1),
)


class OneShelf:
    def __init__(self, says: dict[str, Any]) -> None:
        self._says = says

    async def pages(self) -> list[dict[str, Any]]:
        return list(self._says["pages"])

    async def blocks(self, page_id: str) -> list[dict[str, Any]]:
        return list(self._says["blocks"])


def served(says: dict[str, Any]) -> Toolset:
    return toolset(Library(notion=OneShelf(says), folder=None, elapsed=time.monotonic), SYSTEM)


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tool)
async def test_no_tool_of_notion_tells_a_planted_secret(row: Row, caplog: pytest.LogCaptureFixture) -> None:
    await check(row, served, caplog)


def test_every_tool_of_notion_has_a_row() -> None:
    assert set(served(SAYS).tools) == {row.tool for row in ROWS}
