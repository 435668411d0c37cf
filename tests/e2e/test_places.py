"""Every page from which the platform is run, in a real browser, against the real API and lab."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(Path(__file__).parent)]
from browser import BUILT, CHROMIUM, environment  # noqa: E402
from platforms import PlatformAtWork  # noqa: E402

from sre_agent.cli.native.ports import free_ports  # noqa: E402

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(480),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: sudo apt-get install chromium"),
    pytest.mark.skipif(not BUILT.exists(), reason="the dashboard is not built: make dashboard"),
]


async def test_every_place_opens_for_everybody_and_works_for_whoever_may_use_it(tmp_path: Path) -> None:
    platform = PlatformAtWork(tmp_path)
    try:
        await platform.start(tuple(free_ports(2)))  # type: ignore[arg-type]
        said = await _walk(platform, await _viewer(platform))
    finally:
        await platform.stop()
    assert "without a complaint" in said


async def _viewer(platform: PlatformAtWork) -> str:
    await platform._post("/api/v1/accounts", {"name": "vera", "role": "viewer"})
    issued = await platform._post("/api/v1/accounts/vera/tokens", {"label": "tests"})
    return str(issued["token"])


async def _walk(platform: PlatformAtWork, viewer: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *("node", "e2e/places.mjs"),
        cwd=ROOT / "dashboard",
        env=environment(platform.home)
        | {
            "DASHBOARD_URL": platform.state()["dashboard"],
            "DASHBOARD_ADMIN": platform.admin,
            "DASHBOARD_VIEWER": viewer,
            "DASHBOARD_PICTURES": os.environ.get("PICTURES", ""),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-4000:]
    return output.decode()
