"""Another thread's toolbox is called in that thread's own loop."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from sre_agent.domain.plan import Call
from sre_agent.errors import ToolUnavailable
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from sre_agent.runner_thread import RunnerThread

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = Call(server="loki", tool="labels", arguments={})


class Hands:
    """Answers everything, and notes in which loop."""

    def __init__(self) -> None:
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        self.loops.append(asyncio.get_running_loop())
        return ToolAnswer(content={"labels": []}, taken_at=NOW, took=limit)

    async def tools(self) -> tuple[ToolInfo, ...]:
        return ()

    def servers(self) -> tuple[ServerState, ...]:
        return ()


async def test_before_the_runner_is_there_a_probe_says_so() -> None:
    async def main(_: asyncio.Event) -> None:
        return

    with pytest.raises(ToolUnavailable, match="not started yet"):
        await RunnerThread(main).probe(CALL, timedelta(seconds=1))


async def test_a_probe_runs_where_the_sessions_live() -> None:
    hands, ready = Hands(), asyncio.Event()
    here = asyncio.get_running_loop()

    async def main(stop: asyncio.Event) -> None:
        thread.probes = thread.toolbox = hands
        here.call_soon_threadsafe(ready.set)
        await stop.wait()

    thread = RunnerThread(main)
    work = asyncio.create_task(thread.work())
    await ready.wait()
    answer = await thread.probe(CALL, timedelta(seconds=1))
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert answer.took == timedelta(seconds=1)
    assert hands.loops
    assert hands.loops[0] is not here
