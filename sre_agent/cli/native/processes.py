"""Starting, watching and stopping the processes of a platform."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sre_agent.cli.native.specs import ProcessSpec
from sre_agent.errors import ToolUnavailable

START_SECONDS = 60.0
GRACE_SECONDS = 8.0
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_SECONDS = 30.0
"""A process that ran this long is no longer counted as failing to start."""

Tell = Callable[[str], None]


@dataclass
class Child:
    """One running process, and how often it had to be started again lately."""

    spec: ProcessSpec
    process: asyncio.subprocess.Process
    started: float
    failures: int = 0


@dataclass
class Processes:
    """The children of one platform. `logs` gets one file each."""

    logs: Path
    tell: Tell
    children: dict[str, Child] = field(default_factory=dict)
    stopping: bool = False

    async def start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start all together, and wait until each answers. Raises ToolUnavailable, with the log's last lines."""
        for spec in specs:
            self.children[spec.name] = Child(spec, await self._spawn(spec), time.monotonic())
        await asyncio.gather(*(self._healthy(self.children[spec.name]) for spec in specs))

    async def _spawn(self, spec: ProcessSpec) -> asyncio.subprocess.Process:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{spec.name}.log").open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *spec.arguments,
                env=dict(spec.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def _healthy(self, child: Child) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.process.returncode is not None:
                raise ToolUnavailable(
                    f"{child.spec.name} ended while it was started:\n{self.last_lines(child.spec.name)}"
                )
            if await asyncio.to_thread(answers, child.spec.health):
                self.tell(f"{child.spec.name} is up")
                return
            await asyncio.sleep(0.1)
        raise ToolUnavailable(
            f"{child.spec.name} did not answer within {START_SECONDS:.0f} s:\n{self.last_lines(child.spec.name)}"
        )

    def last_lines(self, name: str, count: int = 12) -> str:
        path = self.logs / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join(f"  {line}" for line in lines[-count:])

    async def look_after(self) -> None:
        """Start again whatever ends, with back-off, until told to stop."""
        await asyncio.gather(*(self._look_after(child) for child in list(self.children.values())))

    async def _look_after(self, child: Child) -> None:
        while not self.stopping:
            code = await child.process.wait()
            if self.stopping:
                return
            lasted = time.monotonic() - child.started
            child.failures = 0 if lasted > STEADY_SECONDS else child.failures + 1
            pause = BACK_OFF[min(child.failures, len(BACK_OFF) - 1)]
            self.tell(f"{child.spec.name} ended (code {code}); starting it again in {pause} s")
            await asyncio.sleep(pause)
            if not self.stopping:
                child.process, child.started = await self._spawn(child.spec), time.monotonic()

    async def stop(self) -> None:
        """SIGTERM to each, and SIGKILL to what is still there after a grace; by pid, never by name."""
        self.stopping = True
        await asyncio.gather(*(_end(child.process) for child in self.children.values()))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, sign)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
            return


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether something answers 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as reply:  # noqa: S310 - our own loopback address
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
