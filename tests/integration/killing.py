"""Real kills of the real agent, and its journal read where it is kept, since the API dies with it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from platforms import PlatformAtWork

GLANCE = 0.004
COMES_WITHIN = 120.0
LONGEST_PAUSE = 14.0
"""Seconds between two kills at most: about as long as an investigation, or a watch over recovery, goes on."""


async def until(is_so: Callable[[], bool], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + COMES_WITHIN
    while not is_so():
        assert asyncio.get_running_loop().time() < deadline, f"waited {COMES_WITHIN:.0f} s for {what}"
        await asyncio.sleep(GLANCE)


def agent_of(platform: PlatformAtWork) -> int:
    return int(platform.state()["processes"]["agent"]["pid"])


def journal_of(platform: PlatformAtWork) -> Path:
    return next(platform.home.rglob("sre-agent.db"))


def count(journal: Path, known: set[str], kind: str) -> int:
    """How many entries of this kind there are in incidents that were not known before."""
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=10) as connection:
        rows = connection.execute("select incident_id from journal where kind = ?", (kind,)).fetchall()
    return sum(row[0] not in known for row in rows)


async def strike(platform: PlatformAtWork) -> None:
    """Kill the agent, and wait until another stands in its place."""
    agent = agent_of(platform)
    os.kill(agent, signal.SIGKILL)
    await until(lambda: agent_of(platform) != agent, "an agent that is started again")


@dataclass(frozen=True)
class Strike:
    """One kill: how long after it the API answered, and how long after the new agent's start work went on."""

    answers_after: float
    goes_on_after: float | None
    """None where nothing was under way: a person was asked."""
    crowding: float = 1.0
    """How many times longer than alone work took on this machine just then."""


@dataclass
class RandomKiller:
    """Strikes at moments that dice choose, until the incident has ended or it has struck often enough."""

    dice: random.Random
    most: int
    strikes: list[Strike] = field(default_factory=list)

    async def __call__(self, platform: PlatformAtWork, known: set[str]) -> None:
        seen = partial(count, journal_of(platform), known)
        await until(lambda: seen("incident.opened") > 0, "an incident")
        while len(self.strikes) < self.most:
            await asyncio.sleep(self.dice.uniform(0.0, LONGEST_PAUSE))
            if seen("incident.ended"):
                return
            self.strikes.append(await self._one(platform, seen))

    async def _one(self, platform: PlatformAtWork, seen: Callable[[str], int]) -> Strike:
        resumed, asked = _runs(seen), seen("approval.asked") - seen("approval.answered")
        began = monotonic()
        await strike(platform)
        stands = monotonic()
        await platform.get("/healthz")
        answers = monotonic() - began
        if asked > 0:
            return Strike(answers, None)
        over = partial(seen, "incident.ended")
        await until(lambda: _runs(seen) > resumed or over() > 0, "a run that is taken up again")
        return Strike(answers, monotonic() - stands, await crowding())


_SPIN = """
import time
wall, own = time.perf_counter(), time.process_time()
while time.process_time() - own < 0.1:
    pass
print((time.perf_counter() - wall) / (time.process_time() - own))
"""


async def crowding() -> float:
    """How many times longer than alone a tenth of a second's work takes now: others may have most of the machine."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SPIN, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return max(1.0, float(told))


def _runs(seen: Callable[[str], int]) -> int:
    """Runs that began: one that was killed before its first checkpoint begins afresh."""
    return seen("run.resumed") + seen("run.started")
