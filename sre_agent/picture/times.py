"""Reading the time formats that Kubernetes, Prometheus and log lines use."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

YEARS = range(1971, 2971)
"""Years in which things are recorded; the API writes year 1 for a time that was never set."""


def moment(text: object) -> datetime | None:
    """An RFC 3339 time as an aware datetime; None where there is none or it cannot be read."""
    return _moment(text) if isinstance(text, str) and text else None


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(_micro(text.strip().replace("Z", "+00:00")))
    except ValueError:
        return None
    if when.year not in YEARS:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _micro(text: str) -> str:
    """Nanoseconds cut to the microseconds that datetime can hold."""
    head, dot, tail = text.partition(".")
    if not dot:
        return text
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[: min(digits, 6)]}{tail[digits:]}"
