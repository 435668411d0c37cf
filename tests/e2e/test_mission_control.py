"""A person's whole way through the dashboard, in a real browser, against the real API and lab."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(Path(__file__).parent)]
from browser import BUILT, CHROMIUM, environment  # noqa: E402
from platforms import HEALTHY_PAST, PlatformAtWork  # noqa: E402

from sre_agent.cli.native.ports import free_ports  # noqa: E402

FAULT = "bad-deploy"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: sudo apt-get install chromium"),
    pytest.mark.skipif(not BUILT.exists(), reason="the dashboard is not built: make dashboard"),
]


@pytest.mark.promise("SHOW-2")
async def test_from_the_firing_alert_to_the_approved_the_recovered_and_the_replayed(tmp_path: Path) -> None:
    platform = PlatformAtWork(tmp_path)
    try:
        await platform.start(tuple(free_ports(2)))  # type: ignore[arg-type]
        await asyncio.sleep(HEALTHY_PAST)
        await platform.lab("break", FAULT)
        incident = await platform.asking()
        said = await _drive(platform, incident)
    finally:
        await platform.stop()
    assert "without a complaint" in said


async def _drive(platform: PlatformAtWork, incident: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *("node", "e2e/drive.mjs"),
        cwd=ROOT / "dashboard",
        env=environment(platform.home)
        | {
            "DASHBOARD_URL": platform.state()["dashboard"],
            "DASHBOARD_TOKEN": platform.approver,
            "DASHBOARD_INCIDENT": incident,
            "DASHBOARD_PICTURES": os.environ.get("PICTURES", ""),
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    said: list[str] = []
    async for raw in process.stdout:
        line = raw.decode().rstrip()
        said.append(line)
        if line == "@kill":
            os.kill(int(platform.state()["processes"]["agent"]["pid"]), signal.SIGKILL)
            process.stdin.write(b"killed\n")
    assert await process.wait() == 0, "\n".join(said)[-4000:]
    return "\n".join(said)
