"""The only way to any real system: named tools on named servers."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from pydantic import JsonValue

from sre_agent.domain.frozen import Frozen, JsonObject, Moment
from sre_agent.domain.ids import StepKey
from sre_agent.domain.plan import Call


class ToolAnswer(Frozen):
    """What a tool said: `content` has the shape of the tool's output schema."""

    content: JsonObject
    taken_at: Moment
    took: timedelta


class Right(Frozen):
    """What a write call carries besides its arguments: the signed grant and the step's key."""

    grant: str
    key: StepKey


class ToolInfo(Frozen):
    server: str
    name: str
    description: str
    read_only: bool
    destructive: bool
    input_schema: JsonObject
    output_schema: dict[str, JsonValue] = {}


class ServerState(Frozen):
    """Whether one server can be reached, and if not, why."""

    name: str
    url: str
    connected: bool
    configured: bool = True
    error: str = ""
    tools: int = 0


class Toolbox(Protocol):
    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        """Call one tool.

        Raises ToolUnavailable, ToolTimeout (both retryable), ToolFailed, ToolNotConfigured,
        GrantRefused or GroundMoved. Only read tools are retried by the toolbox itself.
        """

    async def tools(self) -> tuple[ToolInfo, ...]:
        """Every tool of every server that can be reached."""

    def servers(self) -> tuple[ServerState, ...]:
        """How each configured server is doing now."""
