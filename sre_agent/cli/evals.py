"""`sre-agent evals`: measures the diagnosis on recorded incidents, and says what got worse."""

from __future__ import annotations

import subprocess  # the commit that is measured  # nosec B404
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import console
from sre_agent.evals.suite import measure
from sre_agent.evals.telling import keep, kept, page, told, worse_than

LAB = Path("bench/lab-snapshots")


def evals(
    bench: Annotated[
        Path | None, typer.Option(help="Folder with sets of recorded incidents, each with a labels.json.")
    ] = None,
    lab: Annotated[Path, typer.Option(help="Stored snapshots of the lab's faults.")] = LAB,
    out: Annotated[Path, typer.Option(help="Where the page and the figures go.")] = Path("docs/evals"),
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
) -> None:
    """Measure: as recorded, everything renamed, one source less at a time, faults of the lab.

    Example:

      sre-agent evals --bench ../shared/bench
    """
    screen = console(error=True)
    before = kept(out)
    measured = measure(bench, lab, jobs, screen.print)
    at, commit = datetime.now(UTC), _commit()
    now, text = told(measured, at=at, commit=commit), page(measured, at=at, commit=commit)
    console().print(text)
    for line in (worse := worse_than(before, now)):
        screen.print(f"WORSE: {line}", style="red")
    keep(out, now, text)
    if worse:
        raise CommandFailed(ExitCode.NOT_WELL, f"{len(worse)} figures got worse than the last time")


def _commit() -> str:
    found = subprocess.run(  # fixed words, no shell  # nosec B603 B607
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False  # noqa: S607
    )
    return found.stdout.strip() or "unknown"
