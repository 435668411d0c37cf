"""What a specialist must know to turn a question into tool calls: the incident's place, time and windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question, Window
from sre_agent.domain.plan import Call

POINTS = 240
"""How many points a series is asked for; the step follows from the window."""


@dataclass(frozen=True)
class Scene:
    """The incident as specialists see it."""

    namespace: str
    entities: tuple[EntityRef, ...]
    started_at: datetime
    now: datetime
    baseline: timedelta
    rate_window: timedelta
    has_loki: bool

    @property
    def window(self) -> Window:
        """From the healthy past until now."""
        return Window(start=self.started_at - self.baseline, end=self.now)

    @property
    def step_seconds(self) -> int:
        return max(1, round((self.window.end - self.window.start).total_seconds() / POINTS))

    @property
    def rate(self) -> str:
        """The range for `rate()`, as PromQL writes it."""
        return f"{round(self.rate_window.total_seconds())}s"


@dataclass(frozen=True)
class NamedCall:
    """A tool call and the name its answer is kept under; the name tells readers how to read it."""

    name: str
    call: Call
    window: Window | None = None


def tool(
    name: str, where: str, arguments: Mapping[str, JsonValue], window: Window | None = None
) -> NamedCall:
    """`where` is `server.tool`."""
    server, _, tool_name = where.partition(".")
    return NamedCall(name, Call(server=server, tool=tool_name, arguments=dict(arguments)), window)


def text(question: Question, key: str, default: str = "") -> str:
    """A text argument of a question."""
    value = question.arguments.get(key, default)
    return value if isinstance(value, str) else default


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
