"""Every error as a problem detail (RFC 9457): what was expected, what was found, which field, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from sre_agent.errors import (
    BadInput,
    Conflict,
    IntakeFull,
    LeaseLost,
    NotAllowed,
    NotFound,
    Retryable,
    SreAgentError,
    StoreBusy,
    Unreadable,
)

MEDIA_TYPE: Final = "application/problem+json"
_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
_PREFIX: Final = "urn:sre-agent:problem:"


class FieldFault(BaseModel):
    """One thing that is wrong with one field; `field` is its path, as `alerts.0.labels.pod`."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong. `type` is stable and may be relied upon; `detail` is for people."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "example": {
                "type": f"{_PREFIX}bad-input",
                "title": "A field is wrong",
                "status": 422,
                "detail": "alerts.0.startsAt: is required",
                "instance": "/webhook/alert",
                "errors": [{"field": "alerts.0.startsAt", "message": "is required"}],
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: tuple[FieldFault, ...] = Field((), description="the fields that are wrong, where there are any")


KINDS: Final[dict[str, tuple[int, str]]] = {
    "unreadable": (400, "The body cannot be read"),
    "unauthenticated": (401, "Who are you?"),
    "not-allowed": (403, "Your role does not allow this"),
    "cross-site": (403, "This came from another site"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "This address does not take that method"),
    "conflict": (409, "This does not fit the present state"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body must be JSON"),
    "bad-input": (422, "A field is wrong"),
    "too-many-requests": (429, "Too many tries"),
    "intake-full": (429, "Too much at once"),
    "internal": (500, "Something broke on our side"),
    "busy": (503, "Not now"),
}
"""Every kind of problem: its status and its title. The end of `type` is the key."""


class Refusal(HTTPException):
    """Raised by the edge itself, where no error of the product fits (a wrong media type, a body too large).

    It is an HTTPException because the framework lets only those through while it reads a body.
    """

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(KINDS[kind][0], detail, dict(headers or {}))
        self.kind = kind


_OF_ERRORS: Final[tuple[tuple[type[SreAgentError], str], ...]] = (
    (Unreadable, "unreadable"),
    (BadInput, "bad-input"),
    (NotFound, "not-found"),
    (NotAllowed, "not-allowed"),
    (Conflict, "conflict"),
    (LeaseLost, "conflict"),
    (IntakeFull, "intake-full"),
    (StoreBusy, "busy"),
    (Retryable, "busy"),
)
_OF_STATUS: Final = {status: kind for kind, (status, _) in reversed(KINDS.items())}
_COME_AGAIN: Final = frozenset({"busy", "intake-full"})


def problem(kind: str, detail: str, *, path: str = "", faults: tuple[tuple[str, str], ...] = ()) -> Problem:
    status, title = KINDS[kind]
    errors = tuple(FieldFault(field=field, message=message) for field, message in faults if field)
    return Problem(
        type=_PREFIX + kind, title=title, status=status, detail=detail, instance=path, errors=errors
    )


def answer(told: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = told.model_dump_json()
    return Response(body, status_code=told.status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def of_refusal(refusal: Refusal, path: str) -> Response:
    faults = (("body", refusal.detail),) if refusal.kind == "too-large" else ()
    return answer(problem(refusal.kind, refusal.detail, path=path, faults=faults), refusal.headers)


def of_error(error: SreAgentError, path: str) -> Response:
    """An error of the product that a caller can do something about; anything else is our own fault."""
    kind = next((kind for family, kind in _OF_ERRORS if isinstance(error, family)), "internal")
    if kind == "internal":
        return of_breakdown(path)
    faults = error.faults if isinstance(error, BadInput) else ()
    headers = {"Retry-After": "1"} if kind in _COME_AGAIN else {}
    return answer(problem(kind, str(error), path=path, faults=faults), headers)


def of_breakdown(path: str) -> Response:
    """Nothing about the inside leaks; the log has it."""
    return answer(problem("internal", "The error is in the platform's log, under this address.", path=path))


# Each of these is registered for the one type it casts to; the framework's signature knows only Exception.


async def on_error(request: Request, error: Exception) -> Response:
    return of_error(cast(SreAgentError, error), request.url.path)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework raises itself: no such path, wrong method, a body it cannot read."""
    error = cast(HTTPException, error)
    if isinstance(error, Refusal):
        return of_refusal(error, request.url.path)
    kind = _OF_STATUS.get(error.status_code, "unreadable" if error.status_code < 500 else "internal")
    details = {
        "not-found": f"Nothing lives at {request.url.path}; /openapi.json lists every address.",
        "method-not-allowed": f"{request.method} is not for {request.url.path}; see the Allow header.",
    }
    headers = dict(error.headers or {})
    if kind == "method-not-allowed":
        headers["Allow"] = ", ".join(sorted(_methods_of(request))) or headers.get("Allow", "")
    return answer(problem(kind, details.get(kind, str(error.detail)), path=request.url.path), headers)


def _methods_of(request: Request) -> set[str]:
    """What this address takes: each method is a route of its own, and the framework names those of one alone."""
    at = {"type": "http", "path": request.url.path, "root_path": "", "headers": []}
    return {
        method
        for route in request.app.routes
        for method in _METHODS
        if route.matches({**at, "method": method})[0] is Match.FULL
    }


async def on_breakdown(request: Request, error: Exception) -> Response:
    """Anything nobody foresaw; the framework raises it once more afterwards, and the shield logs it."""
    return of_breakdown(request.url.path)


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """A parameter or a body that does not have the declared shape; every wrong field is named."""
    errors: list[dict[str, Any]] = list(cast(RequestValidationError, error).errors())
    if any(each["type"] == "json_invalid" for each in errors):
        return answer(problem("unreadable", "the body is not valid JSON", path=request.url.path))
    faults = tuple((_path(each["loc"]), _words(str(each["msg"]))) for each in errors[:20])
    field, message = faults[0]
    return answer(problem("bad-input", f"{field}: {message}", path=request.url.path, faults=faults))


async def problem_of(request: Request, error: Exception) -> Response:
    """The problem detail that the error becomes, where a route answers for itself."""
    if isinstance(error, RequestValidationError):
        return await on_invalid_request(request, error)
    if isinstance(error, HTTPException):
        return await on_http_exception(request, error)
    return await on_error(request, error)


def _path(location: tuple[int | str, ...]) -> str:
    """Without the word that says where it came from (`body`, `query`, `path`, `header`)."""
    parts = [str(part)[:64] for part in location]
    return ascii(".".join(parts[1:] or parts))[1:-1]


def _words(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return "is required" if message == "Field required" else message
