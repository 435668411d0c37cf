"""A whole platform in native processes: the lab where there is nothing to watch, five tool servers, the agent."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sre_agent.cli.native import lab as lab_process
from sre_agent.cli.native.environment import (
    environment_for,
    in_the_lab,
    is_watching_something,
    of_real_systems,
)
from sre_agent.cli.native.home import Home
from sre_agent.cli.native.launching import launch_at
from sre_agent.cli.native.marks import Mark
from sre_agent.cli.native.processes import BACK_OFF, Processes, Record, Tell, in_words
from sre_agent.cli.native.specs import Launch, lab_settings, platform
from sre_agent.errors import ToolUnavailable

__all__ = ["Platform", "launch_at"]
LAB = "lab"


@dataclass
class Platform:
    """One platform on this machine. `record` is told which processes run, whenever that changes."""

    launch: Launch
    known: Mapping[str, str]
    tell: Tell
    record: Record = lambda _: None
    lab: lab_process.Lab | None = None
    watched_since: float = 0.0
    """Monotonic time since when the lab has been healthy and scraped."""
    processes: Processes = field(init=False)

    def __post_init__(self) -> None:
        self.processes = Processes(self.launch.home / "logs", self.tell, self._record)

    def _record(self, marks: Mapping[str, Mark]) -> None:
        lab = Mark.of(self.lab.process.pid) if self.lab else None
        self.record({**marks, LAB: lab} if lab else marks)

    async def start(self) -> None:
        """Everything up and answering, or everything stopped again and ToolUnavailable raised."""
        try:
            Home(self.launch.home).make()
            watched = await self._watched_and_keyed()
            await self.processes.start(platform(watched, self.launch))
        except BaseException:
            await self.stop()
            raise

    async def _watched_and_keyed(self) -> dict[str, str]:
        """The keys are made while the lab starts; neither is left under way."""
        keys = asyncio.create_task(self._make_keys())
        try:
            watched = await self._watched()
        except BaseException:
            await asyncio.wait({keys})
            keys.exception()  # what the lab, or an interrupt, ended with is what is told
            raise
        await keys
        return watched

    async def _make_keys(self) -> None:
        if self.launch.private_key.exists() and self.launch.public_key.exists():
            return
        folder = str(self.launch.private_key.parent)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sre_agent.cli.main", "keys", "--folder", folder),
            env=environment_for("lab", self.known),
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait() != 0:
            raise ToolUnavailable(f"the keys that sign grants could not be made in {folder}")

    async def _watched(self) -> dict[str, str]:
        """The variables of all processes; of the lab, where nothing else is to be watched."""
        if is_watching_something(self.known):
            return dict(self.known)
        if unused := of_real_systems(self.known):
            self.tell(f"PROMETHEUS_URL is not set: the lab is watched, and {', '.join(unused)} not used")
        self.lab = await lab_process.start(self._lab_order(), self.tell)
        self.watched_since = time.monotonic()
        self._record({})
        return in_the_lab(self.known, lab_settings(self.lab.facts))

    def _lab_order(self) -> lab_process.Order:
        token_file = self.launch.home / "run" / "webhook-token"
        descriptor = os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self.known.get("WEBHOOK_TOKEN", ""))
        url = f"{self.launch.url('agent')}/webhook/alert"
        return lab_process.Order(self.launch.home / LAB, url, token_file, self.known)

    async def look_after(self) -> None:
        """Start again whatever ends, until stopped."""
        await asyncio.gather(self.processes.look_after(), self._look_after_lab())

    async def _look_after_lab(self) -> None:
        """A new lab has new addresses and credentials: the tool servers are started anew with them."""
        failures = 0
        while self.lab is not None:
            code = await self.lab.process.wait()
            if self.processes.stopping:
                return
            pause = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
            self.tell(f"the lab ended ({in_words(code)}); starting it again in {pause} s")
            await asyncio.sleep(pause)
            failures += 1
            try:
                known = await self._watched()
            except ToolUnavailable as problem:
                self.tell(str(problem))
                continue
            failures = 0
            await self.processes.replace(platform(known, self.launch))

    async def stop(self) -> None:
        await self.processes.stop()
        if self.lab is not None:
            await self.lab.stop()
