"""What came with a request: a JSON body with checked fields, times, flags, the repository it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web

from infrastructure.lab.forge.api.answers import ApiError
from infrastructure.lab.forge.api.identity import Identity

IDENTITY = web.RequestKey("identity", Identity)
T = TypeVar("T")


async def json_of(request: web.Request) -> Any:
    """Whatever JSON was sent; an empty body is an empty object."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError as error:
        raise ApiError(400, "Problems parsing JSON") from error


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object sent."""
    loaded = await json_of(request)
    if not isinstance(loaded, dict):
        raise ApiError(400, "Body should be a JSON object")
    return loaded


def wanted(body: Mapping[str, Any], field: str, kind: type[T]) -> T:
    """A field that must be there; raises GitHub's 422 otherwise."""
    value = optional(body, field, kind)
    if value is None:
        raise ApiError(422, f'Invalid request.\n\n"{field}" wasn\'t supplied.')
    return value


def optional(body: Mapping[str, Any], field: str, kind: type[T]) -> T | None:
    """A field that may be there; null counts as absent."""
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        found = f"{json.dumps(value)[:80]} is not a {_WORDS.get(kind, kind.__name__)}."
        raise ApiError(422, f"Invalid request.\n\nFor 'properties/{field}', {found}")
    return value


_WORDS: Mapping[type, str] = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}


def time_asked(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(422, f"Invalid request.\n\n{name} is not an ISO 8601 time: {text[:40]}") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def flag_asked(request: web.Request, name: str) -> bool:
    """GitHub takes any value but false and 0 (and absence) as yes."""
    return request.query.get(name, "").lower() not in ("", "0", "false")


def caller(request: web.Request) -> Identity:
    return request[IDENTITY]
