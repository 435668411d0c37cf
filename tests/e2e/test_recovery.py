"""A person's whole way through the dashboard, in a real browser, against the real API and lab."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

import pytest
from browser import NEEDS, Browser
from killing import agent_of, count, journal_of, until
from platforms import PlatformAtWork

FAULT = "bad-deploy"
ASKS_WITHIN = 150.0
COMES_BACK_WITHIN = 600
"""Tenths of a second."""

pytestmark = [*NEEDS, pytest.mark.timeout(600)]


@pytest.mark.promise("SHOW-2", "SHOW-8")
async def test_from_the_firing_alert_to_the_approved_the_recovered_and_the_replayed(
    browser: Browser, platform: PlatformAtWork
) -> None:
    async def kill(wish: str) -> str:
        agent = agent_of(platform)
        if wish.endswith("amid a step"):
            intended = partial(count, journal_of(platform), set(), "step.intended")
            await until(lambda: intended() > 0, "a step")
        runner = _runners_of(agent)
        os.kill(agent if wish == "kill" else runner[0], signal.SIGKILL)
        if wish == "kill":
            return "killed"
        for _ in range(COMES_BACK_WITHIN):
            await asyncio.sleep(0.1)
            if set(_runners_of(agent)) - set(runner):
                return "killed"
        raise AssertionError("no runner came back")

    await platform.healthy_past()
    await platform.lab("break", FAULT)
    told = {
        "DASHBOARD": platform.state()["dashboard"],
        "TOKEN": platform.approver,
        "INCIDENT": await _asking(platform),
    }
    await browser.drive("recovery", told, kill)


def _runners_of(agent: int) -> list[int]:
    """The agent's children that work on incidents: one, or none for a moment."""
    children = Path(f"/proc/{agent}/task/{agent}/children").read_text().split()
    return [int(each) for each in children if b"sre_agent.runner_main" in _command_of(each)]


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


async def _asking(platform: PlatformAtWork) -> str:
    """The first incident that waits for a person; others may have joined it."""
    async with asyncio.timeout(ASKS_WITHIN):
        while True:
            for row in await platform.incidents(set()):
                if row["status"] == "awaiting_approval":
                    return str(row["id"])
            await asyncio.sleep(0.2)
