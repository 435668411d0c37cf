"""The lab as a process: started with `python -m infrastructure.lab`, never imported."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sre_agent.cli.native.environment import environment_for
from sre_agent.cli.native.processes import Tell
from sre_agent.errors import ToolUnavailable

START_SECONDS = 240.0
"""A cold start fetches Prometheus and Alertmanager first."""


def is_installed() -> bool:
    """Whether this installation has the lab; images of the product do not."""
    return importlib.util.find_spec("infrastructure") is not None and (
        importlib.util.find_spec("infrastructure.lab.__main__") is not None
    )


@dataclass
class Lab:
    """One running lab and what it says of itself."""

    folder: Path
    process: asyncio.subprocess.Process
    facts: Mapping[str, object]

    async def stop(self) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGTERM)
            await self.process.wait()


async def start(
    folder: Path, webhook_url: str, token_file: Path, tell: Tell, known: Mapping[str, str]
) -> Lab:
    """Start it and wait until its shop serves. Raises ToolUnavailable with what it said."""
    if not is_installed():
        raise ToolUnavailable(
            "The lab is not part of this installation. Set PROMETHEUS_URL (and KUBECONFIG) to watch a real system."
        )
    folder.mkdir(parents=True, exist_ok=True)
    facts = folder / "lab.json"
    facts.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infrastructure.lab", "up", "--foreground", "--dir", str(folder)),
        *("--webhook-url", webhook_url, "--webhook-token-file", str(token_file)),
        env=environment_for("lab", known),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    said: list[str] = []
    reader = asyncio.create_task(_relay(process, said, tell, folder / "lab.log"))
    await _ready(process, facts, said)
    reader.add_done_callback(lambda _: None)
    return Lab(folder, process, json.loads(facts.read_text()))


async def _relay(process: asyncio.subprocess.Process, said: list[str], tell: Tell, log: Path) -> None:
    """What the lab prints, to whoever waits for it and to its log."""
    output = process.stdout
    if output is None:
        return
    with log.open("a") as file:
        async for raw in output:
            line = raw.decode(errors="replace").rstrip()
            said.append(line)
            del said[:-20]
            file.write(line + "\n")
            tell(line)


async def _ready(process: asyncio.subprocess.Process, facts: Path, said: list[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.returncode is not None:
            raise ToolUnavailable("The lab could not start:\n" + "\n".join(f"  {line}" for line in said))
        if facts.exists():
            return
        await asyncio.sleep(0.1)
    os.kill(process.pid, signal.SIGTERM)
    raise ToolUnavailable(
        f"The lab was not ready within {START_SECONDS:.0f} s; its last words: {' | '.join(said[-3:])}"
    )


async def command(*arguments: str, folder: Path, known: Mapping[str, str]) -> str:
    """Run one lab command (`break`, `heal`, `list`) and return what it printed. Raises ToolUnavailable."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infrastructure.lab", *arguments, "--dir", str(folder)),
        env=environment_for("lab", known),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise ToolUnavailable(f"lab {' '.join(arguments)} failed: {errors.decode(errors='replace').strip()}")
    return output.decode(errors="replace")
