"""How a tool says no: a code a program can act on, a cause a person can read, and what to try next."""

from __future__ import annotations

from enum import StrEnum

from pydantic import JsonValue


class Code(StrEnum):
    INVALID_ARGUMENT = "invalid_argument"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    GRANT_REFUSED = "grant_refused"
    NOT_CONFIGURED = "not_configured"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    UPSTREAM_ERROR = "upstream_error"
    UNAUTHORIZED = "unauthorized"


RETRYABLE = frozenset({Code.UNAVAILABLE, Code.TIMEOUT})

IN_DOUBT = frozenset({Code.UNAVAILABLE, Code.TIMEOUT, Code.UPSTREAM_ERROR})
"""After one of these nobody can say whether a write reached the system; after any other it did not."""


class ToolError(Exception):
    """A tool's answer when it cannot do what was asked."""

    def __init__(
        self, code: Code, message: str, *, try_next: str = "", retryable: bool | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.try_next = try_next
        self.retryable = code in RETRYABLE if retryable is None else retryable

    def payload(self) -> dict[str, JsonValue]:
        """The error as it goes over the wire."""
        body: dict[str, JsonValue] = {
            "code": self.code.value,
            "message": self.message,
            "try_next": self.try_next,
            "retryable": self.retryable,
        }
        return {"error": body}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" Try next: {self.try_next}" if self.try_next else "")


def not_configured(variable: str, system: str) -> ToolError:
    """The system behind this tool is not set up here; `variable` is what to set."""
    return ToolError(
        Code.NOT_CONFIGURED,
        f"No {system} is configured for this server.",
        try_next=f"Set {variable} in this server's environment and restart it.",
    )


def invalid(field: str, problem: str, *, try_next: str = "") -> ToolError:
    """An argument that cannot be meant; `field` is its path."""
    return ToolError(Code.INVALID_ARGUMENT, f"{field}: {problem}", try_next=try_next)
