"""The lab as a process: started with `python -m infrastructure.lab`, never imported."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sre_agent.cli.native.environment import environment_for
from sre_agent.cli.native.processes import Tell, end, log_file, tethered
from sre_agent.errors import ToolUnavailable

START_SECONDS = 240.0
"""A cold start fetches Prometheus and Alertmanager first."""
STOP_SECONDS = 25.0
LOG = "lab"


def is_installed() -> bool:
    """Whether this installation has the lab; images of the product do not."""
    return importlib.util.find_spec("infrastructure") is not None and (
        importlib.util.find_spec("infrastructure.lab.__main__") is not None
    )


@dataclass(frozen=True)
class Order:
    """What a lab is started with."""

    folder: Path
    webhook_url: str
    token_file: Path
    known: Mapping[str, str]


@dataclass
class Lab:
    """One running lab and what it says of itself."""

    order: Order
    process: asyncio.subprocess.Process
    facts: Mapping[str, object]
    relay: asyncio.Task[None]

    async def stop(self) -> None:
        """Ends it and, where it was killed before, what it left behind."""
        await end(self.process, STOP_SECONDS)
        if self.process.returncode != 0:
            with contextlib.suppress(ToolUnavailable):
                await command("down", folder=self.order.folder, known=self.order.known)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.relay, 2.0)


async def start(order: Order, tell: Tell) -> Lab:
    """Start it and wait until its shop serves. Raises ToolUnavailable with what it said; nothing is left then."""
    if not is_installed():
        raise ToolUnavailable(
            "The lab is not part of this installation. Set PROMETHEUS_URL (and KUBECONFIG) to watch a real system."
        )
    order.folder.mkdir(parents=True, exist_ok=True)
    facts = order.folder / "lab.json"
    facts.unlink(missing_ok=True)
    words = ("up", "--foreground", "--dir", str(order.folder), "--webhook-url", order.webhook_url)
    process = await asyncio.create_subprocess_exec(
        *tethered((sys.executable, "-m", "infrastructure.lab", *words)),
        *("--webhook-token-file", str(order.token_file)),
        env=environment_for("lab", order.known),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    said: list[str] = []
    relay = asyncio.create_task(_relay(process, said, tell, order.folder))
    try:
        await _ready(process, facts, said)
    except BaseException:
        await end(process, STOP_SECONDS)
        raise
    return Lab(order, process, json.loads(facts.read_text()), relay)


async def _relay(process: asyncio.subprocess.Process, said: list[str], tell: Tell, folder: Path) -> None:
    """What the lab prints, to whoever waits for it and to its log."""
    output = process.stdout
    if output is None:
        return
    with log_file(folder, LOG) as file:
        async for raw in output:
            line = raw.decode(errors="replace").rstrip()
            said.append(line)
            del said[:-20]
            file.write(raw)
            file.flush()
            tell(line)


async def _ready(process: asyncio.subprocess.Process, facts: Path, said: list[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.returncode is not None:
            raise ToolUnavailable("The lab could not start:\n" + "\n".join(f"  {line}" for line in said))
        if facts.exists():
            return
        await asyncio.sleep(0.1)
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
