"""Every write tool by what the world says after an interruption: done is recorded, not done is done, unknown asks."""

from __future__ import annotations

from typing import Any

import pytest

from docs.generate.tools import toolsets
from mcp_servers.k8s.refusals import Refused
from sre_agent.errors import ToolUnavailable
from tests.components.mcp_github.github_rows import ORDERS
from tests.unit.act.act_world import End, Stage, drive
from tests.unit.act.server_world import KEY, ServerWorld, one_step
from tests.unit.k8s.writes_table import ROWS, Shop

FORBIDDEN = Refused(403, {"message": "pods is forbidden"})
AWAY = Refused(503, {"message": "the server is currently unable to handle the request"})


class Scene:
    """A runner that is cut off at the write of one row, and the shop it writes to."""

    def __init__(self, row: str, dies: str) -> None:
        self.tool, self.arguments = ROWS[row]
        self.dies = dies
        self.shop = Shop()

    async def open(self) -> None:
        grounded = await self.shop.grounded(self.tool, self.arguments)
        self.world = ServerWorld(tools=self.shop.tools, dies=self.dies)
        self.stage = Stage(one_step("k8s", self.tool, grounded), world=self.world)
        self.lease = await self.stage.set()

    async def drive(self) -> End:
        return await drive(self.stage, self.lease)

    @property
    def sent(self) -> int:
        return len(self.shop.api.changes)

    def blind(self, refusal: Refused) -> None:
        """From the write on, the API server answers every read with this."""
        send = self.shop.api.send

        async def deaf(request: Any) -> Any:
            if request.method == "GET" and not self.world.dies:
                raise refusal
            return await send(request)

        self.shop.api.send = deaf  # type: ignore[method-assign]


def test_every_write_tool_of_every_server_has_a_row_here() -> None:
    """A new write tool is not offered before it is shown to be found again."""
    rows = {"k8s": {tool for tool, _ in ROWS.values()}, "github": set(ORDERS)}
    declared = {server: set(tools.write_names) for server, tools in toolsets().items() if tools.write_names}
    assert rows == declared


@pytest.mark.parametrize("row", sorted(ROWS))
@pytest.mark.promise("ACT-7")
async def test_done_before_the_interruption_it_is_recorded_and_not_sent_again(row: str) -> None:
    scene = Scene(row, "after")
    await scene.open()
    end = await scene.drive()
    assert (end.at, scene.world.looks, scene.sent) == ("verifier", ["done"], 1)
    assert scene.stage.states == {0: "done"}
    assert scene.stage.records[0].result["key"] == KEY


@pytest.mark.parametrize("row", sorted(ROWS))
@pytest.mark.promise("ACT-7")
async def test_not_done_before_the_interruption_it_is_done_once(row: str) -> None:
    scene = Scene(row, "before")
    await scene.open()
    end = await scene.drive()
    assert (end.at, scene.world.looks, scene.sent) == ("verifier", ["not_done"], 1)
    assert scene.world.keys == [KEY]


@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize("row", sorted(ROWS))
@pytest.mark.promise("ACT-9")
async def test_where_the_world_cannot_tell_it_stops_and_asks(row: str, dies: str) -> None:
    scene = Scene(row, dies)
    await scene.open()
    scene.blind(FORBIDDEN)
    end = await scene.drive()
    assert (end.at, end.outcome) == ("closer", "step_uncertain")
    assert "Nobody can tell whether this was done" in end.summary
    assert scene.sent == (1 if dies == "after" else 0)


@pytest.mark.parametrize("row", sorted(ROWS))
@pytest.mark.promise("ACT-9")
async def test_a_world_that_cannot_be_asked_now_is_asked_later_and_nothing_is_sent_until_then(
    row: str,
) -> None:
    scene = Scene(row, "after")
    await scene.open()
    seeing = scene.shop.api.send
    scene.blind(AWAY)
    with pytest.raises(ToolUnavailable):
        await scene.drive()
    assert (scene.stage.states, scene.sent) == ({0: "intended"}, 1)
    scene.shop.api.send = seeing  # type: ignore[method-assign]
    scene.lease = await scene.stage.take_over("runner-2")
    assert (await scene.drive()).at == "verifier"
    assert (scene.stage.states, scene.sent) == ({0: "done"}, 1)
