"""A runner's real process that starts while the law's file is broken goes on with the last good law, and tells which it is."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sre_agent.adapters.clock import SystemClock
from sre_agent.api.law_warnings import law_warnings
from sre_agent.bootstrap import open_law
from sre_agent.job_loop import ToldWeather
from sre_agent.runner_line import short
from sre_agent.runner_process import RUNNER, RunnerProcess
from sre_agent.settings import Settings, read
from sre_agent.testing.bulletin import MemoryBulletin
from tests.components.stores.twins import template
from tests.unit.api.api_stage import Stage

LAW = """\
version: 1
actions: {scale: [k8s/scale]}
rules:
  - {id: none, when: 'true', verdict: VERDICT, reason: hands off}
"""
GOOD, LATER, BROKEN = LAW.replace("VERDICT", "denied"), LAW.replace("VERDICT", "allowed"), LAW
PATIENCE = 60.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copy(template(), tmp_path / "sre-agent.db")
    (tmp_path / "law.yaml").write_text(GOOD)
    return read(environment(tmp_path))


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "SRE_AGENT_HOME": str(home),
        "POLICY_PATH": str(home / "law.yaml"),
        "POLICY_POLL_SECONDS": "1",
        "LOG_LEVEL": "ERROR",
    }


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[RunnerProcess]:
    """The real runner's process, until it is killed or the block ends."""
    told = environment(settings.sre_agent_home)
    runner = RunnerProcess(RUNNER, told, MemoryBulletin(), ToldWeather(), SystemClock())
    work = asyncio.create_task(runner.work())
    try:
        await until(runner, ready=True)
        yield runner
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(runner: RunnerProcess, *, ready: bool = False, law: int = 0) -> None:
    async with asyncio.timeout(PATIENCE):
        while (ready and await runner.health()) or (law and runner.law != law):  # noqa: ASYNC110 - by pipe
            await asyncio.sleep(0.02)


@pytest.mark.promise("ACT-23")
async def test_a_runner_that_starts_over_a_broken_law_judges_by_the_last_good_one_as_the_api_does(
    settings: Settings,
) -> None:
    file, clock = settings.sre_agent_home / "law.yaml", SystemClock()
    ours = open_law(settings, clock)
    file.write_text(BROKEN)
    api = open_law(settings, clock)
    async with at_work(settings) as runner:
        parts = Stage().with_parts(law=api, runners_law=lambda: runner.law).parts
        assert runner.law == short(ours.digest)
        assert list(law_warnings(parts)) == ["law"]
        file.write_text(LATER)
        await until(runner, law=short(open_law(settings, clock).digest))
        assert list(law_warnings(parts)) == [
            "law",
            "law of the runner",
        ], "this process has not looked again yet"
        assert (api.look(), law_warnings(parts)) == ("reloaded", {})
