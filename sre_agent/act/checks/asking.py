"""How the verifier asks: typed questions through the toolbox, and what it is watching."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import Permanent, Retryable
from sre_agent.ports.run import Run
from sre_agent.signals.series import Samples, read_series

UNANSWERED: Final = (Retryable, Permanent)
"""A question that fails this way is an answer nobody has; the check says so and does not block."""
LEAST_STEP: Final = 1.0
"""Seconds between two points of a range query at least."""


async def ask(run: Run, server: str, tool: str, arguments: JsonObject) -> JsonObject:
    """Raises Retryable or Permanent."""
    call = Call(server=server, tool=tool, arguments=arguments)
    return (await run.toolbox.call(call, limit=run.limits.tool_time)).content


async def range_of(run: Run, promql: str, window: tuple[datetime, datetime], step: float) -> list[Samples]:
    """The series of a range query. Raises Retryable or Permanent."""
    start, end = window
    arguments: JsonObject = {
        "promql": promql,
        "start": start.timestamp(),
        "end": end.timestamp(),
        "step_seconds": max(step, LEAST_STEP),
    }
    return read_series(listed(await ask(run, "prometheus", "query_range", arguments), "series"))


async def instant(run: Run, promql: str, at: datetime) -> list[Samples]:
    """The series of an instant query, one sample each. Raises Retryable or Permanent."""
    arguments: JsonObject = {"promql": promql, "time": at.timestamp()}
    return read_series(listed(await ask(run, "prometheus", "query", arguments), "series"))


def listed(content: Mapping[str, JsonValue], name: str) -> list[JsonValue]:
    value = content.get(name)
    return value if isinstance(value, list) else []


def mapped(value: JsonValue, *path: str) -> dict[str, JsonValue]:
    """The object under a path of keys; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def whole(value: JsonValue, default: int = 0) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def seconds(duration: timedelta) -> float:
    return round(duration.total_seconds(), 3)
