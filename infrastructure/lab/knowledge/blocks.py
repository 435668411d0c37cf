"""Markdown → Notion blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Json = Any
CONTENT_LIMIT = 2000
"""Notion's limit for one piece of rich text."""
_TASK = re.compile(r"\[([ xX])\]\s+")
_LANGUAGES: Mapping[str, str] = {
    "": "plain text",
    "text": "plain text",
    "promql": "plain text",
    "logql": "plain text",
    "sh": "shell",
    "console": "shell",
    "yml": "yaml",
    "py": "python",
    "js": "javascript",
}
_MARKS: Mapping[str, str] = {"strong": "bold", "em": "italic", "s": "strikethrough"}


@dataclass(frozen=True)
class Text:
    """A piece of rich text."""

    content: str
    marks: frozenset[str] = frozenset()
    """Of bold, italic, strikethrough, code."""
    link: str | None = None


@dataclass(frozen=True)
class Block:
    kind: str
    text: tuple[Text, ...] = ()
    extra: tuple[tuple[str, Json], ...] = ()
    """Fields beside the rich text: language, checked, table_width, …"""
    children: tuple[Block, ...] = ()


def to_blocks(markdown: str) -> tuple[Block, ...]:
    """Every construct the README names; anything else becomes a paragraph of its text."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return _blocks(SyntaxTreeNode(parser.parse(markdown)).children)


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> tuple[Block, ...]:
    return tuple(block for node in nodes for block in _BUILDERS.get(node.type, _unknown)(node))


def _heading(node: SyntaxTreeNode) -> list[Block]:
    level = min(int(node.tag[1:]), 3)
    return [Block(f"heading_{level}", _inline(node), (("is_toggleable", False),))]


def _paragraph(node: SyntaxTreeNode) -> list[Block]:
    return [Block("paragraph", _inline(node))]


def _bullets(node: SyntaxTreeNode) -> list[Block]:
    return [_item(child, "bulleted_list_item") for child in node.children]


def _numbers(node: SyntaxTreeNode) -> list[Block]:
    return [_item(child, "numbered_list_item") for child in node.children]


def _item(node: SyntaxTreeNode, kind: str) -> Block:
    """The first paragraph is the item's text, the rest hangs below it."""
    children = list(node.children)
    text: tuple[Text, ...] = ()
    if children and children[0].type == "paragraph":
        text = _inline(children.pop(0))
    below = _blocks(children)
    task = _TASK.match(text[0].content) if text and not text[0].marks else None
    if task and kind == "bulleted_list_item":
        rest = replace(text[0], content=text[0].content[task.end() :])
        return Block("to_do", (rest, *text[1:]), (("checked", task[1] != " "),), below)
    return Block(kind, text, (), below)


def _quote(node: SyntaxTreeNode) -> list[Block]:
    children = list(node.children)
    text = _inline(children.pop(0)) if children and children[0].type == "paragraph" else ()
    return [Block("quote", text, (), _blocks(children))]


def _code(node: SyntaxTreeNode) -> list[Block]:
    language = node.info.strip().split(" ")[0].lower() if node.type == "fence" else ""
    extra: tuple[tuple[str, Json], ...] = (("caption", []), ("language", _LANGUAGES.get(language, language)))
    return [Block("code", (Text(node.content.rstrip("\n")),), extra)]


def _divider(_: SyntaxTreeNode) -> list[Block]:
    return [Block("divider")]


def _table(node: SyntaxTreeNode) -> list[Block]:
    rows = [row for part in node.children for row in part.children]
    width = max(len(row.children) for row in rows)
    extra = (("table_width", width), ("has_column_header", True), ("has_row_header", False))
    return [Block("table", (), extra, tuple(_row(row, width) for row in rows))]


def _row(node: SyntaxTreeNode, width: int) -> Block:
    cells = [_inline(cell) for cell in node.children]
    return Block("table_row", (), (("cells", cells + [()] * (width - len(cells))),))


def _unknown(node: SyntaxTreeNode) -> list[Block]:
    text = node.content.strip() if node.type == "html_block" else ""
    return [Block("paragraph", (Text(text),))] if text else []


_BUILDERS: Mapping[str, Callable[[SyntaxTreeNode], list[Block]]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "bullet_list": _bullets,
    "ordered_list": _numbers,
    "blockquote": _quote,
    "fence": _code,
    "code_block": _code,
    "hr": _divider,
    "table": _table,
}


def _inline(node: SyntaxTreeNode) -> tuple[Text, ...]:
    pieces = [piece for child in node.children for piece in _pieces(child, frozenset(), None)]
    return _joined(pieces)


def _pieces(node: SyntaxTreeNode, marks: frozenset[str], link: str | None) -> list[Text]:
    if node.type in ("text", "html_inline"):
        return [Text(node.content, marks, link)]
    if node.type == "code_inline":
        return [Text(node.content, marks | {"code"}, link)]
    if node.type in ("softbreak", "hardbreak"):
        return [Text(" " if node.type == "softbreak" else "\n", marks, link)]
    if node.type == "image":
        return [Text(node.content or str(node.attrs.get("src", "")), marks, str(node.attrs.get("src", "")))]
    if node.type == "link":
        link = str(node.attrs.get("href", ""))
    marks = marks | {_MARKS[node.type]} if node.type in _MARKS else marks
    return [piece for child in node.children for piece in _pieces(child, marks, link)]


def _joined(pieces: Sequence[Text]) -> tuple[Text, ...]:
    """Neighbours that look alike become one piece."""
    joined: list[Text] = []
    for piece in pieces:
        if joined and (joined[-1].marks, joined[-1].link) == (piece.marks, piece.link):
            joined[-1] = replace(piece, content=joined[-1].content + piece.content)
        elif piece.content:
            joined.append(piece)
    return tuple(joined)
