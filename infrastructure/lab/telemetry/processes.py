"""Child processes of the lab: started with a log file, ended by their pid, remembered so that none is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import aiohttp

_READY_SECONDS = 15.0
_END_SECONDS = 5.0


class DidNotStart(Exception):
    """A process ended or did not answer in time; the message quotes its log."""


class Children:
    """All child processes of one lab."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str, command: list[str]) -> None:
        log = self._directory / f"{name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._directory,
                start_new_session=True,
            )
        self._running[name] = process
        self._remember()

    async def until_ready(self, name: str, url: str) -> None:
        """Wait until the URL answers 200. Raises DidNotStart."""
        deadline = time.monotonic() + _READY_SECONDS
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                if self._running[name].returncode is not None:
                    raise DidNotStart(
                        f"{name} ended with code {self._running[name].returncode}: {self._tail(name)}"
                    )
                if await _answers(session, url):
                    return
                await asyncio.sleep(0.05)
        raise DidNotStart(f"{name} did not answer at {url} within {_READY_SECONDS:g} s: {self._tail(name)}")

    async def stop(self) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for process in self._running.values():
            try:
                await asyncio.wait_for(process.wait(), _END_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        self._running.clear()
        self._remember()

    def _remember(self) -> None:
        pids = {name: process.pid for name, process in self._running.items()}
        (self._directory / "children.json").write_text(json.dumps(pids))

    def _tail(self, name: str) -> str:
        lines = (self._directory / f"{name}.log").read_text(errors="replace").splitlines()
        return " | ".join(lines[-3:]) or "its log is empty"


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=1)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


def end_leftovers(directory: Path) -> list[str]:
    """End children that a killed lab left behind: only those whose command line names its folder. Blocking."""
    try:
        pids: dict[str, int] = json.loads((directory / "children.json").read_text())
    except (OSError, ValueError):
        return []
    ended = [name for name, pid in pids.items() if _is_ours(pid, directory)]
    for name in ended:
        _end(pids[name])
    (directory / "children.json").write_text("{}")
    return ended


def _is_ours(pid: int, directory: Path) -> bool:
    try:
        return str(directory).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _ in range(50):
            time.sleep(0.1)
            os.kill(pid, 0)
        os.kill(pid, signal.SIGKILL)
