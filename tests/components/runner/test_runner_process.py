"""The runner's process is told the news, listened to, and never outlives its starter; real processes, small ones."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sre_agent.adapters.clock import SystemClock
from sre_agent.bootstrap_model import counted
from sre_agent.errors import RunnerStopped
from sre_agent.job_loop import ToldWeather
from sre_agent.runner_process import RunnerProcess, runners_environment, started
from sre_agent.settings import TOOL_SERVERS
from sre_agent.telemetry import Telemetry
from sre_agent.testing.bulletin import MemoryBulletin

PATIENCE = 30.0
LISTENER = """
import sys
print("ready 0", flush=True)
print("rang 7", flush=True)
print("circuits 3", flush=True)
print("sent 120", flush=True)
print("got 30", flush=True)
with open(sys.argv[1], "w", buffering=1) as heard:
    for line in sys.stdin:
        heard.write(line)
    heard.write("the end\\n")
"""
DEAF = "import time; print('ready 0', flush=True); time.sleep(600)"
SHORT = "print('ready 0', flush=True)"
STARTER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
TIED = "from sre_agent.runner_main import _tie_to_starter; _tie_to_starter(); print('tied', flush=True); import time; time.sleep(600)"


class Office:
    """The API's side of a runner that is a few lines of Python."""

    def __init__(self, tmp_path: Path, program: str) -> None:
        self.heard, self.bell, self.sky = tmp_path / "heard", MemoryBulletin(), ToldWeather()
        command = (sys.executable, "-c", program, str(self.heard))
        self.runner = RunnerProcess(
            command, {"PATH": os.environ["PATH"]}, self.bell, self.sky, SystemClock(), grace_seconds=1.0
        )

    def has_heard(self, words: str) -> bool:
        return self.heard.exists() and words in self.heard.read_text()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - a file of another process has no event
                await asyncio.sleep(0.01)

    async def until_ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.runner.health():  # noqa: ASYNC110 - told by pipe, seen by asking
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.runner.work())
        try:
            await self.until_ready()
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_news_and_weather_reach_the_runner_and_its_news_reach_us(tmp_path: Path) -> None:
    office = Office(tmp_path, LISTENER)
    assert await office.runner.health() == "the runner has not started yet"
    async with office.at_work():
        assert await office.bell.wait(6, limit=timedelta(seconds=10)) == 7
        office.bell.ring(12)
        office.sky.is_stormy = True
        await office.until(lambda: office.has_heard("rang 12") and office.has_heard("storm 1"))
        office.sky.is_stormy = False
        await office.until(lambda: office.has_heard("storm 0"))
    assert office.has_heard("the end")
    assert "told to stop" in await office.runner.health()


async def test_which_servers_the_runner_leaves_alone_is_seen_in_the_metrics_until_it_ends(
    tmp_path: Path,
) -> None:
    office, telemetry = Office(tmp_path, LISTENER), Telemetry()
    office.runner.note_circuits = lambda left: telemetry.note_circuits(TOOL_SERVERS, left)

    def left_alone() -> set[str]:
        told = telemetry.exposition().decode()
        return {name for name in TOOL_SERVERS if f'sre_agent_circuit_open{{server="{name}"}} 1.0' in told}

    async with office.at_work():
        await office.until(lambda: left_alone() == {*TOOL_SERVERS[:2]})
    assert left_alone() == set()


async def test_tokens_of_the_runners_model_are_counted_where_metrics_are_served(tmp_path: Path) -> None:
    office, telemetry = Office(tmp_path, LISTENER), Telemetry()
    office.runner.note_tokens = counted(telemetry)
    got = 'sre_agent_model_tokens_total{direction="got"} 30.0'
    sent = 'sre_agent_model_tokens_total{direction="sent"} 120.0'
    async with office.at_work():
        await office.until(lambda: got in telemetry.exposition().decode())
    assert sent in telemetry.exposition().decode()


async def test_a_runner_that_was_started_ahead_is_taken_once_and_begins_only_when_it_is_told(
    tmp_path: Path,
) -> None:
    """The database is not at its newest revision before that."""
    office = Office(tmp_path, LISTENER)
    ahead = await started(office.runner.command, office.runner.environment)
    await office.until(lambda: office.heard.exists())
    assert office.heard.read_text() == ""
    office.runner.ahead = ahead
    async with office.at_work():
        await office.until(lambda: office.has_heard("begin 0"))
    assert ahead.returncode == 0
    async with office.at_work():
        await office.until(lambda: office.heard.read_text().startswith("begin 0"))


def test_the_runners_environment_has_nothing_that_only_the_api_needs() -> None:
    ours = {"MCP_K8S_TOKEN": "t", "ADMIN_TOKEN": "a", "SLACK_BOT_TOKEN": "s", "TLS_KEY_FILE": "k"}
    assert runners_environment(ours) == {"MCP_K8S_TOKEN": "t"}


async def test_a_runner_that_does_not_listen_is_killed_after_its_grace(tmp_path: Path) -> None:
    async with Office(tmp_path, DEAF).at_work() as task:
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_a_runner_that_ends_by_itself_is_told_of_and_may_be_started_again(tmp_path: Path) -> None:
    office = Office(tmp_path, SHORT)
    for _ in range(2):
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(RunnerStopped, match=r"the runner stopped \(code 0\); it is started again"):
                await office.runner.work()
    assert "stopped" in await office.runner.health()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
@pytest.mark.promise("KEEP-6")
def test_whoever_kills_the_agent_kills_its_runner_too() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, TIED], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    runner = int(starter.stdout.readline())
    assert is_alive(runner)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    until = time.monotonic() + PATIENCE
    while is_alive(runner) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(runner)


def is_alive(pid: int) -> bool:
    """A zombie that its new parent has not seen to yet is dead."""
    try:
        os.kill(pid, signal.SIG_DFL)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
