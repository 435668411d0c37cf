"""Every way the API server says no, as the Status object a client receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from infrastructure.lab.kube.objects.tree import Obj

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Expired",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    504: "Timeout",
}


class ApiError(Exception):
    """A refusal: carries the HTTP code and becomes a Status."""

    def __init__(self, code: int, message: str, *, reason: str = "", details: Obj | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or _REASONS.get(code, "Unknown")
        self.details = details

    def status(self) -> Obj:
        body: Obj = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if self.details is not None:
            body["details"] = self.details
        return {**body, "code": self.code}


@dataclass(frozen=True)
class FieldProblem:
    """One wrong field, in the words of apimachinery's field.Error."""

    reason: str
    path: str
    message: str

    def cause(self) -> Obj:
        return {"reason": self.reason, "message": self.message, "field": self.path}


def required(path: str, detail: str = "") -> FieldProblem:
    return FieldProblem("FieldValueRequired", path, _with_detail("Required value", detail))


def invalid_value(path: str, value: Any, detail: str) -> FieldProblem:
    return FieldProblem("FieldValueInvalid", path, f"Invalid value: {_shown(value)}: {detail}")


def unsupported(path: str, value: Any, allowed: Sequence[str]) -> FieldProblem:
    names = ", ".join(f'"{one}"' for one in allowed)
    return FieldProblem(
        "FieldValueNotSupported", path, f"Unsupported value: {_shown(value)}: supported values: {names}"
    )


def duplicate(path: str, value: Any) -> FieldProblem:
    return FieldProblem("FieldValueDuplicate", path, f"Duplicate value: {_shown(value)}")


def not_there(path: str, value: Any) -> FieldProblem:
    return FieldProblem("FieldValueNotFound", path, f"Not found: {_shown(value)}")


def forbidden_field(path: str, detail: str) -> FieldProblem:
    return FieldProblem("FieldValueForbidden", path, _with_detail("Forbidden", detail))


def _with_detail(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, str):
        return f'"{value}"'
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _qualified(kind: str, group: str) -> str:
    return f"{kind}.{group}" if group else kind


def _details(group: str, kind: str, name: str, **more: Any) -> Obj:
    found = {"name": name, "group": group, "kind": kind, **more}
    return {key: value for key, value in found.items() if value not in ("", None)}


def not_found(group: str, plural: str, name: str) -> ApiError:
    message = f'{_qualified(plural, group)} "{name}" not found'
    return ApiError(404, message, details=_details(group, plural, name))


def page_not_found() -> ApiError:
    message = "the server could not find the requested resource"
    return ApiError(404, message, details={})


def already_exists(group: str, plural: str, name: str) -> ApiError:
    message = f'{_qualified(plural, group)} "{name}" already exists'
    return ApiError(409, message, reason="AlreadyExists", details=_details(group, plural, name))


def conflict(group: str, plural: str, name: str, why: str) -> ApiError:
    message = f'Operation cannot be fulfilled on {_qualified(plural, group)} "{name}": {why}'
    return ApiError(409, message, details=_details(group, plural, name))


STALE = "the object has been modified; please apply your changes to the latest version and try again"


def forbidden(group: str, plural: str, name: str, why: str) -> ApiError:
    quoted = f' "{name}"' if name else ""
    message = f"{_qualified(plural, group)}{quoted} is forbidden: {why}"
    return ApiError(403, message, details=_details(group, plural, name))


def invalid(group: str, kind: str, name: str, problems: Sequence[FieldProblem]) -> ApiError:
    texts = list(dict.fromkeys(f"{one.path}: {one.message}" for one in problems))
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f'{_qualified(kind, group)} "{name}" is invalid: {joined}'
    causes = [problem.cause() for problem in problems]
    return ApiError(422, message, details=_details(group, kind, name, causes=causes))


def unprocessable() -> ApiError:
    """A JSON patch that does not apply, a failed `test` among them: the real answer says no more."""
    return ApiError(422, "the server rejected our request due to an error in our request", details={})


def bad_request(message: str) -> ApiError:
    return ApiError(400, message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized")


def method_not_allowed() -> ApiError:
    return ApiError(405, "the server does not allow this method on the requested resource", details={})


def expired(message: str) -> ApiError:
    return ApiError(410, message)


def unsupported_media_type(allowed: Sequence[str]) -> ApiError:
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        f"{', '.join(allowed)}"
    )
    return ApiError(415, message, details={})


def too_many_requests(message: str, causes: list[Obj], retry_seconds: int = 0) -> ApiError:
    details: Obj = {"causes": causes} if causes else {}
    if retry_seconds:
        details["retryAfterSeconds"] = retry_seconds
    return ApiError(429, message, details=details)


def revision_too_large(asked: int, current: int) -> ApiError:
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return ApiError(504, message, details={"causes": [cause], "retryAfterSeconds": 1})


def success(group: str, plural: str, name: str, uid: str) -> Obj:
    """What a completed deletion answers."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": _details(group, plural, name, uid=uid),
    }
