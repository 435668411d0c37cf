"""A whole platform with a lab, on free ports of 127.0.0.1, for as long as it is measured."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from sre_agent.cli.native import lab as lab_process
from sre_agent.cli.native.launching import known_variables, launch_at
from sre_agent.cli.native.platform import Platform
from sre_agent.cli.native.specs import lab_settings

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "sre_agent" / "config" / "policies.yaml"
NOT_OURS = ("PROMETHEUS_URL", "KUBECONFIG", "DATABASE_URL", "AGENT_PORT", "DASHBOARD_PORT")
ASK = {
    "id": "ask",
    "when": "true",
    "verdict": "needs_approval",
    "reason": "Nothing is done while it is measured.",
}
Say = Callable[[str], None]


@dataclass
class Stage:
    """A platform at work, and what was noted while it started."""

    platform: Platform
    http: httpx.AsyncClient
    admin: str
    up_at: Mapping[str, float]
    """Line said while starting → when, in seconds of the monotonic clock."""
    say: Say

    @property
    def home(self) -> Path:
        return self.platform.launch.home

    @property
    def known(self) -> dict[str, str]:
        """The variables of all processes, the lab's addresses among them."""
        return {**self.platform.known, **lab_settings(self.facts)}

    @property
    def facts(self) -> Mapping[str, object]:
        """What the lab says of itself."""
        return self.platform.lab.facts if self.platform.lab else {}

    @property
    def pids(self) -> dict[str, int]:
        """Our own processes, not the lab's."""
        return {name: child.process.pid for name, child in self.platform.processes.children.items()}

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = await self.http.post(path, json=dict(body))
        answer.raise_for_status()
        return answer.json()

    async def lab(self, *words: str) -> str:
        return await lab_process.command(*words, folder=self.home / "lab", known=self.platform.known)


@asynccontextmanager
async def staged(say: Say) -> AsyncIterator[Stage]:
    """Started, and whatever happens stopped again, by process id."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home, admin, up_at = Path(folder), secrets.token_urlsafe(32), {}

        def note(line: str) -> None:
            up_at[line] = time.monotonic()
            say(line)

        known = _variables(home, admin)
        platform = Platform(launch_at(home, known, any_port=True), known, note)
        try:
            up_at["begin"] = time.monotonic()
            await platform.start()
            headers = {"Authorization": f"Bearer {admin}"}
            async with httpx.AsyncClient(
                base_url=platform.launch.url("agent"), headers=headers, timeout=60, trust_env=False
            ) as http:
                yield Stage(platform, http, admin, up_at, say)
        finally:
            await platform.stop()


def _variables(home: Path, admin: str) -> dict[str, str]:
    known = known_variables(Path("/nonexistent"))
    for name in NOT_OURS:
        known.pop(name, None)
    law = yaml.safe_load(LAW.read_text(encoding="utf-8"))
    # No step may be taken by itself: the same broken shop is diagnosed several times.
    law["rules"] = [ASK]
    path = home / "law.yaml"
    path.write_text(yaml.safe_dump(law), encoding="utf-8")
    return known | {
        "ADMIN_TOKEN": admin,
        "WEBHOOK_TOKEN": secrets.token_urlsafe(32),
        "POLICY_PATH": str(path),
        "LLM_PROVIDER": "none",
    }


async def until(holds: Callable[[], Any], seconds: float, pause: float = 0.2) -> bool:
    """Whether it came to hold within that time. `holds` returns an awaitable truth."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await holds():
            return True
        await asyncio.sleep(pause)
    return False
