"""Markdown becomes blocks without losing words."""

from __future__ import annotations

from datetime import UTC, datetime

from infrastructure.lab.knowledge.blocks import CONTENT_LIMIT, Text, to_blocks
from infrastructure.lab.knowledge.library import read_page
from infrastructure.lab.knowledge.shapes import rich_text


def test_deeper_headings_become_the_deepest_there_is() -> None:
    kinds = [block.kind for block in to_blocks("# a\n\n## b\n\n#### c\n")]
    assert kinds == ["heading_1", "heading_2", "heading_3"]


def test_marks_add_up_and_line_breaks_stay() -> None:
    (block,) = to_blocks("**bold *and italic***  \nnext ~~line~~ `code`\n")
    assert block.text == (
        Text("bold ", frozenset({"bold"})),
        Text("and italic", frozenset({"bold", "italic"})),
        Text("\nnext "),
        Text("line", frozenset({"strikethrough"})),
        Text(" "),
        Text("code", frozenset({"code"})),
    )


def test_nested_lists_hang_below_their_item() -> None:
    (item,) = to_blocks("- one\n  1. two\n     - three\n")
    assert (item.kind, item.children[0].kind) == ("bulleted_list_item", "numbered_list_item")
    assert item.children[0].children[0].text == (Text("three"),)


def test_code_keeps_its_text_and_notions_name_for_the_language() -> None:
    (block,) = to_blocks("```sh\nls -l\n\nexit\n```\n")
    assert block.text == (Text("ls -l\n\nexit"),)
    assert dict(block.extra)["language"] == "shell"


def test_html_is_kept_as_text() -> None:
    assert [block.text for block in to_blocks("<div>note</div>\n")] == [(Text("<div>note</div>"),)]


def test_long_text_is_cut_into_pieces_that_notion_takes() -> None:
    pieces = rich_text([Text("x" * (CONTENT_LIMIT + 1))])
    assert [len(piece["plain_text"]) for piece in pieces] == [CONTENT_LIMIT, 1]


def test_a_page_keeps_its_ids_when_its_text_changes() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    old, new = read_page("a", "# A\n\none\n", at), read_page("a", "# A\n\ntwo\n", at)
    assert (old.id, old.children) == (new.id, new.children)
