"""Notion's answers: lists with cursors, and errors in its words."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web

T = TypeVar("T")
Json = Any
PAGE_SIZE = 100
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)


class NotionError(Exception):
    """An error answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def validation(message: str) -> NotionError:
    return NotionError(400, "validation_error", message)


def missing(kind: str, asked: str) -> NotionError:
    shared = 'Make sure the relevant pages and databases are shared with your integration "Runbook reader".'
    return NotionError(404, "object_not_found", f"Could not find {kind} with ID: {asked}. {shared}")


def answer(body: dict[str, Json], status: int = 200) -> web.Response:
    request_id = str(uuid.uuid4())
    headers = {"X-Notion-Request-Id": request_id}
    return web.json_response({**body, "request_id": request_id}, status=status, headers=headers)


def error_answer(error: NotionError) -> web.Response:
    body = {"object": "error", "status": error.status, "code": error.code, "message": str(error)}
    return answer(body, error.status)


def list_answer(
    items: Sequence[T], paging: tuple[int, str | None], shape: Callable[[T], dict[str, Json]], kind: str
) -> web.Response:
    """One page of a list; the cursor is the id of the next item."""
    size, cursor = paging
    shapes = [shape(item) for item in items]
    ids = [item["id"] for item in shapes]
    if cursor is not None and cursor not in ids:
        raise validation(f"The start_cursor provided is invalid: {cursor}")
    start = ids.index(cursor) if cursor else 0
    more = start + size < len(ids)
    return answer(
        {
            "object": "list",
            "results": shapes[start : start + size],
            "next_cursor": ids[start + size] if more else None,
            "has_more": more,
            "type": kind,
            kind: {},
        }
    )


def paging_of(size: Json, cursor: Json) -> tuple[int, str | None]:
    """page_size and start_cursor, from the query or the body."""
    try:
        number = int(size) if size is not None else PAGE_SIZE
    except (TypeError, ValueError) as error:
        raise validation(f"page_size should be a number, instead was `{size}`.") from error
    if not 1 <= number <= PAGE_SIZE:
        raise validation(f"page_size should be ≤ `{PAGE_SIZE}` and ≥ `1`, instead was `{size}`.")
    return number, None if cursor is None else uuid_of(str(cursor), "start_cursor")


def uuid_of(text: str, name: str) -> str:
    """An id with its dashes; both forms are taken."""
    if not _ID.fullmatch(text):
        raise validation(
            f"path failed validation: path.{name} should be a valid uuid, instead was `{json.dumps(text)}`."
        )
    return str(uuid.UUID(text))
