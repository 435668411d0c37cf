"""A toolset whose answers a test decides: one read tool, one write tool."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mcp_servers.kit.contract import (
    Answer,
    Ask,
    Ground,
    Preview,
    StepAsk,
    StepState,
    Target,
    Undo,
    WriteAsk,
    WriteResult,
)
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step, Toolset

TARGET = Target(kind="Lamp", name="hall", uid="u-1")


class Look(Ask):
    what: str


class Seen(Answer):
    body: dict[str, Any]


class Change(WriteAsk):
    value: str


class DemoTools:
    """What the tools do next is in `script`; what they did is in `reached`."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.acting = asyncio.Event()
        self.contents: dict[str, dict[str, Any]] = {"look": {}, "change": {}}
        self.errors: dict[str, tuple[Code, int | None]] = {}
        self.delays: dict[str, timedelta] = {}
        self.before_write: Callable[[Step], None] = lambda step: None
        self.world = StepState(state="not_done", why="the lamp does not know the key")

    def toolset(self) -> Toolset:
        tools = Toolset(instructions="a lamp for tests")

        async def look(ask: Look) -> Seen:
            """Look at the lamp."""
            await self._act("look")
            return Seen(body=self.contents["look"])

        async def change(ask: Change, step: Step) -> WriteResult:
            """Change the lamp's colour."""
            self.before_write(step)
            await self._act("change")
            return written(step.key, ask.value)

        async def preview_change(ask: Change) -> Preview:
            """What changing the lamp's colour would do."""
            return Preview(
                target=TARGET,
                ground=Ground(uid="u-1", fields={"/colour": "red"}),
                before={"/colour": "red"},
                after={"/colour": ask.value},
                diff="-red\n+green\n",
                undo=Undo(tool="change", arguments={"value": "red"}, statement="back to red"),
            )

        async def step_state(ask: StepAsk) -> StepState:
            """Whether the lamp has seen this step."""
            self.reached["step_state"] += 1
            return self.world

        tools.read(look)
        tools.write(change, preview=preview_change)
        tools.reconcile(step_state)
        return tools

    async def _act(self, tool: str) -> None:
        self.reached[tool] += 1
        self.acting.set()
        if tool in self.delays:
            await asyncio.sleep(self.delays[tool].total_seconds())
        code, times = self.errors.get(tool, (None, 0))
        if code is None or times == 0:
            return
        self.errors[tool] = (code, None if times is None else times - 1)
        raise ToolError(code, "scripted")


def written(key: str, value: str) -> WriteResult:
    return WriteResult(
        changed=True,
        target=TARGET,
        before={"/colour": "red"},
        after={"/colour": value},
        diff="-red\n+green\n",
        undo=Undo(tool="change", arguments={"value": "red"}, statement="back to red"),
        key=key,
    )
