"""`python -m sre_agent.runner_main`: the runner's process, started by `sre-agent serve` and tied to it.

Its standard input and output are the pipes to its starter; what it logs goes to standard error. It ends when
its input does. Where its starter is killed in a way it cannot answer (`kill -9`), the kernel kills it too, so
that a death of the agent is a death of all of it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import uvloop

from sre_agent.errors import SreAgentError
from sre_agent.interpreter import steady_interpreter, yield_processor
from sre_agent.runner_pipes import Pipes
from sre_agent.settings import Settings, read

PR_SET_PDEATHSIG: Final = 1
YIELDS: Final = 5
"""Niceness: an investigation may wait some milliseconds for the processor, an Alertmanager must not."""


def main() -> int:
    _tie_to_starter()
    # See `serve`: what is imported now stays, and after a crash somebody waits for it.
    gc.disable()
    from sre_agent.bootstrap_runner import work

    yield_processor(YIELDS)
    steady_interpreter()
    ear, mouth = os.dup(0), os.dup(1)
    # Whatever prints, in a library too, must not speak on the pipe.
    os.dup2(2, 1)
    sys.stdin.close()
    try:
        uvloop.run(_until_told(work, Pipes(ear, mouth)))
    except SreAgentError as wrong:
        print(f"sre-agent: {wrong}", file=sys.stderr)
        return 1
    return 0


Work = Callable[[Settings, Pipes, asyncio.Event], Awaitable[None]]


async def _until_told(work: Work, pipes: Pipes) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await work(read(os.environ), pipes, stop)


def _tie_to_starter() -> None:
    # An interrupt from the keyboard is for the starter, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
