"""Writes Notion's blocks as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Block = Mapping[str, Any]

_CHILDREN: Final = "children"
"""Where the client puts the blocks inside a block: Notion gives them in calls of their own."""

_FENCE: Final = "```"
_MOST_DEPTH: Final = 8


def markdown(blocks: Sequence[Block], *, depth: int = 0) -> str:
    """The blocks in order; lists stand together, all else is parted by an empty line."""
    if depth > _MOST_DEPTH:
        return ""
    out: list[str] = []
    number, before = 0, ""
    for block in blocks:
        kind = str(block.get("type", ""))
        number = number + 1 if kind == "numbered_list_item" and before == kind else 1
        text = _written(block, kind, number=number, depth=depth)
        if text:
            together = kind == before and kind in _LISTS
            out.append(text if together or not out else f"\n{text}")
            before = kind
    return "\n".join(out)


def plain(rich: Sequence[Block] | None) -> str:
    """Rich text without its marks."""
    return "".join(str(part.get("plain_text", "")) for part in rich or ())


def rich_text(rich: Sequence[Block] | None) -> str:
    return "".join(_marked(part) for part in rich or ())


def _marked(part: Block) -> str:
    text = str(part.get("plain_text", ""))
    marks = part.get("annotations") or {}
    if text.strip():
        for name, mark in (("code", "`"), ("bold", "**"), ("italic", "*"), ("strikethrough", "~~")):
            if marks.get(name):
                text = f"{mark}{text}{mark}"
    href = part.get("href")
    return f"[{text}]({href})" if href and text else text


def _written(block: Block, kind: str, *, number: int, depth: int) -> str:
    body = block.get(kind) or {}
    writer = _WRITERS.get(kind)
    own = writer(body, number) if writer else rich_text(body.get("rich_text"))
    children = block.get(_CHILDREN) or ()
    if not children:
        return own
    if kind == "table":
        return _table(children)
    inside = markdown(children, depth=depth + 1)
    if kind in _LISTS:
        inside = "\n".join(f"    {line}" if line else line for line in inside.split("\n"))
        return f"{own}\n{inside}"
    return f"{own}\n\n{inside}" if own else inside


def _table(rows: Sequence[Block]) -> str:
    cells = [[rich_text(cell) for cell in (row.get("table_row") or {}).get("cells") or ()] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    if lines:
        lines.insert(1, f"|{' --- |' * len(cells[0])}")
    return "\n".join(lines)


def _code(body: Block, _: int) -> str:
    language = str(body.get("language") or "")
    return f"{_FENCE}{'' if language == 'plain text' else language}\n{plain(body.get('rich_text'))}\n{_FENCE}"


def _link(body: Block, _: int) -> str:
    place = (
        body.get("url")
        or (body.get("external") or {}).get("url")
        or (body.get("file") or {}).get("url")
        or ""
    )
    caption = plain(body.get("caption")) or place
    return f"[{caption}]({place})" if place else ""


def _heading(level: int) -> Callable[[Block, int], str]:
    return lambda body, _: f"{'#' * level} {rich_text(body.get('rich_text'))}"


def _before(mark: str) -> Callable[[Block, int], str]:
    return lambda body, _: f"{mark}{rich_text(body.get('rich_text'))}"


_LISTS: Final = ("bulleted_list_item", "numbered_list_item", "to_do", "toggle")
_WRITERS: Final[Mapping[str, Callable[[Block, int], str]]] = {
    "heading_1": _heading(1),
    "heading_2": _heading(2),
    "heading_3": _heading(3),
    "heading_4": _heading(4),
    "bulleted_list_item": _before("- "),
    "toggle": _before("- "),
    "numbered_list_item": lambda body, number: f"{number}. {rich_text(body.get('rich_text'))}",
    "to_do": lambda body, _: f"- [{'x' if body.get('checked') else ' '}] {rich_text(body.get('rich_text'))}",
    "quote": _before("> "),
    "callout": _before("> "),
    "code": _code,
    "divider": lambda _, __: "---",
    "equation": lambda body, _: f"$${body.get('expression', '')}$$",
    "child_page": lambda body, _: str(body.get("title", "")),
    "image": _link,
    "file": _link,
    "pdf": _link,
    "video": _link,
    "bookmark": _link,
    "embed": _link,
    "link_preview": _link,
}
