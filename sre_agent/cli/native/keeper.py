"""Keeps a platform running in the background: `python -m sre_agent.cli.native.keeper HOME ENVFILE`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from sre_agent.cli.native import envfile
from sre_agent.cli.native.environment import EVERYBODY, OWN
from sre_agent.cli.native.platform import Platform, launch_at
from sre_agent.errors import SreAgentError


def known_variables(env_file: Path) -> dict[str, str]:
    """The file's assignments, over which this process' own environment wins for variables that we know."""
    names = {*EVERYBODY, *(name for own in OWN.values() for name in own)}
    return {**envfile.read(env_file), **{name: value for name, value in os.environ.items() if name in names}}


def state_file(home: Path) -> Path:
    return home / "run" / "platform.json"


def running_pid(home: Path) -> int | None:
    """The keeper's pid, if it runs: a pid that now belongs to another program does not count."""
    try:
        pid = int(json.loads(state_file(home).read_text())["pid"])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (OSError, ValueError, KeyError):
        return None
    return pid if "sre_agent.cli.native.keeper" in command and str(home) in command else None


def _write_state(home: Path, platform: Platform | None, error: str = "") -> None:
    state: dict[str, object] = {"pid": os.getpid(), "ready": platform is not None, "error": error}
    if platform is not None:
        children = platform.processes.children.items()
        state["processes"] = {
            name: {"pid": child.process.pid, "url": child.spec.health} for name, child in children
        }
        state["api"] = platform.launch.url("agent")
        state["dashboard"] = platform.launch.url("dashboard") if platform.launch.ports["dashboard"] else ""
        state["lab"] = platform.lab.process.pid if platform.lab else None
    path = state_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(state))
    fresh.replace(path)


def _say(line: str) -> None:
    print(line, flush=True)


async def keep(home: Path, env_file: Path) -> int:
    """Start, look after, and stop on SIGTERM or SIGINT; the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    known = known_variables(env_file)
    try:
        platform = Platform(launch_at(home, known, any_port=False), known, _say)
        await platform.start()
    except SreAgentError as problem:
        _say(str(problem))
        _write_state(home, None, str(problem))
        return 1
    _write_state(home, platform)
    watch = asyncio.create_task(platform.processes.look_after())
    await stop.wait()
    watch.cancel()
    await platform.stop()
    state_file(home).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(keep(Path(sys.argv[1]), Path(sys.argv[2]))))
