"""`python -m bench [NAME …] [--quick] [--json]`: measure, show, and keep what was found.

A missed target is told and never fails the run: times depend on the machine and on who else uses it. The
exit code says only whether everything that was asked for could be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Sequence
from typing import Protocol

import uvloop
from rich.console import Console

from bench import report
from bench.calls import calls
from bench.figures import Measured
from bench.hypothesis import hypothesis
from bench.policy import policy
from bench.ratios import ratios
from bench.resting import memory, quiet, start
from bench.stage import Stage, staged
from bench.webhook import storm, webhook
from sre_agent.errors import SreAgentError


class Measurement(Protocol):
    def __call__(self, stage: Stage, *, quick: bool) -> Awaitable[Measured]: ...


MEASUREMENTS: dict[str, Measurement] = {
    "start": start,
    "memory": memory,
    "quiet": quiet,
    "calls": calls,
    "ratios": ratios,
    "policy": policy,
    "hypothesis": hypothesis,
    "webhook": webhook,
    "storm": storm,
}
"""In this order on one platform: what must find it idle first, the storm, which leaves it busy, last."""
LONGEST_SECONDS = 900
WIDE = 130
"""Columns where nobody says how many there are: a log, a pipe."""


async def measure(names: Sequence[str], *, quick: bool, screen: Console) -> int:
    found: dict[str, Measured] = {}
    loads: dict[str, float] = {}
    failed: dict[str, str] = {}
    loads["everything"] = report.others_at_work()
    async with staged(lambda line: screen.print(f"  {line}", style="dim", markup=False)) as stage:
        for name in names:
            screen.print(f"[bold]{name}[/bold]")
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    found[name] = await MEASUREMENTS[name](stage, quick=quick)
            except Exception as problem:  # noqa: BLE001 - bulkhead: the others are measured all the same
                failed[name] = f"{type(problem).__name__}: {problem}"
    document = report.as_document(found, loads, failed)
    kept = report.keep(document)
    if screen.stderr:
        print(json.dumps(document, indent=2))
    else:
        report.show(screen, found, loads, failed)
    screen.print(f"written to {kept}", markup=False)
    return 1 if failed else 0


async def _until_told(names: Sequence[str], *, quick: bool, screen: Console) -> int:
    """SIGTERM ends it like an interrupt from the keyboard: everything that was started is stopped."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await measure(names, quick=quick, screen=screen)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the platform on this machine."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(MEASUREMENTS)}")
    parser.add_argument(
        "--quick", action="store_true", help="fewer repetitions: a first impression, no figures to quote"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the results as JSON; progress goes to stderr"
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(MEASUREMENTS):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    names = [name for name in MEASUREMENTS if name in (given.names or MEASUREMENTS)]
    screen = Console(stderr=given.json, highlight=False, width=None if sys.stdout.isatty() else WIDE)
    try:
        return uvloop.run(_until_told(names, quick=given.quick, screen=screen))
    except SreAgentError as problem:
        screen.print(f"nothing could be measured: {problem}", style="bold red", markup=False)
        return 1


if __name__ == "__main__":
    sys.exit(main())
