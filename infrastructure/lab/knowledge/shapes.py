"""Pages, blocks, databases and users as Notion's API shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infrastructure.lab.knowledge.blocks import CONTENT_LIMIT, Text
from infrastructure.lab.knowledge.library import PROPERTIES, Library, Page, StoredBlock, identity

Json = Any
NEW_VERSION = "2025-09-03"
"""From this version on a database has data sources; before it was one."""
BOT_ID = identity("user:bot")
PERSON_ID = identity("user:author")
_PROPERTY_IDS = {"Name": "title", "Alerts": "aLrT", "Services": "sVcS", "Tags": "tAgS"}
_EDITED = "Last edited"


@dataclass(frozen=True)
class View:
    """How the caller sees things: where the API is served, and which version it speaks."""

    root: str
    version: str

    @property
    def with_data_sources(self) -> bool:
        return self.version >= NEW_VERSION


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def rich_text(pieces: Iterable[Text]) -> list[Json]:
    return [shape for piece in pieces for shape in _rich_pieces(piece)]


def _rich_pieces(piece: Text) -> list[Json]:
    parts = [piece.content[i : i + CONTENT_LIMIT] for i in range(0, len(piece.content), CONTENT_LIMIT)]
    marks = {name: name in piece.marks for name in ("bold", "italic", "strikethrough", "underline", "code")}
    return [
        {
            "type": "text",
            "text": {"content": part, "link": {"url": piece.link} if piece.link else None},
            "annotations": {**marks, "color": "default"},
            "plain_text": part,
            "href": piece.link,
        }
        for part in parts
    ]


def plain(text: str) -> list[Json]:
    return rich_text([Text(text)])


def page_shape(page: Page, library: Library, view: View) -> dict[str, Json]:
    url = f"{view.root}/{page.name}-{page.id.replace('-', '')}"
    return {
        "object": "page",
        "id": page.id,
        **_authorship(page.edited_at),
        "cover": None,
        "icon": None,
        "parent": _page_parent(library, view),
        "archived": False,
        "in_trash": False,
        "is_locked": False,
        "properties": page_properties(page),
        "url": url,
        "public_url": None,
    }


def _page_parent(library: Library, view: View) -> dict[str, Json]:
    if not view.with_data_sources:
        return {"type": "database_id", "database_id": library.database_id}
    return {
        "type": "data_source_id",
        "data_source_id": library.data_source_id,
        "database_id": library.database_id,
    }


def page_properties(page: Page) -> dict[str, Json]:
    shapes: dict[str, Json] = {
        name: {"id": _PROPERTY_IDS[name], "type": "multi_select", "multi_select": _options(page.values[name])}
        for name in PROPERTIES
    }
    shapes[_EDITED] = {"id": "eDiT", "type": "last_edited_time", "last_edited_time": stamp(page.edited_at)}
    shapes["Name"] = {"id": "title", "type": "title", "title": plain(page.title)}
    return shapes


def _options(words: Sequence[str]) -> list[Json]:
    return [{"id": identity(f"option:{word}"), "name": word, "color": "default"} for word in words]


def block_shape(stored: StoredBlock, page: Page) -> dict[str, Json]:
    block = stored.block
    parent = "page_id" if stored.parent_id == page.id else "block_id"
    content: dict[str, Json] = {name: _extra(name, value) for name, value in block.extra}
    if block.kind not in ("divider", "table", "table_row"):
        content["rich_text"] = rich_text(block.text)
    if block.kind not in ("divider", "table", "table_row", "code"):
        content["color"] = "default"
    return {
        "object": "block",
        "id": stored.id,
        "parent": {"type": parent, parent: stored.parent_id},
        **_authorship(page.edited_at),
        "has_children": bool(stored.children),
        "archived": False,
        "in_trash": False,
        "type": block.kind,
        block.kind: content,
    }


def _extra(name: str, value: Json) -> Json:
    return [rich_text(cell) for cell in value] if name == "cells" else value


def database_shape(library: Library, view: View) -> dict[str, Json]:
    shape = {
        "object": "database",
        "id": library.database_id,
        "title": plain(library.name),
        "parent": {"type": "workspace", "workspace": True},
        **_container(library, view, library.database_id),
    }
    if view.with_data_sources:
        shape["data_sources"] = [{"id": library.data_source_id, "name": library.name}]
    else:
        shape["properties"] = schema(library)
    return shape


def data_source_shape(library: Library, view: View) -> dict[str, Json]:
    return {
        "object": "data_source",
        "id": library.data_source_id,
        "title": plain(library.name),
        "parent": {"type": "database_id", "database_id": library.database_id},
        "database_parent": {"type": "workspace", "workspace": True},
        "properties": schema(library),
        **_container(library, view, library.database_id),
    }


def _container(library: Library, view: View, link_id: str) -> dict[str, Json]:
    newest = max((page.edited_at for page in library.pages()), default=datetime(2026, 1, 1, tzinfo=UTC))
    return {
        **_authorship(newest),
        "description": [],
        "is_inline": False,
        "is_locked": False,
        "archived": False,
        "in_trash": False,
        "icon": None,
        "cover": None,
        "url": f"{view.root}/{link_id.replace('-', '')}",
        "public_url": None,
    }


def schema(library: Library) -> dict[str, Json]:
    shapes: dict[str, Json] = {}
    for name in PROPERTIES:
        words = sorted({word for page in library.pages() for word in page.values[name]})
        shapes[name] = _column(name, _PROPERTY_IDS[name], "multi_select", {"options": _options(words)})
    shapes[_EDITED] = _column(_EDITED, "eDiT", "last_edited_time", {})
    shapes["Name"] = _column("Name", "title", "title", {})
    return shapes


def _column(name: str, column_id: str, kind: str, content: Mapping[str, Json]) -> dict[str, Json]:
    return {"id": column_id, "name": name, "description": None, "type": kind, kind: content}


def bot_shape() -> dict[str, Json]:
    return {
        "object": "user",
        "id": BOT_ID,
        "name": "Runbook reader",
        "avatar_url": None,
        "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_id": identity("workspace"),
            "workspace_name": "Shop",
            "workspace_limits": {"max_file_upload_size_in_bytes": 5242880},
        },
    }


def person_shape() -> dict[str, Json]:
    return {
        "object": "user",
        "id": PERSON_ID,
        "name": "Shop on-call",
        "avatar_url": None,
        "type": "person",
        "person": {"email": "oncall@shop.example"},
    }


def _authorship(at: datetime) -> dict[str, Json]:
    author = {"object": "user", "id": PERSON_ID}
    return {
        "created_time": stamp(at),
        "last_edited_time": stamp(at),
        "created_by": author,
        "last_edited_by": author,
    }
