"""Nothing is written without a good grant; a step begun before is looked for, never simply done again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.kit.contract import StepAsk, StepState, WriteResult
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.gate import GateRules, WriteCall, WriteGate
from mcp_servers.kit.grant_store import GrantStore
from mcp_servers.kit.grants import META_GRANT, META_KEY, sign
from mcp_servers.kit.toolset import Step
from tests.components.mcp_demo_tools import DemoTools, written
from tests.unit.kit.grant_makings import NOW, PRIVATE_KEY, claims

TOOL = DemoTools().toolset().tools["change"]
ARGUMENTS = {"value": "green"}


class Scene:
    """A gate whose clock, world and writes the test holds."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW + 1
        self.store = GrantStore(folder / "grants.db")
        self.store.prepare(NOW)
        self.world = StepState(state="not_done", why="it is not there")
        self.writes = 0
        self.problem: BaseException | None = None
        self.rules = GateRules("demo@prod", lambda _: [PRIVATE_KEY.public_key()], lambda: self.now, 30.0)
        self.gate = WriteGate(self.rules, self.store, look=self._look)

    async def write(self, **changed: Any) -> dict[str, Any]:
        call, given = self.call(**changed)
        return await self.gate.pass_through(call, given, self._write)

    def call(self, **changed: Any) -> tuple[WriteCall, Any]:
        made = granted(**changed)
        meta = {META_GRANT: sign(made, PRIVATE_KEY), META_KEY: made.key}
        call = WriteCall(TOOL, dict(ARGUMENTS), meta)
        return call, self.gate.check(call)

    async def _look(self, ask: StepAsk) -> StepState:
        return self.world

    async def _write(self, step: Step) -> dict[str, Any]:
        self.writes += 1
        if self.problem is not None:
            raise self.problem
        return written(step.key, "green").model_dump(mode="json")


def granted(**changed: Any) -> Any:
    from mcp_servers.kit.grants import arguments_digest

    body = {"aud": "demo@prod", "tool": "change", "args": arguments_digest(ARGUMENTS)}
    return claims(**(body | changed))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_a_write_with_its_grant_goes_through_once(scene: Scene) -> None:
    assert (await scene.write())["already_done"] is False
    assert scene.writes == 1


async def test_a_call_without_a_grant_is_refused(scene: Scene) -> None:
    with pytest.raises(ToolError, match="absent") as refused:
        scene.gate.check(WriteCall(TOOL, dict(ARGUMENTS), {}))
    assert refused.value.code is Code.GRANT_REFUSED


@pytest.mark.parametrize(("key", "store"), [(None, True), (PRIVATE_KEY.public_key(), False)])
def test_a_server_that_cannot_check_grants_refuses_every_write(scene: Scene, key: Any, store: bool) -> None:
    rules = GateRules("demo@prod", lambda _: key, lambda: NOW + 1, 30.0)
    gate = WriteGate(rules, scene.store if store else None, look=scene._look)
    call, _ = scene.call()
    with pytest.raises(ToolError, match="no_public_key"):
        gate.check(call)


async def test_arguments_changed_on_the_way_are_refused(scene: Scene) -> None:
    call, _ = scene.call()
    changed = WriteCall(TOOL, {"value": "red"}, call.meta)
    with pytest.raises(ToolError, match="wrong_arguments"):
        scene.gate.check(changed)


async def test_a_second_grant_for_a_step_that_is_done_gives_its_result_and_writes_nothing(
    scene: Scene,
) -> None:
    first = await scene.write()
    again = await scene.write(jti="another-grant-0001")
    assert again == {**first, "already_done": True}
    assert scene.writes == 1


async def test_a_write_the_system_refused_may_be_tried_again_with_a_new_grant(scene: Scene) -> None:
    scene.problem = ToolError(Code.PRECONDITION_FAILED, "it moved")
    with pytest.raises(ToolError, match="it moved"):
        await scene.write()
    scene.problem = None
    assert (await scene.write(jti="another-grant-0001"))["changed"] is True


@pytest.mark.parametrize(
    "problem",
    [ToolError(Code.UNAVAILABLE, "gone"), ToolError(Code.UPSTREAM_ERROR, "500"), RuntimeError("defect")],
)
@pytest.mark.promise("ACT-7")
async def test_a_write_in_doubt_is_looked_for_before_it_is_made_again(
    scene: Scene, problem: BaseException
) -> None:
    scene.problem = problem
    with pytest.raises(type(problem)):
        await scene.write()
    scene.problem = None
    result = written("step-00000001", "green")
    scene.world = StepState(state="done", why="the key is there", result=result)
    found = await scene.write(jti="another-grant-0001")
    assert found["already_done"] is True
    assert scene.writes == 1


async def test_a_write_in_doubt_that_is_not_in_the_world_is_made(scene: Scene) -> None:
    scene.problem = ToolError(Code.TIMEOUT, "no answer")
    with pytest.raises(ToolError):
        await scene.write()
    scene.problem = None
    assert (await scene.write(jti="another-grant-0001"))["already_done"] is False
    assert scene.writes == 2


@pytest.mark.promise("ACT-9")
async def test_a_write_in_doubt_that_cannot_be_found_out_is_left_to_a_person(scene: Scene) -> None:
    scene.problem = ToolError(Code.TIMEOUT, "no answer")
    with pytest.raises(ToolError):
        await scene.write()
    scene.problem, scene.world = None, StepState(state="unknown", why="the key is not readable")
    for grant in ("another-grant-0001", "another-grant-0002"):
        with pytest.raises(ToolError, match="A person") as left:
            await scene.write(jti=grant)
        assert left.value.code is Code.CONFLICT
    assert scene.writes == 1


async def test_a_cancelled_write_is_in_doubt(scene: Scene) -> None:
    scene.problem = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await scene.write()
    assert scene.store.look("step-00000001", now=scene.now).progress.value == "in_doubt"


async def test_while_one_call_writes_another_with_the_same_key_does_not(scene: Scene) -> None:
    _, given = scene.call()
    scene.store.begin(given, now=scene.now, deadline=scene.now + 31)
    with pytest.raises(ToolError, match="may be writing now") as waiting:
        await scene.write(jti="another-grant-0001")
    assert waiting.value.retryable
    assert scene.writes == 0


async def test_step_state_does_not_say_not_done_while_the_write_is_under_way(scene: Scene) -> None:
    _, given = scene.call()
    scene.store.begin(given, now=scene.now, deadline=scene.now + 31)
    ask = StepAsk(tool="change", arguments=dict(ARGUMENTS), key="step-00000001")
    assert (await scene.gate.state(ask)).state == "unknown"
    scene.now += 40
    assert (await scene.gate.state(ask)).state == "not_done"


async def test_step_state_knows_a_done_step_without_looking_at_the_world(scene: Scene) -> None:
    await scene.write()
    seen = await scene.gate.state(StepAsk(tool="change", arguments=dict(ARGUMENTS), key="step-00000001"))
    assert seen.state == "done"
    assert isinstance(seen.result, WriteResult)


async def test_nothing_is_sent_when_the_grant_cannot_be_burnt(scene: Scene, tmp_path: Path) -> None:
    call, given = scene.call()
    (tmp_path / "file").write_text("")
    gate = WriteGate(scene.rules, GrantStore(tmp_path / "file" / "x.db"), look=scene._look)
    with pytest.raises(ToolError, match="Nothing was sent"):
        await gate.pass_through(call, given, scene._write)
    assert scene.writes == 0
