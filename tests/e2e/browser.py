"""The one browser of all these tests, and the scripts that drive it; what a script wishes from outside is done for it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not shutil.which("node"), reason="no Node: sudo apt-get install nodejs npm"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: sudo apt-get install chromium"),
    pytest.mark.skipif(not (DASHBOARD / "out" / "policy.json").exists(), reason="not built: make dashboard"),
]

Wishes = Callable[[str], Awaitable[object]]


async def _no_wish(wish: str) -> object:
    raise AssertionError(f"the script wished for {wish!r}, and this test fulfils no wishes")


@dataclass(frozen=True)
class Browser:
    """A Chromium that scripts join one after the other. `address`: of its WebSocket."""

    address: str
    pid: int
    home: Path

    async def drive(self, script: str, told: Mapping[str, str], wishes: Wishes = _no_wish) -> str:
        """Runs a script of `dashboard/e2e` to its end; all that it said. A line `@wish` is answered with what `wishes` gives."""
        joined = {
            "BROWSER": self.address,
            "BROWSER_PID": str(self.pid),
            "PICTURES": os.environ.get("PICTURES", ""),
        }
        process = await _node(script, _environment(self.home) | joined | dict(told))
        assert process.stdin is not None
        assert process.stdout is not None
        said: list[str] = []
        async for raw in process.stdout:
            line = raw.decode().rstrip()
            if line.startswith("@"):
                process.stdin.write(f"{await wishes(line[1:])}\n".encode())
            else:
                said.append(line)
                print(line)
        assert await process.wait() == 0, "\n".join(said)[-6000:]
        return "\n".join(said)


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Browser]:
    process = await _node("serve", _environment(home) | {"CHROMIUM": str(CHROMIUM)})
    assert process.stdin is not None
    assert process.stdout is not None
    told = await process.stdout.readline()
    try:
        where = json.loads(told or b"null")
        assert where, "the browser did not start"
        yield Browser(where["address"], where["pid"], home)
    finally:
        process.stdin.close()
        await process.wait()


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home)}


async def _node(script: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("node", f"e2e/{script}.mjs"),
        cwd=DASHBOARD,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
