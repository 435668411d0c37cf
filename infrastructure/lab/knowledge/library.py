"""The pages: one for each Markdown file of a folder, read again when a file changes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from infrastructure.lab.knowledge.blocks import Block, to_blocks

NAMESPACE = uuid.UUID("5a1f4a8e-6a2c-4a53-9c7e-2f6f1f2d9b10")
PROPERTIES = ("Alerts", "Services", "Tags")


class RunbookWrong(Exception):
    """A page cannot be read; the message names the file."""


@dataclass(frozen=True)
class StoredBlock:
    """A block with its place: who it is, and whose child."""

    id: str
    parent_id: str
    block: Block
    children: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    id: str
    name: str
    title: str
    values: Mapping[str, tuple[str, ...]]
    """Property → its words."""
    markdown: str
    edited_at: datetime
    children: tuple[str, ...]
    blocks: Mapping[str, StoredBlock] = field(repr=False)


class Library:
    """All pages of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: dict[str, Page] = {}
        self._seen: dict[str, float] = {}
        self.database_id = identity(f"database:{folder.name}")
        self.data_source_id = identity(f"data source:{folder.name}")

    @property
    def name(self) -> str:
        return self._folder.name.capitalize()

    def pages(self) -> list[Page]:
        """In the order of their file names; raises RunbookWrong."""
        self._refresh()
        return [self._pages[name] for name in sorted(self._pages)]

    def page(self, page_id: str) -> Page | None:
        return next((page for page in self.pages() if page.id == page_id), None)

    def owner_of(self, block_id: str) -> Page | None:
        return next((page for page in self.pages() if block_id in page.blocks), None)

    def _refresh(self) -> None:
        found = {path.stem: path for path in self._folder.glob("*.md")}
        for gone in set(self._pages) - set(found):
            del self._pages[gone], self._seen[gone]
        for name, path in found.items():
            stamp = path.stat().st_mtime
            if self._seen.get(name) != stamp:
                edited_at = datetime.fromtimestamp(stamp, UTC)
                self._pages[name] = read_page(name, path.read_text(encoding="utf-8"), edited_at)
                self._seen[name] = stamp


def read_page(name: str, text: str, edited_at: datetime) -> Page:
    """Front matter, title and blocks of one file."""
    about, markdown = _split(name, text)
    title, markdown = _title(name, about, markdown)
    page_id = identity(f"page:{name}")
    stored: dict[str, StoredBlock] = {}
    children = _store(to_blocks(markdown), page_id, stored)
    values = {label: _words(about.get(label.lower())) for label in PROPERTIES}
    return Page(page_id, name, title, values, markdown, edited_at, children, stored)


def identity(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


def _split(name: str, text: str) -> tuple[Mapping[str, Any], str]:
    if not text.startswith("---\n"):
        return {}, text
    front, end, rest = text[4:].partition("\n---\n")
    try:
        about = yaml.safe_load(front) if end else None
    except yaml.YAMLError as error:
        raise RunbookWrong(f"{name}.md: the front matter is not YAML: {error}") from error
    if not isinstance(about, dict):
        raise RunbookWrong(f"{name}.md: the front matter is not closed by --- or holds no fields")
    return about, rest.lstrip("\n")


def _title(name: str, about: Mapping[str, Any], markdown: str) -> tuple[str, str]:
    """From the front matter, else the first heading (which then is no block), else the file's name."""
    first, _, rest = markdown.partition("\n")
    heading = first[2:].strip() if first.startswith("# ") else ""
    body = rest.lstrip("\n") if heading else markdown
    return str(about.get("title") or heading or name.replace("-", " ").capitalize()), body


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(word) for word in value) if isinstance(value, list) else (str(value),)


def _store(blocks: tuple[Block, ...], parent_id: str, stored: dict[str, StoredBlock]) -> tuple[str, ...]:
    ids = []
    for position, block in enumerate(blocks):
        block_id = identity(f"{parent_id}/{position}")
        children = _store(block.children, block_id, stored)
        stored[block_id] = StoredBlock(block_id, parent_id, block, children)
        ids.append(block_id)
    return tuple(ids)
