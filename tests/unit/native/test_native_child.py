"""What ends a start is told as it was, also when the keys were being made at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sre_agent.cli.native.platform import Platform
from sre_agent.cli.native.specs import Launch
from sre_agent.errors import ToolUnavailable


class Broken(Platform):
    """Its keys and its lab come to nothing."""

    made = False

    async def _make_keys(self) -> None:
        await asyncio.sleep(0)
        self.made = True
        raise ToolUnavailable("no keys")

    async def _watched(self) -> dict[str, str]:
        raise ToolUnavailable("no lab")


def broken(home: Path) -> Broken:
    return Broken(Launch(home=home, ports={}, tokens={}), {}, lambda _: None)


async def test_a_lab_that_does_not_start_is_what_is_told(tmp_path: Path) -> None:
    platform = broken(tmp_path)
    with pytest.raises(ToolUnavailable, match="no lab"):
        await platform.start()
    assert platform.made


async def test_keys_that_cannot_be_made_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def watched(_: Platform) -> dict[str, str]:
        return {}

    monkeypatch.setattr(Broken, "_watched", watched)
    with pytest.raises(ToolUnavailable, match="no keys"):
        await broken(tmp_path).start()
