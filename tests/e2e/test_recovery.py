"""A person's whole way through the dashboard, in a real browser, against the real API and lab."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from browser import NEEDS, Browser
from platforms import PlatformAtWork

FAULT = "bad-deploy"
ASKS_WITHIN = 150.0

pytestmark = [*NEEDS, pytest.mark.timeout(600)]


@pytest.mark.promise("SHOW-2")
async def test_from_the_firing_alert_to_the_approved_the_recovered_and_the_replayed(
    browser: Browser, platform: PlatformAtWork
) -> None:
    async def kill(wish: str) -> str:
        agent = int(platform.state()["processes"]["agent"]["pid"])
        os.kill({"kill": agent, "kill the runner": _runner_of(agent)}[wish], signal.SIGKILL)
        return "killed"

    await platform.healthy_past()
    await platform.lab("break", FAULT)
    told = {
        "DASHBOARD": platform.state()["dashboard"],
        "TOKEN": platform.approver,
        "INCIDENT": await _asking(platform),
    }
    await browser.drive("recovery", told, kill)


def _runner_of(agent: int) -> int:
    """The agent's child that works on incidents."""
    (runner,) = [
        int(each)
        for each in Path(f"/proc/{agent}/task/{agent}/children").read_text().split()
        if b"sre_agent.runner_main" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]
    return runner


async def _asking(platform: PlatformAtWork) -> str:
    """The first incident that waits for a person; others may have joined it."""
    async with asyncio.timeout(ASKS_WITHIN):
        while True:
            for row in await platform.incidents(set()):
                if row["status"] == "awaiting_approval":
                    return str(row["id"])
            await asyncio.sleep(0.2)
