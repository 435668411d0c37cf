"""Reading the time formats that Kubernetes, Prometheus and log lines use."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def moment(text: str | None) -> datetime | None:
    """An RFC 3339 time as an aware datetime; None where there is none or it cannot be read."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(_micro(text.strip().replace("Z", "+00:00")))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _micro(text: str) -> str:
    """Nanoseconds cut to the microseconds that datetime can hold."""
    head, dot, tail = text.partition(".")
    if not dot:
        return text
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[: min(digits, 6)]}{tail[digits:]}"
