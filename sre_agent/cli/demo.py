"""`sre-agent demo`: the whole loop on the lab's shop, live in the terminal; everything it starts, it stops."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from sre_agent.cli.demo_run import DemoRun, Wish
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import console
from sre_agent.domain.incident import Incident, Status

_ENDS = {Status.RESOLVED: "bold green", Status.CLOSED: "bold blue"}


def demo(
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Answer for the approver, through the API.")
    ] = False,
    fault: Annotated[
        str, typer.Option("--fault", help="Which fault; `sre-agent lab list` shows them.")
    ] = "bad-deploy",
    service: Annotated[
        str, typer.Option("--service", help="Break this service instead of the usual one.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep logs and the database afterwards.")] = False,
) -> None:
    """See the whole loop on a small shop: it breaks, Prometheus fires, the cause is found, you approve, it recovers.

    Exit code 0 only if the incident ended resolved by its own verification.

    Examples:

      sre-agent demo

      sre-agent demo --yes --fault service-selector-mismatch
    """
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CommandFailed(
            ExitCode.USAGE,
            "the demo asks a person for approval, and there is no terminal to ask on",
            hint="run it unattended with: make demo ARGS=--yes",
        )
    began, screen = time.monotonic(), console()
    try:
        with _home(screen, keep) as home:
            ended = asyncio.run(DemoRun(screen, home, Wish(fault, service, yes=yes)).go())
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.print(Text("\nInterrupted. Everything that was started is stopped.", "yellow"))
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    _say_end(screen, ended, time.monotonic() - began)
    raise typer.Exit(
        ExitCode.OK if ended is not None and ended.status is Status.RESOLVED else ExitCode.BROKEN
    )


@contextmanager
def _home(screen: Console, keep: bool) -> Iterator[Path]:
    Path("var").mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="demo-", dir="var")).resolve()
    try:
        yield home
    finally:
        if keep:
            screen.print(f"Logs and database: {home}", style="dim")
        else:
            shutil.rmtree(home, ignore_errors=True)


def _say_end(screen: Console, ended: Incident | None, took: float) -> None:
    screen.print()
    if ended is None:
        screen.print(Text("The demo did not come to an incident.", style="bold red"))
        return
    lasted = (ended.closed_at - ended.opened_at).total_seconds() if ended.closed_at else 0.0
    said = f"{ended.status.upper()} {lasted:.0f} s after the alert came. The whole demo took {took:.0f} s."
    screen.print(Text(said, style=_ENDS.get(ended.status, "bold yellow")))
    if ended.status is not Status.RESOLVED:
        screen.print(Text("Not every incident may be resolved by a machine, so the exit code is 1.", "dim"))
    screen.print(
        Text(
            "Next: ./start.sh runs the platform for good; the README shows how to send it your alerts.", "dim"
        )
    )
