"""One lab as one process: set up, say where everything is, wait to be stopped, take down."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Callable

from infrastructure.lab.control import Control
from infrastructure.lab.faults.heal import NotHealed
from infrastructure.lab.faults.kubectl import KubeRefused
from infrastructure.lab.forge.errors import ForgeError
from infrastructure.lab.knowledge.library import RunbookWrong
from infrastructure.lab.places import LabFile
from infrastructure.lab.stage import Order, ShopNotDeployed, Stage
from infrastructure.lab.telemetry.packages import ProgramsMissing
from infrastructure.lab.telemetry.processes import DidNotStart

__all__ = ["Order", "run"]
_FAILURES = (
    ProgramsMissing,
    DidNotStart,
    NotHealed,
    KubeRefused,
    ForgeError,
    RunbookWrong,
    ShopNotDeployed,
    TimeoutError,
    OSError,
)
Say = Callable[[str], None]


def run(order: Order, say: Say) -> int:
    """The exit code: 0 when it was stopped by somebody, 1 when it did not start."""
    raise_file_limit()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        return asyncio.run(_live(order, say))
    except KeyboardInterrupt:
        return 0


def raise_file_limit() -> None:
    """Every connection has two ends here: a busy lab holds some 800 files, and 1024 is a common soft limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _live(order: Order, say: Say) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    setting_up = asyncio.ensure_future(_set_up(order, say, stopped))
    waiting = asyncio.ensure_future(stopped.wait())
    await asyncio.wait({setting_up, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not setting_up.done():
        setting_up.cancel()
    try:
        stage, control = await setting_up
    except asyncio.CancelledError:
        say("stopped before it was up")
        return 1
    except Exception as error:
        if not isinstance(error, _FAILURES):
            logging.getLogger(__name__).exception("the lab did not start")
        say(f"error: the lab did not start: {error}")
        say("everything that had been started is stopped again")
        return 1
    await waiting
    say("stopping")
    await control.stop()
    await stage.tear_down()
    (order.directory / "lab.json").unlink(missing_ok=True)
    return 0


async def _set_up(order: Order, say: Say, stopped: asyncio.Event) -> tuple[Stage, Control]:
    stage = await Stage.set_up(order, say)
    control = Control(stage.director, stopped.set)
    await control.start()
    _lab_file(stage, control).write(order.directory)
    say(f"the shop is open at {stage.shop_url}; break it with: python -m infrastructure.lab break FAULT")
    return stage, control


def _lab_file(stage: Stage, control: Control) -> LabFile:
    return LabFile(pid=os.getpid(), control_url=control.url, control_token=control.token, **stage.addresses())
