"""GitHub's answers: JSON, pages with Link headers, and errors in its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

DOCS = "https://docs.github.com/rest"
PER_PAGE = 30
MAX_PER_PAGE = 100
T = TypeVar("T")
Json = Any


class ApiError(Exception):
    """An error answer."""

    def __init__(
        self, status: int, message: str, *, errors: Sequence[Json] | None = None, docs: str = DOCS
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Json] = {"message": message, "documentation_url": docs, "status": str(status)}
        if errors is not None:
            self.body["errors"] = list(errors)


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def invalid(resource: str, field: str, code: str = "invalid", message: str | None = None) -> ApiError:
    """422 Validation Failed about one field."""
    error: dict[str, Json] = {"resource": resource, "field": field, "code": code}
    if message is not None:
        error["message"] = message
    return ApiError(422, "Validation Failed", errors=[error])


def custom(resource: str, message: str) -> ApiError:
    """422 Validation Failed with a sentence."""
    error = {"resource": resource, "code": "custom", "message": message}
    return ApiError(422, "Validation Failed", errors=[error])


def json_answer(body: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def page_of(request: web.Request, items: Sequence[T]) -> tuple[Sequence[T], dict[str, str]]:
    """The page asked for, and the Link header that leads to the others."""
    per_page = min(max(_number(request, "per_page", PER_PAGE), 1), MAX_PER_PAGE)
    page = max(_number(request, "page", 1), 1)
    last = max(-(-len(items) // per_page), 1)
    targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page <= 1:
        del targets["prev"], targets["first"]
    if page >= last:
        del targets["next"], targets["last"]
    links = ", ".join(f'<{_page_url(request, number)}>; rel="{rel}"' for rel, number in targets.items())
    return items[(page - 1) * per_page : page * per_page], {"Link": links} if links else {}


def page_answer(request: web.Request, items: Sequence[T], shape: Callable[[T], Json]) -> web.Response:
    page, headers = page_of(request, items)
    return json_answer([shape(item) for item in page], headers=headers)


def _page_url(request: web.Request, page: int) -> str:
    query = {**request.query, "page": str(page)}
    return f"{root_of(request)}{request.path}?{urlencode(query)}"


def root_of(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdigit() else default
