"""Every call comes back as an answer or as an error of the contract's shape, within its limits, without secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult

from mcp_servers.kit.contract import StepState, Target, Undo
from mcp_servers.kit.dispatch import Dispatcher
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.gate import GateRules, WriteGate
from mcp_servers.kit.grant_store import GrantStore
from mcp_servers.kit.grants import META_GRANT, META_KEY, arguments_digest, sign
from mcp_servers.kit.limits import Limits
from tests.components.mcp_demo_tools import DemoTools
from tests.unit.kit.grant_makings import NOW, PRIVATE_KEY, claims
from tests.unit.kit.secret_makings import tokens


class Scene:
    def __init__(self, folder: Path, limits: Limits) -> None:
        self.demo = DemoTools()
        toolset = replace(self.demo.toolset(), limits=limits)
        store = GrantStore(folder / "grants.db")
        store.prepare(NOW)
        rules = GateRules(
            "demo@prod", lambda _: [PRIVATE_KEY.public_key()], lambda: NOW + 1, limits.write_seconds
        )
        assert toolset.state_of is not None
        gate = WriteGate(rules, store, look=toolset.state_of)
        self.dispatcher = Dispatcher(toolset, gate, elapsed=time.monotonic)

    async def call(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        return await self.dispatcher.call(name, arguments, {})

    async def write(self, arguments: dict[str, Any]) -> CallToolResult:
        made = claims(aud="demo@prod", tool="change", args=arguments_digest(arguments))
        meta = {META_GRANT: sign(made, PRIVATE_KEY), META_KEY: made.key}
        return await self.dispatcher.call("change", arguments, meta)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, Limits(result_bytes=20_000, seconds=0.2, write_seconds=0.2, concurrent=2))


def error(result: CallToolResult) -> dict[str, Any]:
    assert result.is_error
    assert isinstance(result.structured_content, dict)
    assert list(result.structured_content) == ["error"]
    body: dict[str, Any] = result.structured_content["error"]
    assert set(body) == {"code", "message", "try_next", "retryable"}
    return body


async def test_an_answer_goes_once_as_data_and_as_one_line_of_text(scene: Scene) -> None:
    scene.demo.contents["look"] = {"items": list(range(500))}
    result = await scene.call("look", {"what": "hall"})
    assert result.structured_content == {"body": {"items": list(range(500))}}
    assert len(result.content) == 1
    assert len(result.content[0].text) < 100  # type: ignore[union-attr]


async def test_an_unknown_tool_is_not_found(scene: Scene) -> None:
    assert error(await scene.call("dance", {}))["code"] == "not_found"


@pytest.mark.parametrize("arguments", [{}, {"what": 5}, {"what": "hall", "more": 1}, {"what": None}])
async def test_wrong_arguments_are_named_and_their_values_are_not_repeated(
    scene: Scene, arguments: dict[str, Any]
) -> None:
    body = error(await scene.call("look", arguments))
    assert body["code"] == "invalid_argument"
    assert "what" in body["message"] or "more" in body["message"]
    assert scene.demo.reached["look"] == 0


async def test_an_error_of_a_tool_keeps_code_cause_and_advice(scene: Scene) -> None:
    scene.demo.errors["look"] = (Code.UNAVAILABLE, None)
    body = error(await scene.call("look", {"what": "hall"}))
    assert body == {"code": "unavailable", "message": "scripted", "try_next": "", "retryable": True}


async def test_a_defect_in_a_tool_does_not_leak_its_text(scene: Scene) -> None:
    scene.demo.contents["look"] = {"bad": object()}
    body = error(await scene.call("look", {"what": "hall"}))
    assert body["code"] == "upstream_error"
    assert "object" not in body["message"]


async def test_a_slow_tool_is_a_timeout(scene: Scene) -> None:
    scene.demo.delays["look"] = timedelta(seconds=5)
    body = error(await scene.call("look", {"what": "hall"}))
    assert (body["code"], body["retryable"]) == ("timeout", True)


async def test_a_slow_write_is_a_timeout_and_its_step_stays_in_doubt(scene: Scene) -> None:
    scene.demo.delays["change"] = timedelta(seconds=5)
    assert error(await scene.write({"value": "green"}))["code"] == "timeout"


async def test_too_large_an_answer_says_how_large_and_what_to_ask_instead(scene: Scene) -> None:
    scene.demo.contents["look"] = {"text": "x" * 30_000}
    body = error(await scene.call("look", {"what": "hall"}))
    assert body["code"] == "too_large"
    assert "30," in body["message"]
    assert body["try_next"]


@pytest.mark.promise("KEEP-4")
async def test_secrets_are_taken_out_of_answers_and_of_errors(scene: Scene) -> None:
    secret = tokens()["github-token"]
    scene.demo.contents["look"] = {"log": [f"cloned with {secret}"], "password": "hunter2"}
    answer = await scene.call("look", {"what": "hall"})
    assert secret not in answer.model_dump_json()
    assert "hunter2" not in answer.model_dump_json()
    failed = ToolError(Code.UPSTREAM_ERROR, f"GET https://bot:{secret}@git/ failed")

    async def fails(*_: object) -> None:
        raise failed

    tool = scene.dispatcher._toolset.tools["look"]
    scene.dispatcher._toolset.tools["look"] = replace(tool, run=fails)  # type: ignore[arg-type]
    assert secret not in (await scene.call("look", {"what": "hall"})).model_dump_json()


async def test_no_more_calls_run_at_once_than_the_limit_allows(scene: Scene) -> None:
    scene.demo.delays["look"] = timedelta(seconds=0.05)
    running, most = 0, 0
    act = scene.demo._act

    async def counted(tool: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await act(tool)
        running -= 1

    scene.demo._act = counted  # type: ignore[method-assign]
    await asyncio.gather(*(scene.call("look", {"what": "hall"}) for _ in range(6)))
    assert most == 2


async def test_a_preview_needs_no_grant_and_says_what_would_be(scene: Scene) -> None:
    result = await scene.call("preview_change", {"value": "green"})
    assert not result.is_error
    assert result.structured_content["ground"]["fields"] == {"/colour": "red"}  # type: ignore[index]


async def test_a_redaction_marker_is_never_written_as_a_value(scene: Scene) -> None:
    body = error(await scene.write({"value": "[redacted:password]"}))
    assert body["code"] == "invalid_argument"
    assert scene.demo.reached["change"] == 0


async def test_an_undo_that_would_carry_a_secret_is_withdrawn(scene: Scene) -> None:
    from tests.components import mcp_demo_tools

    result = mcp_demo_tools.written("step-00000001", "green")
    secret = result.model_copy(
        update={"undo": Undo(tool="change", arguments={"password": "hunter2"}, statement="back")}
    )
    scene.demo.world = StepState(state="done", why="", result=secret)

    async def changes(*_: object) -> Any:
        return secret

    tool = scene.dispatcher._toolset.tools["change"]
    scene.dispatcher._toolset.tools["change"] = replace(tool, run=changes)
    undo = (await scene.write({"value": "green"})).structured_content["undo"]  # type: ignore[index]
    assert undo["tool"] is None
    assert "secret" in undo["statement"]
    assert secret.target == Target(kind="Lamp", name="hall", uid="u-1")


async def test_each_call_is_one_log_line_without_the_values_that_are_not_for_it(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await scene.call("look", {"what": tokens()["github-token"]})
    lines = [record for record in caplog.records if record.getMessage() == "call"]
    assert len(lines) == 1
    fields = lines[0].fields  # type: ignore[attr-defined]
    assert (fields["tool"], fields["outcome"]) == ("look", "ok")
    assert "github-token" in json.dumps(fields)
    assert "ghp_" not in json.dumps(fields)
