"""Markdown that every generated page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), "|" + "---|" * len(head)]
    return "\n".join([*lines, *(_row(row) for row in rows)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ").strip() for cell in cells) + " |"


def code(*words: str) -> str:
    """Each in code quotes, with commas between."""
    return ", ".join(f"`{word}`" for word in words if word)


def sentence(text: str) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def page(title: str, about: str, *parts: str) -> str:
    written = f"# {title}\n\n{about.rstrip()}\n\nThis page is written by `make docs`; change its source, not the page.\n"
    return "\n".join([written, *(part.rstrip() + "\n" for part in parts)])
