"""Every view in a real browser, over the real API: what it shows, what it costs, and what it does when the line breaks."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT / "tests" / "integration"),
    str(ROOT / "tests" / "unit" / "api"),
    str(Path(__file__).parent),
]
from api_stage import token_of  # noqa: E402
from browser import BUILT, CHROMIUM, environment  # noqa: E402
from house import STORY, House  # noqa: E402

from sre_agent.cli.native.ports import free_ports  # noqa: E402
from sre_agent.domain.law import Role  # noqa: E402
from tests.scenarios.stories import BY_NAME, tell  # noqa: E402

MANY = 20_000
A_SECOND = 60

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: sudo apt-get install chromium"),
    pytest.mark.skipif(not BUILT.exists(), reason="the dashboard is not built: make dashboard"),
]


@pytest.mark.promise("SHOW-1", "SHOW-2")
async def test_every_view_shows_what_is_on_file_and_survives_a_broken_line(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    house = House(port, await asyncio.to_thread(tell, BY_NAME[STORY]))
    await house.furnish()
    await house.open()
    try:
        said = await _drive(house, tmp_path)
    finally:
        await house.close()
    assert "without a complaint" in said


async def _drive(house: House, home: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *("node", "e2e/views.mjs"),
        cwd=ROOT / "dashboard",
        env=environment(home)
        | {
            "DASHBOARD_URL": house.address,
            "TOKENS": ",".join(f"{role}={token_of(role)}" for role in Role),
            "ENDED": house.ended.id,
            "WAITING": house.waiting.id,
            "HOSTILE": house.hostile.id,
            "PICTURES": os.environ.get("PICTURES", ""),
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
        if line.startswith("@"):
            answer = await _do(house, line[1:])
            process.stdin.write(f"{answer}\n".encode())
        else:
            said.append(line)
            print(line)
    assert await process.wait() == 0, "\n".join(said)[-6000:]
    return "\n".join(said)


async def _do(house: House, wish: str) -> int:
    """What the browser's script asks of the other side; answered with the number of the watched incident's entries."""
    incident = house.hostile.id
    match wish:
        case "close":
            await house.close()
        case "open":
            await house.open()
        case "many":
            await house.journal(incident, MANY)
        case "some":
            await house.journal(incident, 25)
        case "speak":
            await house.speak(incident, each_second=A_SECOND, seconds=10)
        case _:
            raise AssertionError(f"the script wished for {wish!r}")
    return house.last_of(incident)
