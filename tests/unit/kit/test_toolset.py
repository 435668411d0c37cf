"""A tool that is declared wrong is refused at once; what is declared right describes itself."""

from __future__ import annotations

import pytest
from pydantic import Field

from mcp_servers.kit.contract import SENSITIVE, Answer, Ask, Preview, WriteAsk, WriteResult
from mcp_servers.kit.toolset import Kind, Step, Toolset
from tests.components.mcp_demo_tools import DemoTools


class Say(Ask):
    word: str = Field(max_length=10)
    password: str = Field(default="", json_schema_extra=SENSITIVE)


class Said(Answer):
    word: str


class Shout(WriteAsk):
    word: str


async def say(ask: Say) -> Said:
    """Say a word."""
    return Said(word=ask.word)


async def shout(ask: Shout, step: Step) -> WriteResult:
    """Shout a word."""
    raise AssertionError("only declared, never called")


async def preview_shout(ask: Shout) -> Preview:
    """What shouting would do."""
    raise AssertionError("only declared, never called")


async def preview_say(ask: Say) -> Preview:
    """What saying would do."""
    raise AssertionError("only declared, never called")


def test_a_read_tool_is_described_by_its_function() -> None:
    tools = Toolset()
    tools.read(say)
    tool = tools.tools["say"]
    assert (tool.kind, tool.description) == (Kind.READ, "Say a word.")
    assert tool.input_schema["additionalProperties"] is False
    assert tool.input_schema["properties"]["word"]["maxLength"] == 10
    assert tool.output_schema["required"] == ["word"]
    assert tool.sensitive == {"password"}


def test_a_write_brings_its_preview() -> None:
    tools = Toolset()
    tools.write(shout, preview=preview_shout, destructive=True)
    assert tools.tools["shout"].destructive
    assert tools.tools["preview_shout"].kind is Kind.PREVIEW
    assert tools.write_names == ("shout",)


def test_a_server_that_writes_must_be_able_to_look_for_a_step() -> None:
    tools = Toolset()
    tools.write(shout, preview=preview_shout)
    with pytest.raises(ValueError, match="step_state"):
        tools.check()
    DemoTools().toolset().check()


def test_a_preview_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="must be named preview_shout"):
        Toolset().write(shout, preview=preview_say)  # type: ignore[arg-type]


def test_one_name_is_given_once() -> None:
    tools = Toolset()
    tools.read(say)
    with pytest.raises(ValueError, match="not taken"):
        tools.read(say)


async def undocumented(ask: Say) -> Said:
    return Said(word="")


async def loose(word: str) -> Said:
    """Takes no Ask."""
    return Said(word=word)


async def vague(ask: Say) -> dict[str, str]:
    """Gives no Answer."""
    return {}


@pytest.mark.parametrize("fn", [undocumented, loose, vague])
def test_a_tool_without_a_docstring_an_ask_or_an_answer_is_refused(fn: object) -> None:
    with pytest.raises(ValueError, match=fn.__name__):  # type: ignore[attr-defined]
        Toolset().read(fn)  # type: ignore[arg-type]
