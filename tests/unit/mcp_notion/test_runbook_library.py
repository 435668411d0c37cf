"""The library reads once, reads again when it is time, and keeps what it has when that fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.settings import ServerSettings
from mcp_servers.kit.upstream import Upstream
from mcp_servers.notion import asks
from mcp_servers.notion.library import FRESH_SECONDS, Library
from mcp_servers.notion.server import Runbooks, build, toolset

SYSTEM = Upstream("Notion", "http://notion", "NOTION_BASE_URL", "NOTION_API_KEY")


class FakeNotion:
    def __init__(self) -> None:
        self.edited = {"p1": "1", "p2": "1"}
        self.read: list[str] = []
        self.listed = 0
        self.broken: ToolError | None = None
        self.held = asyncio.Event()
        self.held.set()

    async def pages(self) -> list[dict[str, Any]]:
        self.listed += 1
        await self.held.wait()
        if self.broken:
            raise self.broken
        return [
            {
                "id": key,
                "last_edited_time": edited,
                "properties": {"Name": {"type": "title", "title": [{"plain_text": f"Runbook {key}"}]}},
            }
            for key, edited in self.edited.items()
        ]

    async def blocks(self, page_id: str) -> list[dict[str, Any]]:
        self.read.append(page_id)
        return [{"type": "paragraph", "paragraph": {"rich_text": [{"plain_text": f"remedy of {page_id}"}]}}]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def notion() -> FakeNotion:
    return FakeNotion()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def titles(answer: asks.SearchAnswer) -> set[str]:
    return {page.title for page in answer.pages}


async def test_pages_are_read_once_and_again_only_where_they_were_edited(
    notion: FakeNotion, clock: Clock
) -> None:
    hand = Runbooks(Library(notion=notion, folder=None, elapsed=clock))
    for _ in range(3):
        await hand.search_runbooks(asks.SearchRunbooks(query="remedy"))
    assert sorted(notion.read) == ["p1", "p2"]
    notion.edited["p2"] = "2"
    clock.now = FRESH_SECONDS + 1
    await hand.search_runbooks(asks.SearchRunbooks(query="remedy"))
    assert sorted(notion.read) == ["p1", "p2", "p2"]


async def test_callers_at_once_share_one_reading(notion: FakeNotion, clock: Clock) -> None:
    hand = Runbooks(Library(notion=notion, folder=None, elapsed=clock))
    await asyncio.gather(*(hand.list_runbooks(asks.ListRunbooks()) for _ in range(5)))
    assert notion.listed == 1


async def test_a_reading_goes_on_when_the_call_that_began_it_is_given_up(
    notion: FakeNotion, clock: Clock
) -> None:
    hand = Runbooks(Library(notion=notion, folder=None, elapsed=clock))
    notion.held.clear()
    waiting = asyncio.create_task(hand.list_runbooks(asks.ListRunbooks()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    notion.held.set()
    assert len((await hand.list_runbooks(asks.ListRunbooks())).pages) == 2
    assert notion.listed == 1


async def test_what_was_read_stays_when_reading_again_fails_and_it_is_said(
    notion: FakeNotion, clock: Clock
) -> None:
    hand = Runbooks(Library(notion=notion, folder=None, elapsed=clock))
    await hand.list_runbooks(asks.ListRunbooks())
    notion.broken = ToolError(Code.UNAVAILABLE, "Notion is down.")
    clock.now = FRESH_SECONDS + 1
    answer = await hand.search_runbooks(asks.SearchRunbooks(query="remedy"))
    assert len(answer.pages) == 2
    assert "Notion is down" in answer.notes[0]


async def test_a_first_reading_that_fails_is_the_callers_error_and_is_tried_again(
    notion: FakeNotion, clock: Clock
) -> None:
    hand = Runbooks(Library(notion=notion, folder=None, elapsed=clock))
    notion.broken = ToolError(Code.UNAUTHORIZED, "the key is wrong")
    with pytest.raises(ToolError, match="key is wrong"):
        await hand.list_runbooks(asks.ListRunbooks())
    notion.broken = None
    assert (await hand.list_runbooks(asks.ListRunbooks())).pages


async def test_both_sources_serve_together_and_one_alone_where_the_other_is_down(
    notion: FakeNotion, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "folder-book.md").write_text("# Folder book\nremedy of the folder")
    hand = Runbooks(Library(notion=notion, folder=tmp_path, elapsed=clock))
    answer = await hand.search_runbooks(asks.SearchRunbooks(query="remedy"))
    assert answer.source == "both"
    assert titles(answer) == {"Runbook p1", "Runbook p2", "Folder book"}
    notion.broken = ToolError(Code.UNAVAILABLE, "Notion is down.")
    clock.now = FRESH_SECONDS + 1
    answer = await hand.search_runbooks(asks.SearchRunbooks(query="remedy"))
    assert answer.source == "folder"
    assert "Notion is down" in answer.notes[0]


async def test_nothing_configured_names_what_to_set(clock: Clock) -> None:
    hand = Runbooks(Library(notion=None, folder=None, elapsed=clock))
    with pytest.raises(ToolError) as caught:
        await hand.search_runbooks(asks.SearchRunbooks(query="x"))
    assert caught.value.code is Code.NOT_CONFIGURED
    assert "NOTION_API_KEY" in caught.value.try_next
    assert "RUNBOOK_DIR" in caught.value.try_next


async def test_a_key_without_a_database_starts_and_names_the_database(tmp_path: Path) -> None:
    settings = ServerSettings("notion", "127.0.0.1", 0, "t" * 32, (), "default", None, None, "INFO")
    tools = build(settings, {"NOTION_TOKEN": "secret"})
    with pytest.raises(ToolError) as caught:
        await tools.tools["list_runbooks"].run(asks.ListRunbooks())
    assert "NOTION_RUNBOOK_DATABASE_ID" in caught.value.try_next


async def test_a_page_is_given_whole_and_an_unknown_id_is_not_looked_for_anywhere(
    notion: FakeNotion, clock: Clock, tmp_path: Path
) -> None:
    hand = Runbooks(Library(notion=notion, folder=tmp_path, elapsed=clock))
    assert (await hand.get_runbook(asks.GetRunbook(id="p1"))).markdown == "remedy of p1"
    for wrong in ("../../etc/passwd", "p3", "/etc/passwd"):
        with pytest.raises(ToolError) as caught:
            await hand.get_runbook(asks.GetRunbook(id=wrong))
        assert caught.value.code is Code.NOT_FOUND


def test_every_tool_of_the_server_only_reads(clock: Clock) -> None:
    tools = toolset(Library(notion=None, folder=None, elapsed=clock), SYSTEM)
    tools.check()
    assert not tools.write_names
    assert set(tools.tools) == {"search_runbooks", "get_runbook", "list_runbooks"}
