"""The API's own view of the tool servers is there while it works, and calls only what a test of a connection may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from sre_agent.domain.plan import Call
from sre_agent.errors import ToolUnavailable
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, Toolbox, ToolInfo
from sre_agent.tool_desk import ToolDesk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = Call(server="loki", tool="labels", arguments={})
STATE = ServerState(name="loki", url="http://loki/mcp", connected=True)
TOOL = ToolInfo(
    server="loki", name="labels", description="", read_only=True, destructive=False, input_schema={}
)


class Hands:
    """Answers everything, and says with which name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = asyncio.Event()

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        return ToolAnswer(content={"by": self.name}, taken_at=NOW, took=limit)

    async def tools(self) -> tuple[ToolInfo, ...]:
        self.asked.set()
        return (TOOL,)

    def servers(self) -> tuple[ServerState, ...]:
        return (STATE,)


async def test_a_desk_that_is_not_open_knows_nothing_and_says_so() -> None:
    desk = _desk(Hands("all"))
    assert await desk.tools() == ()
    assert desk.servers() == ()
    with pytest.raises(ToolUnavailable, match="still starting"):
        await desk.probe(CALL, timedelta(seconds=1))
    with pytest.raises(ToolUnavailable, match="still starting"):
        await desk.look(CALL, timedelta(seconds=1))


async def test_an_open_desk_tells_of_the_servers_and_probes_and_looks_with_the_hands_of_those_who_may() -> (
    None
):
    hands = Hands("all")
    desk = _desk(hands)
    work = asyncio.create_task(desk.work())
    await hands.asked.wait()
    assert await desk.tools() == (TOOL,)
    assert desk.servers() == (STATE,)
    assert (await desk.probe(CALL, timedelta(seconds=1))).content == {"by": "prober"}
    assert (await desk.look(CALL, timedelta(seconds=1))).content == {"by": "approval"}
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert desk.servers() == ()


def _desk(hands: Hands) -> ToolDesk:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Toolbox]:
        yield hands

    return ToolDesk(opened, probing=lambda _: Hands("prober"), looking=lambda _: Hands("approval"))
