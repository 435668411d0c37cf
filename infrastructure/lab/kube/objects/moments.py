"""Times as Kubernetes writes them, and durations as Go prints them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """metav1.Time: whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(moment: datetime) -> str:
    """metav1.MicroTime, as in leases and the events of newer components."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def nano_stamp(nanoseconds: int) -> str:
    """RFC3339Nano with all nine digits, as container logs carry it."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest:09d}Z"


_FRACTION = re.compile(r"\.(\d{6})\d+")


def parse(text: str) -> datetime:
    """Any RFC 3339 time; digits beyond microseconds are dropped."""
    return datetime.fromisoformat(_FRACTION.sub(r".\1", text.replace("Z", "+00:00")))


def seconds_since(text: str, now: datetime) -> float:
    return (now - parse(text)).total_seconds()


def go_duration(seconds: float) -> str:
    """time.Duration.String(): `10s`, `2m40s`, `1.5s`, `250ms`."""
    if seconds <= 0:
        return "0s"
    if seconds < 1:
        return f"{_short(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{_short(rest)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text


def _short(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")


def age(seconds: float) -> str:
    """duration.HumanDuration, the AGE column of kubectl."""
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    if total < 120:
        return f"{max(total, 0)}s"
    minutes = total // 60
    if minutes < 10:
        return _two(minutes, "m", total % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    return _long_age(minutes // 60, minutes % 60)


def _long_age(hours: int, minutes: int) -> str:
    days = hours // 24
    if hours < 8:
        return _two(hours, "h", minutes, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    return _two(days // 365, "y", days % 365, "d") if days < 2920 else f"{days // 365}y"


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"
