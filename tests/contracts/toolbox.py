"""What every Toolbox promises; run for the one over MCP and for its understudy."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

import pytest

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import (
    GrantRefused,
    GroundMoved,
    ToolFailed,
    ToolNotConfigured,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.ports.toolbox import Right, Toolbox

LIMIT = timedelta(seconds=8)
LOOK = Call(server="demo", tool="look", arguments={"what": "cart"})
CHANGE = Call(server="demo", tool="change", arguments={"value": "green"})


class Stage(Protocol):
    """A server `demo` with the read tool `look` and the write tool `change`, and no server `loki`."""

    toolbox: Toolbox

    def says(self, tool: str, content: JsonObject) -> None:
        """The tool answers `{"body": content}` from now on."""

    def fails(self, tool: str, code: str, *, times: int | None = None) -> None:
        """The tool answers with an error of this code, `times` times (None: always)."""

    def is_slow(self, tool: str, takes: timedelta) -> None: ...

    def right(self, call: Call) -> Right: ...

    async def goes_down(self) -> None: ...

    async def comes_up(self) -> None: ...

    def count(self, tool: str) -> int:
        """How often the tool's own code was reached."""


class ToolboxContract:
    async def test_a_read_gives_the_tools_structured_answer(self, stage: Stage) -> None:
        stage.says("look", {"found": ["cart", None, 3]})
        answer = await stage.toolbox.call(LOOK, limit=LIMIT)
        assert answer.content == {"body": {"found": ["cart", None, 3]}}
        assert answer.taken_at.tzinfo is not None
        assert answer.took >= timedelta()

    async def test_a_server_that_is_not_set_up_names_the_variable_to_set(self, stage: Stage) -> None:
        with pytest.raises(ToolNotConfigured, match="MCP_LOKI_URL"):
            await stage.toolbox.call(Call(server="loki", tool="labels", arguments={}), limit=LIMIT)

    async def test_a_tool_that_does_not_exist_fails_for_good(self, stage: Stage) -> None:
        stage.says("look", {})
        with pytest.raises(ToolFailed) as failure:
            await stage.toolbox.call(Call(server="demo", tool="dance", arguments={}), limit=LIMIT)
        assert failure.value.code == "not_found"

    @pytest.mark.parametrize("code", ["not_found", "forbidden", "invalid_argument", "upstream_error"])
    async def test_an_error_of_the_tool_keeps_its_code(self, stage: Stage, code: str) -> None:
        stage.fails("look", code)
        with pytest.raises(ToolFailed) as failure:
            await stage.toolbox.call(LOOK, limit=LIMIT)
        assert failure.value.code == code

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("precondition_failed", GroundMoved),
            ("grant_refused", GrantRefused),
            ("not_configured", ToolNotConfigured),
            ("timeout", ToolTimeout),
        ],
    )
    async def test_errors_with_a_meaning_of_their_own_have_their_own_type(
        self, stage: Stage, code: str, kind: type[Exception]
    ) -> None:
        stage.fails("look", code)
        with pytest.raises(kind):
            await stage.toolbox.call(LOOK, limit=LIMIT)

    async def test_an_answer_that_comes_too_late_is_a_timeout(self, stage: Stage) -> None:
        stage.is_slow("look", timedelta(seconds=30))
        with pytest.raises(ToolTimeout):
            await stage.toolbox.call(LOOK, limit=timedelta(seconds=0.3))

    async def test_a_timeout_does_not_hurt_the_calls_after_it(self, stage: Stage) -> None:
        stage.is_slow("look", timedelta(seconds=30))
        with pytest.raises(ToolTimeout):
            await stage.toolbox.call(LOOK, limit=timedelta(seconds=0.3))
        stage.says("look", {"found": True})
        answer = await stage.toolbox.call(LOOK, limit=LIMIT)
        assert answer.content == {"body": {"found": True}}

    async def test_a_read_is_tried_again_when_the_system_was_away_for_a_moment(self, stage: Stage) -> None:
        stage.says("look", {"found": True})
        stage.fails("look", "unavailable", times=1)
        answer = await stage.toolbox.call(LOOK, limit=LIMIT)
        assert answer.content == {"body": {"found": True}}
        assert stage.count("look") == 2

    async def test_a_write_is_never_tried_again(self, stage: Stage) -> None:
        stage.says("change", {})
        stage.fails("change", "unavailable", times=1)
        with pytest.raises(ToolUnavailable):
            await stage.toolbox.call(CHANGE, limit=LIMIT, right=stage.right(CHANGE))
        assert stage.count("change") == 1

    async def test_a_write_with_its_right_is_done(self, stage: Stage) -> None:
        stage.says("change", {"now": "green"})
        answer = await stage.toolbox.call(CHANGE, limit=LIMIT, right=stage.right(CHANGE))
        assert answer.content["changed"] is True
        assert stage.count("change") == 1

    async def test_a_write_without_a_right_is_refused_and_never_reached(self, stage: Stage) -> None:
        stage.says("change", {})
        with pytest.raises(GrantRefused):
            await stage.toolbox.call(CHANGE, limit=LIMIT)
        assert stage.count("change") == 0

    async def test_many_calls_may_be_in_flight_at_once(self, stage: Stage) -> None:
        stage.says("look", {"found": True})
        answers = await asyncio.gather(*(stage.toolbox.call(LOOK, limit=LIMIT) for _ in range(40)))
        assert all(answer.content == {"body": {"found": True}} for answer in answers)

    async def test_a_server_that_is_down_is_unavailable_and_said_so(self, stage: Stage) -> None:
        stage.says("look", {})
        await stage.goes_down()
        with pytest.raises(ToolUnavailable):
            await stage.toolbox.call(LOOK, limit=timedelta(seconds=2))
        states = {state.name: state for state in stage.toolbox.servers()}
        assert not states["demo"].connected
        assert states["demo"].error
        assert states["demo"].configured

    async def test_a_server_that_came_back_is_used_again(self, stage: Stage) -> None:
        stage.says("look", {"found": True})
        await stage.toolbox.call(LOOK, limit=LIMIT)
        await stage.goes_down()
        with pytest.raises(ToolUnavailable):
            await stage.toolbox.call(LOOK, limit=timedelta(seconds=20))
        await stage.comes_up()
        answer = await stage.toolbox.call(LOOK, limit=LIMIT)
        assert answer.content == {"body": {"found": True}}
        assert {state.name: state.connected for state in stage.toolbox.servers()}["demo"]

    async def test_the_tools_say_which_of_them_only_read(self, stage: Stage) -> None:
        stage.says("look", {})
        stage.says("change", {})
        tools = {tool.name: tool.read_only for tool in await stage.toolbox.tools()}
        assert tools["look"] is True
        assert tools["change"] is False

    async def test_a_server_without_an_address_is_listed_as_not_configured(self, stage: Stage) -> None:
        states = {state.name: state for state in stage.toolbox.servers()}
        assert not states["loki"].configured
        assert "MCP_LOKI_URL" in states["loki"].error
