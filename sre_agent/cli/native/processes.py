"""Starting, watching and stopping the processes of a platform."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sre_agent.cli.native import tether
from sre_agent.cli.native.marks import Mark
from sre_agent.cli.native.specs import ProcessSpec
from sre_agent.errors import ToolUnavailable
from sre_agent.tls import pinned_context

START_SECONDS = 60.0
GRACE_SECONDS = 12.0
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_SECONDS = 30.0
"""A process that ran this long is no longer counted as failing to start."""
LOG_BYTES = 20_000_000
"""A log that has grown past this is put aside when its process is started again; one old one is kept."""

Tell = Callable[[str], None]
Record = Callable[[Mapping[str, Mark]], None]


@dataclass
class Child:
    """One running process, and how often it had to be started again lately."""

    spec: ProcessSpec
    process: asyncio.subprocess.Process
    started: float
    log_from: int
    """Where in its log this run begins."""
    failures: int = 0
    to_be_replaced: bool = False


@dataclass
class Processes:
    """The children of one platform. `logs` gets one file each; `record` is told who runs, whenever that changes."""

    logs: Path
    tell: Tell
    record: Record = lambda _: None
    children: dict[str, Child] = field(default_factory=dict)
    stopping: bool = False

    async def start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start all together, and wait until each answers. Raises ToolUnavailable, with the log's last lines."""
        for spec in specs:
            self.children[spec.name] = await self._spawned(spec)
            self._record()
        await asyncio.gather(*(self._healthy(self.children[spec.name]) for spec in specs))

    async def _spawned(self, spec: ProcessSpec) -> Child:
        with log_file(self.logs, spec.name) as output:
            begins = output.tell()
            process = await asyncio.create_subprocess_exec(
                *tethered(spec.arguments),
                env=dict(spec.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return Child(spec, process, time.monotonic(), begins)

    def _record(self) -> None:
        marks = {name: Mark.of(child.process.pid) for name, child in self.children.items()}
        self.record({name: mark for name, mark in marks.items() if mark is not None})

    async def _healthy(self, child: Child) -> None:
        name, deadline = child.spec.name, time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.process.returncode is not None:
                raise ToolUnavailable(f"{name} ended while it was started:\n{self.last_lines(child)}")
            if await asyncio.to_thread(answers, child.spec.health, child.spec.certificate):
                self.tell(f"{name} is up")
                return
            await asyncio.sleep(0.1)
        raise ToolUnavailable(
            f"{name} did not answer within {START_SECONDS:.0f} s:\n{self.last_lines(child)}"
        )

    def last_lines(self, child: Child, count: int = 12) -> str:
        """The end of what it said in this run."""
        with log_file(self.logs, child.spec.name, mode="rb") as log:
            log.seek(child.log_from)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-count:])

    async def look_after(self) -> None:
        """Start again whatever ends, with back-off, until told to stop."""
        await asyncio.gather(*(self._look_after(name) for name in self.children))

    async def _look_after(self, name: str) -> None:
        while True:
            child = self.children[name]
            code = await child.process.wait()
            if self.stopping:
                return
            if not child.to_be_replaced:
                lasted = time.monotonic() - child.started
                child.failures = 0 if lasted > STEADY_SECONDS else child.failures + 1
                pause = BACK_OFF[min(child.failures, len(BACK_OFF) - 1)]
                self.tell(f"{name} ended ({in_words(code)}); starting it again in {pause} s")
                await asyncio.sleep(pause)
            fresh = await self._spawned(child.spec)
            fresh.failures = child.failures
            self.children[name] = fresh
            self._record()

    async def replace(self, specs: Sequence[ProcessSpec]) -> None:
        """Start anew those whose environment changed; `look_after` does the starting."""
        for spec in specs:
            child = self.children[spec.name]
            if child.spec != spec:
                child.spec, child.to_be_replaced = spec, True
                await end(child.process)

    async def stop(self) -> None:
        """The agent first: a call that is under way may still come to its end. By pid, never by name."""
        self.stopping = True
        children = sorted(self.children.values(), key=lambda child: child.spec.name != "agent")
        for group in (children[:1], children[1:]):
            await asyncio.gather(*(end(child.process) for child in group))


def tethered(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command line that ends with this process, whatever ends this process."""
    return (sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *arguments)


async def end(process: asyncio.subprocess.Process, grace: float = GRACE_SECONDS) -> None:
    """SIGTERM, and SIGKILL where that was not enough."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, sign)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)


def log_file(folder: Path, name: str, mode: str = "ab") -> IO[bytes]:
    """The log of a process; one that has grown too long is put aside before it is written on."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if mode == "ab" and path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(folder / f"{name}.log.1")
    return path.open(mode)


def in_words(code: int) -> str:
    """What a process ended with."""
    try:
        return f"code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def answers(url: str, certificate: Path | None = None, seconds: float = 2.0) -> bool:
    """Whether something answers 200 there; with this very certificate, where one is named."""
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=pinned_context(certificate) if certificate else None),
    )
    try:
        with direct.open(url, timeout=seconds) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
