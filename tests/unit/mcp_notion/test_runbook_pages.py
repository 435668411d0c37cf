"""Pages of every origin become runbooks: Notion's blocks as Markdown, folders read without leaving them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.notion.folder import read_folder
from mcp_servers.notion.markdown import markdown
from mcp_servers.notion.pages import is_live, runbook
from mcp_servers.notion.runbooks import Origin, from_markdown, split_front_matter


def text(content: str, **marks: bool) -> dict[str, Any]:
    return {"plain_text": content, "annotations": marks, "href": None}


def block(kind: str, *content: dict[str, Any], **more: Any) -> dict[str, Any]:
    children = more.pop("children", [])
    return {"type": kind, kind: {"rich_text": list(content), **more}, "children": children}


def test_blocks_become_markdown() -> None:
    written = markdown(
        [
            block("heading_2", text("Steps")),
            block("paragraph", text("Look at "), text("the logs", bold=True), text(" first.")),
            block("numbered_list_item", text("one"), children=[block("bulleted_list_item", text("inner"))]),
            block("numbered_list_item", text("two")),
            block("to_do", text("done"), checked=True),
            block("code", text("kubectl get pods"), language="shell"),
            block("quote", text("careful")),
            {"type": "divider", "divider": {}},
            {"type": "bookmark", "bookmark": {"url": "https://a.b", "caption": []}},
            {"type": "unheard_of", "unheard_of": {"rich_text": [text("still here")]}},
        ]
    )
    assert written == (
        "## Steps\n\nLook at **the logs** first.\n\n1. one\n    - inner\n2. two\n\n- [x] done\n\n"
        "```shell\nkubectl get pods\n```\n\n> careful\n\n---\n\n[https://a.b](https://a.b)\n\nstill here"
    )


def test_a_table_becomes_one() -> None:
    rows = [
        {"type": "table_row", "table_row": {"cells": [[text(a)], [text(b)]]}}
        for a, b in (("x", "y"), ("1", "2"))
    ]
    assert (
        markdown([{"type": "table", "table": {}, "children": rows}]) == "| x | y |\n| --- | --- |\n| 1 | 2 |"
    )


def test_a_page_tells_its_title_alerts_and_tags() -> None:
    page = {
        "id": "p1",
        "url": "https://notion.so/p1",
        "last_edited_time": "2026-01-31T08:00:00.000Z",
        "properties": {
            "Name": {"type": "title", "title": [text("Cart is slow")]},
            "Alert name": {
                "type": "multi_select",
                "multi_select": [{"name": "CartSlow"}, {"name": "p99 high"}],
            },
            "Service": {"type": "select", "select": {"name": "cart"}},
            "Owner": {"type": "people", "people": []},
            "Empty": {"type": "select", "select": None},
        },
    }
    book = runbook(page, [block("paragraph", text("Do this."))])
    assert (book.title, book.alerts, book.tags, book.markdown) == (
        "Cart is slow",
        ("CartSlow", "p99 high"),
        "cart",
        "Do this.",
    )
    assert not is_live(page | {"in_trash": True})


def test_front_matter_is_read_and_what_is_none_stays_text() -> None:
    assert split_front_matter("---\nTitle: A\n---\nbody") == ({"title": "A"}, "body")
    assert split_front_matter("---\n: [\n---\nbody")[0] == {}
    assert split_front_matter("---\njust words\n---\nbody")[1].startswith("---")
    assert split_front_matter("no matter")[1] == "no matter"
    assert split_front_matter("---\na: &a [*a]\nb: !!python/object:os.system x\n---\n")[0] == {}


def test_a_skill_file_is_read_unchanged(tmp_path: Path) -> None:
    skill = tmp_path / "restart-cart" / "SKILL.md"
    skill.parent.mkdir()
    skill.write_text(
        "---\ndescription: What to do when cart hangs\n---\n## Goal\nServe again.\n## Workflow\n1. Look.\n"
    )
    pages, notes = read_folder(tmp_path)
    assert [(page.id, page.tags) for page in pages] == [
        ("restart-cart/SKILL.md", "What to do when cart hangs")
    ]
    assert pages[0].markdown.startswith("## Goal")
    assert notes == []


def test_the_file_name_is_the_alert_where_it_is_written_as_one() -> None:
    page = from_markdown("text", Origin("x.md", "folder"), fallback_title="KubePodCrashLooping")
    assert page.alerts == ("KubePodCrashLooping",)
    assert from_markdown("# A title\ntext", Origin("x.md", "folder"), fallback_title="x").title == "A title"


def test_links_that_lead_out_of_the_folder_are_passed_over_and_named(tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("secret")
    home = tmp_path / "books"
    home.mkdir()
    (home / "evil.md").symlink_to(outside)
    (home / "dir").symlink_to(tmp_path)
    (home / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (home / "good.md").write_text("# Good")
    (home / "README.md").write_text("not a runbook")
    (home / ".git").mkdir()
    (home / ".git" / "x.md").write_text("not a runbook")
    pages, notes = read_folder(home)
    assert [page.id for page in pages] == ["good.md"]
    assert any("evil.md: it leads out" in note for note in notes)


def test_a_file_that_is_too_large_is_named(tmp_path: Path) -> None:
    (tmp_path / "big.md").write_bytes(b"x" * 1_000_001)
    pages, notes = read_folder(tmp_path)
    assert pages == []
    assert "larger than" in notes[0]


def test_a_folder_that_is_none_is_an_error_that_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="RUNBOOK_DIR") as caught:
        read_folder(tmp_path / "nope")
    assert caught.value.code is Code.UNAVAILABLE
