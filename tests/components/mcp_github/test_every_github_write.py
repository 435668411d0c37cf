"""Every write tool of the GitHub server by what the forge says after an interruption, and what it leaves to take back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mcp_servers.kit.errors import Code, ToolError
from sre_agent.errors import ToolUnavailable
from tests.components.mcp_github.github_hand import Hand, new_key, put
from tests.components.mcp_github.github_rows import ORDERS
from tests.unit.act.act_world import End, Stage, drive
from tests.unit.act.server_world import ServerWorld, one_step

SETTLING = {
    "create_pull_request": "pulls",
    "create_revert_pr": "pulls",
    "merge_pr": "merge",
    "create_issue": "issues",
}
"""Write tool → the end of the one request by which it takes effect."""


async def order_for(hand: Hand, tool: str, case: str) -> dict[str, Any]:
    """The row's order, about a pull request of its own where it needs one."""
    order = dict(ORDERS[tool])
    if tool == "create_revert_pr":
        path = f"docs/{case}.md"
        await asyncio.to_thread(hand.merged, f"Begin {case}", put(path, "one\n"))
        merged = await asyncio.to_thread(hand.merged, f"Change {case}", put(path, "two\n"))
        return {**order, "number": merged.number}
    changes = [{"path": f"docs/{case}.md", "content": "By card.\n"}]
    if tool == "merge_pr":
        made = await hand.call(
            "create_pull_request", title=case, head_branch=f"sre-agent/{case}", changes=changes
        )
        return {**order, "number": made["after"]["/pull_request/number"]}
    if tool == "create_pull_request":
        return {**order, "head_branch": f"sre-agent/{case}", "changes": changes}
    return order


class Scene:
    """A runner that is cut off at one write to the forge."""

    def __init__(self, hand: Hand, tool: str, dies: str) -> None:
        self.hand, self.tool, self.dies = hand, tool, dies

    async def open(self, case: str) -> None:
        order = await order_for(self.hand, self.tool, case)
        self.before = len(self.hand.writes)
        self.world = ServerWorld(tools=self.hand.tools, dies=self.dies)
        self.stage = Stage(one_step("github", self.tool, order, new_key()), world=self.world)
        self.lease = await self.stage.set()

    async def drive(self) -> End:
        return await drive(self.stage, self.lease)

    @property
    def took_effect(self) -> int:
        """How many requests reached the forge that settle such a write."""
        end = SETTLING[self.tool]
        return sum(1 for _, path in self.hand.writes[self.before :] if path.endswith(end))

    def blind(self, code: Code) -> Callable[[], None]:
        """From the write on, the forge answers every read with this; returns what ends it."""
        get, pages = self.hand.client.get, self.hand.client.pages

        def deaf(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def asked(*args: Any, **more: Any) -> Any:
                if not self.world.dies:
                    raise ToolError(code, "The forge does not answer that.")
                return await ask(*args, **more)

            return asked

        def see() -> None:
            self.hand.client.get, self.hand.client.pages = get, pages  # type: ignore[method-assign]

        self.hand.client.get, self.hand.client.pages = deaf(get), deaf(pages)  # type: ignore[method-assign]
        return see


@pytest.mark.parametrize(("dies", "looks"), [("after", ["done"]), ("before", ["not_done"])])
@pytest.mark.parametrize("tool", sorted(ORDERS))
@pytest.mark.promise("ACT-7")
async def test_a_write_takes_effect_once_whether_or_not_it_reached_the_forge_before_the_interruption(
    hand: Hand, tool: str, dies: str, looks: list[str]
) -> None:
    scene = Scene(hand, tool, dies)
    await scene.open(f"{tool}-{dies}".replace("_", "-"))
    end = await scene.drive()
    assert (end.at, scene.world.looks, scene.took_effect) == ("verifier", looks, 1)
    assert scene.stage.states == {0: "done"}


@pytest.mark.parametrize("tool", sorted(ORDERS))
@pytest.mark.promise("ACT-9")
async def test_where_the_forge_cannot_tell_it_stops_and_asks(hand: Hand, tool: str) -> None:
    scene = Scene(hand, tool, "after")
    await scene.open(f"{tool}-blind".replace("_", "-"))
    see = scene.blind(Code.FORBIDDEN)
    end = await scene.drive()
    see()
    assert (end.at, end.outcome, scene.took_effect) == ("closer", "step_uncertain", 1)


@pytest.mark.parametrize("tool", sorted(ORDERS))
@pytest.mark.promise("ACT-9")
async def test_a_forge_that_is_away_is_asked_later_and_nothing_is_sent_until_then(
    hand: Hand, tool: str
) -> None:
    scene = Scene(hand, tool, "after")
    await scene.open(f"{tool}-away".replace("_", "-"))
    see = scene.blind(Code.UNAVAILABLE)
    with pytest.raises(ToolUnavailable):
        await scene.drive()
    see()
    assert scene.took_effect == 1
    scene.lease = await scene.stage.take_over("runner-2")
    assert ((await scene.drive()).at, scene.took_effect) == ("verifier", 1)


@pytest.mark.parametrize("tool", sorted(ORDERS))
@pytest.mark.promise("ACT-6")
async def test_what_a_write_answers_as_its_undo_is_what_it_declares(hand: Hand, tool: str) -> None:
    order = await order_for(hand, tool, f"{tool}-undo".replace("_", "-"))
    undo = (await hand.call(tool, **order))["undo"]
    declared = hand.tools.tools[tool].trace.undone_by
    assert ((undo["tool"],) if undo["tool"] else ()) == declared
    assert undo["statement"]
