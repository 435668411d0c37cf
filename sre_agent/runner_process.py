"""The runner's own process, as the API's process sees it: started, told the news, listened to, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from sre_agent.errors import RunnerStopped
from sre_agent.job_loop import Sky
from sre_agent.ports.clock import Clock
from sre_agent.ports.streams import Bulletin
from sre_agent.runner_line import Said, Word, said_in, servers_in
from sre_agent.settings import NOT_THE_RUNNERS

log = structlog.get_logger("runner")

RUNNER: Final = (sys.executable, "-m", "sre_agent.runner_main")
LOOK_OUT: Final = timedelta(milliseconds=250)
"""How late the runner hears that a storm began or is over."""
GRACE_SECONDS: Final = 10.0
"""How long it may take to let go of its jobs when it is told to stop."""
_BREATH: Final = timedelta(milliseconds=100)
"""News that follows news within this time is told together."""
_LISTEN: Final = timedelta(minutes=1)


def runners_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What of our own environment the runner gets."""
    return {name: value for name, value in ours.items() if name not in NOT_THE_RUNNERS}


async def started(command: Sequence[str], environment: Mapping[str, str]) -> Process:
    """A runner's process. It imports what it needs, and touches nothing before it is told to begin."""
    return await asyncio.create_subprocess_exec(
        *command, env=dict(environment), stdin=PIPE, stdout=PIPE, start_new_session=True
    )


@dataclass
class RunnerProcess:
    """Runs `command` and keeps its two pipes; whoever runs `work` again starts a fresh one.

    `ahead`: one that was started before everything else, and is taken the first time.

    Closing the pipe to it is what tells it to stop, so that it stops too where this process just ends.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    bulletin: Bulletin
    sky: Sky
    clock: Clock
    grace_seconds: float = GRACE_SECONDS
    ahead: Process | None = None
    note_circuits: Callable[[frozenset[str]], None] = lambda _: None
    """Told which tool servers the runner leaves alone, whenever that changes."""
    note_tokens: Callable[[str, int], None] = lambda direction, tokens: None
    """Told of the tokens that went to the language model (`sent`) and came from it (`got`)."""
    law: int = field(default=0, init=False)
    """The law by which it judges (`runner_line.short`); nought while it has not said."""
    _ready: bool = field(default=False, init=False)
    _wrong: str = field(default="the runner has not started yet", init=False)

    async def work(self) -> None:
        """Until cancelled; then it is told to stop and waited for. Raises RunnerStopped where it ends by itself.

        Call it when the database is at its newest revision: from here on the runner uses it.
        """
        ahead, self.ahead = self.ahead, None
        process = ahead or await started(self.command, self.environment)
        try:
            await _tell(process, Said(Word.BEGIN))
            await self._follow(process)
        finally:
            self._ready, self._wrong, self.law = False, "the runner has been told to stop", 0
            self.note_circuits(frozenset())
            await _end(process, self.grace_seconds)
        self._wrong = f"the runner stopped ({_in_words(process.returncode)}); it is started again"
        raise RunnerStopped(self._wrong)

    async def health(self) -> str:
        """Empty where the runner works; else what is wrong."""
        return "" if self._ready else self._wrong

    async def _follow(self, process: Process) -> None:
        """Tell and listen until it says nothing any more."""
        telling = [asyncio.create_task(tell(process)) for tell in (self._tell_news, self._tell_weather)]
        try:
            await self._listen(process)
        finally:
            for task in telling:
                task.cancel()
            await asyncio.gather(*telling, return_exceptions=True)

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for  # nosec B101
        async for line in process.stdout:
            said = said_in(line)
            if said is None:
                log.warning("runner.unknown_word", line=line[:80])
            elif said.word is Word.RANG:
                self.bulletin.ring(said.number)
            elif said.word is Word.CIRCUITS:
                self.note_circuits(servers_in(said.number))
            elif said.word is Word.LAW:
                self.law = said.number
            elif said.word in (Word.SENT, Word.GOT):
                self.note_tokens(said.word, said.number)
            elif said.word is Word.READY:
                self._ready = True

    async def _tell_news(self, process: Process) -> None:
        heard = 0
        while True:
            now = await self.bulletin.wait(heard, limit=_LISTEN)
            if now > heard:
                heard = now
                await _tell(process, Said(Word.RANG, heard))
                await self.clock.sleep(_BREATH)

    async def _tell_weather(self, process: Process) -> None:
        told = False
        while True:
            stormy = self.sky.is_stormy
            if stormy != told:
                told = stormy
                await _tell(process, Said(Word.STORM, int(stormy)))
            await self.clock.sleep(LOOK_OUT)


async def _tell(process: Process, said: Said) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for  # nosec B101
    with contextlib.suppress(ConnectionError):
        # Whoever listens for its words finds out that it is gone.
        process.stdin.write(said.as_line())
        await process.stdin.drain()


async def _end(process: Process, grace_seconds: float) -> None:
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_silent(process), grace_seconds)
    if process.returncode is None:
        log.warning("runner.killed", pid=process.pid, reason=f"it did not stop within {grace_seconds:g} s")
        process.kill()
        await process.wait()


async def _silent(process: Process) -> None:
    """It has ended; what it still said falls, so that a full pipe does not hold it up."""
    if process.stdout is not None:
        await process.stdout.read()
    await process.wait()


def _in_words(code: int | None) -> str:
    if code is None or code >= 0:
        return f"code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"signal {-code}"
