"""A whole platform in native processes: the lab where there is nothing to watch, five tool servers, the agent."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sre_agent.cli.native import lab as lab_process
from sre_agent.cli.native.environment import environment_for, is_watching_something
from sre_agent.cli.native.ports import free_ports, is_free
from sre_agent.cli.native.processes import Processes, Tell
from sre_agent.cli.native.specs import Launch, lab_settings, platform
from sre_agent.errors import SettingError, ToolUnavailable
from sre_agent.settings import TOOL_SERVERS


def launch_at(home: Path, known: Mapping[str, str], *, any_port: bool) -> Launch:
    """Ports and tokens for a launch. Raises SettingError where a port that was asked for is taken."""
    names = (*TOOL_SERVERS, "agent", "dashboard")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    if not any_port:
        ports["agent"] = _wished("AGENT_PORT", known, 8080)
        ports["dashboard"] = _wished("DASHBOARD_PORT", known, 3000)
    tokens = {name: secrets.token_urlsafe(32) for name in TOOL_SERVERS}
    return Launch(home=home, ports=ports, tokens=tokens)


def _wished(name: str, known: Mapping[str, str], default: int) -> int:
    text = known.get(name) or str(default)
    if not text.isdigit():
        raise SettingError(name, repr(text), "a port number")
    port = int(text)
    if port and not is_free(port):
        raise SettingError(
            name, f"{port}, which another program uses", "a free port; set it in .env, or stop that program"
        )
    return port


@dataclass
class Platform:
    """One platform on this machine."""

    launch: Launch
    known: Mapping[str, str]
    tell: Tell
    lab: lab_process.Lab | None = None
    processes: Processes = field(init=False)

    def __post_init__(self) -> None:
        self.processes = Processes(self.launch.home / "logs", self.tell)

    async def start(self) -> None:
        """Everything up and answering, or everything stopped again and ToolUnavailable raised."""
        try:
            await self._make_keys()
            known = {**self.known, **(await self._watched())}
            await self.processes.start(platform(known, self.launch))
        except BaseException:
            await self.stop()
            raise

    async def _make_keys(self) -> None:
        for folder in ("keys", "grants", "logs", "run"):
            (self.launch.home / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.launch.private_key.exists() and self.launch.public_key.exists():
            return
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "sre_agent.cli.main",
                "keys",
                "--folder",
                str(self.launch.private_key.parent),
            ),
            env=environment_for("lab", self.known),
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait() != 0:
            raise ToolUnavailable(
                f"the keys that sign grants could not be made in {self.launch.private_key.parent}"
            )

    async def _watched(self) -> dict[str, str]:
        """The lab's addresses, where nothing else is to be watched."""
        if is_watching_something(self.known):
            return {}
        token_file = self.launch.home / "run" / "webhook-token"
        descriptor = os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self.known.get("WEBHOOK_TOKEN", ""))
        url = f"{self.launch.url('agent')}/webhook/alert"
        self.lab = await lab_process.start(self.launch.home / "lab", url, token_file, self.tell, self.known)
        return lab_settings(self.lab.facts)

    async def stop(self) -> None:
        await self.processes.stop()
        if self.lab is not None:
            await self.lab.stop()
