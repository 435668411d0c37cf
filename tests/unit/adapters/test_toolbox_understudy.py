"""The understudy keeps the Toolbox's promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import StepKey
from sre_agent.domain.plan import Call
from sre_agent.errors import (
    GrantRefused,
    GroundMoved,
    ToolFailed,
    ToolNotConfigured,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.ports.toolbox import Right
from sre_agent.testing.toolbox import After, ScriptedToolbox
from tests.contracts.toolbox import LIMIT, LOOK, ToolboxContract

KINDS: dict[str, type[Exception]] = {
    "precondition_failed": GroundMoved,
    "grant_refused": GrantRefused,
    "not_configured": ToolNotConfigured,
    "timeout": ToolTimeout,
    "unavailable": ToolUnavailable,
}


class ScriptedStage:
    def __init__(self) -> None:
        self.toolbox = ScriptedToolbox()
        self.toolbox.is_not_configured("loki")
        self.toolbox.writes("demo", "change")

    def says(self, tool: str, content: JsonObject) -> None:
        answer: JsonObject = {"changed": True} if tool == "change" else {"body": content}
        self.toolbox.answers("demo", tool, answer)

    def fails(self, tool: str, code: str, *, times: int | None = None) -> None:
        kind = KINDS.get(code)
        error = kind("scripted") if kind else ToolFailed("scripted", code=code)
        self.toolbox.answers("demo", tool, error, times=times)

    def is_slow(self, tool: str, takes: timedelta) -> None:
        self.toolbox.answers("demo", tool, After(takes, {"body": {}}))

    def right(self, call: Call) -> Right:
        return Right(grant="scripted", key=StepKey("key-00000001"))

    async def goes_down(self) -> None:
        self.toolbox.is_down("demo")

    async def comes_up(self) -> None:
        self.toolbox.is_up("demo")

    def count(self, tool: str) -> int:
        return self.toolbox.spoken("demo", tool)


class TestScriptedToolbox(ToolboxContract):
    @pytest.fixture
    def stage(self) -> ScriptedStage:
        return ScriptedStage()

    async def test_the_newest_line_that_matches_speaks(self) -> None:
        box = ScriptedToolbox()
        box.answers("demo", "look", {"any": True})
        box.answers("demo", "look", {"cart": True}, when=lambda arguments: arguments["what"] == "cart")
        assert (await box.call(LOOK, limit=LIMIT)).content == {"cart": True}
        other = Call(server="demo", tool="look", arguments={"what": "pay"})
        assert (await box.call(other, limit=LIMIT)).content == {"any": True}

    async def test_a_call_the_script_does_not_know_fails_with_its_arguments(self) -> None:
        box = ScriptedToolbox()
        box.answers("demo", "look", {}, when=lambda arguments: False)
        with pytest.raises(ToolFailed, match="cart"):
            await box.call(LOOK, limit=LIMIT)
