"""Plants a secret of every kind wherever a table says `§`, calls a tool, and reads all that comes out for it.

One row is one answer of the system behind a tool server; every `§` in it is a place that people or programs write.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pytest

from mcp_servers.kit.dispatch import Dispatcher
from mcp_servers.kit.gate import GateRules, WriteGate
from mcp_servers.kit.key_file import no_keys
from mcp_servers.kit.toolset import Toolset
from tests.unit.kit.secret_makings import tokens

KINDS = tokens()
HARMLESS = "zebra"
WORDINGS = ("{}", "it said {} and died", '{{"at": 3, "why": "{}"}}')
"""Alone, within a sentence, and within JSON that is itself a string."""
J = TypeVar("J")


@dataclass(frozen=True)
class Row:
    """`says`: what the system answers, by the name that its fake knows; `reaches`: how many of its marks are told on."""

    tool: str
    says: dict[str, Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    reaches: int = 1


def planted(says: J, text: str) -> J:
    """The same with `text` in place of every mark, in values and in keys."""
    if isinstance(says, str):
        return says.replace("§", text)  # type: ignore[return-value]
    if isinstance(says, dict):
        return {planted(key, text): planted(value, text) for key, value in says.items()}  # type: ignore[return-value]
    if isinstance(says, list | tuple):
        return type(says)(planted(one, text) for one in says)  # type: ignore[return-value, call-arg]
    return says


async def told(tools: Toolset, row: Row) -> str:
    """Everything that leaves the server for this call."""
    gate = WriteGate(GateRules("x@y", no_keys, time.time, 5.0), None, look=tools.state_of or _nothing)  # type: ignore[arg-type]
    result = await Dispatcher(tools, gate, elapsed=time.monotonic).call(row.tool, row.arguments, {})
    return json.dumps(result.model_dump(mode="json"), ensure_ascii=False)


async def _nothing(_: object) -> None:
    raise AssertionError("this server writes nothing")


async def check(
    row: Row, served: Callable[[dict[str, Any]], Toolset], caplog: pytest.LogCaptureFixture
) -> None:
    """Every mark is told on where the text is harmless, and no secret is, in no wording, to nobody and no log."""
    caplog.set_level(logging.DEBUG, logger="mcp_servers")
    harmless = await told(served(planted(row.says, HARMLESS)), _asked(row, HARMLESS))
    assert harmless.count(HARMLESS) >= row.reaches, harmless
    leaks = []
    for number, (kind, secret) in enumerate(KINDS.items()):
        wording = WORDINGS[number % len(WORDINGS)]
        text = wording.format(secret)
        out = await told(served(planted(row.says, text)), _asked(row, text))
        assert "[redacted:" in out, (kind, out)
        leaks += [(kind, wording) for part in telling(secret) if part in out]
    assert leaks == []
    assert [kind for kind, secret in KINDS.items() for part in telling(secret) if part in caplog.text] == []


def _asked(row: Row, text: str) -> Row:
    """What a plan writes may repeat what an alert said."""
    return replace(row, arguments=planted(row.arguments, text))


def telling(secret: str) -> Sequence[str]:
    """What must not be found: the whole, or of a key any line of its body."""
    return [line for line in secret.split("\n") if len(line) > 16 and not line.startswith("-----")]
