"""Keeps a platform running in the background: `python -m sre_agent.cli.native.keeper HOME ENVFILE`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sre_agent.cli.native import marks
from sre_agent.cli.native.home import Home
from sre_agent.cli.native.launching import known_variables, launch_at
from sre_agent.cli.native.platform import Platform
from sre_agent.errors import Conflict, SreAgentError

__all__ = ["keep", "known_variables", "running_pid"]
FAILED = 1
KEPT_BY_ANOTHER = 75


def running_pid(home: Path) -> int | None:
    """The pid of whoever keeps a platform in this folder, ready or starting."""
    return Home(home).keeper_pid()


async def keep(folder: Path, env_file: Path) -> int:
    """Start, look after, and stop on SIGTERM or SIGINT; the exit code."""
    home = Home(folder)
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    try:
        home.make()
        with home.kept():
            return await _keep(home, env_file, stop)
    except Conflict as kept:
        _say(str(kept))
        return KEPT_BY_ANOTHER
    except SreAgentError as problem:
        _say(str(problem))
        return FAILED


async def _keep(home: Home, env_file: Path, stop: asyncio.Event) -> int:
    try:
        platform = _platform(home, env_file)
        if not await _unless_told(platform.start(), stop):
            return 0
    except SreAgentError as problem:
        _say(str(problem))
        home.tell({"pid": os.getpid(), "ready": False, "error": str(problem)})
        return FAILED
    home.tell(_ready(platform))
    try:
        await _unless_told(platform.look_after(), stop)
    finally:
        await platform.stop()
        home.forget()
    return 0


def _platform(home: Home, env_file: Path) -> Platform:
    """One that notes, whenever a process comes or goes, what runs now: whoever comes next may have to end it."""
    known = known_variables(env_file)
    platform = Platform(launch_at(home.folder, known, any_port=False), known, _say)

    def record(running: Mapping[str, marks.Mark]) -> None:
        marks.write(home.children_file, running)
        if home.state().get("ready"):
            home.tell(_ready(platform))

    platform.record = record
    return platform


async def _unless_told(work: Any, stop: asyncio.Event) -> bool:
    """Whether the work came to its end before somebody said stop; it is cancelled then."""
    working, told = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if working.done():
        await working
        return True
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return False


def _ready(platform: Platform) -> dict[str, Any]:
    launch = platform.launch
    children = platform.processes.children.items()
    return {
        "pid": os.getpid(),
        "ready": True,
        "error": "",
        "processes": {name: {"pid": child.process.pid, "url": child.spec.health} for name, child in children},
        "api": launch.url("agent"),
        "dashboard": launch.url("dashboard") if launch.ports["dashboard"] else "",
        "certificate": str(launch.certificate.absolute()) if launch.certificate else "",
        "lab": platform.lab.process.pid if platform.lab else None,
    }


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    # databases and logs tell of production: whatever is started from here writes for its owner alone
    os.umask(0o077)
    sys.exit(asyncio.run(keep(Path(sys.argv[1]), Path(sys.argv[2]))))
