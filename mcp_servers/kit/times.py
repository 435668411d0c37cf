"""Times as tools take them (RFC 3339 text or Unix seconds) and as they give them (RFC 3339, UTC). Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from mcp_servers.kit.errors import Code, ToolError

_EARLIEST: Final = 0.0
_LATEST: Final = 253_402_300_799.0
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?\Z")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def unix_seconds(value: object) -> float:
    """Unix seconds of an RFC 3339 time with its zone, or of a number of seconds. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("write a time as 2026-01-31T08:00:00Z or as Unix seconds")
    text = str(value).strip()
    seconds = float(text) if _NUMBER.match(text) else _of_text(text)
    if not math.isfinite(seconds) or not _EARLIEST <= seconds <= _LATEST:
        raise ValueError(
            "the time lies outside the years 1970 to 9999; Unix times are in seconds, not milliseconds"
        )
    return seconds


def _of_text(text: str) -> float:
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError as problem:
        raise ValueError(f"{text[:40]!r} is no time; write 2026-01-31T08:00:00Z or Unix seconds") from problem
    if moment.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone; write 2026-01-31T08:00:00Z")
    return moment.timestamp()


When = Annotated[
    float,
    BeforeValidator(unix_seconds),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "number"}],
            "description": "RFC 3339 time with zone, or Unix seconds",
        }
    ),
]
"""A time argument; Unix seconds once it is validated."""


def rfc3339(seconds: float) -> str:
    """`2026-01-31T08:00:00.250Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check_window(start: float, end: float, *, longest_seconds: float, names: str = "start, end") -> float:
    """The window's length in seconds. Raises ToolError where it is empty, turned round or too long."""
    length = end - start
    if length <= 0:
        raise ToolError(
            Code.INVALID_ARGUMENT,
            f"{names}: the window ends at {rfc3339(end)}, not after its start {rfc3339(start)}.",
            try_next="Give a start that lies before the end.",
        )
    if length > longest_seconds:
        raise ToolError(
            Code.TOO_LARGE,
            f"{names}: the window is {length / 3600:.1f} h long; at most {longest_seconds / 3600:.0f} h are read at once.",
            try_next="Ask for a shorter window.",
        )
    return length
