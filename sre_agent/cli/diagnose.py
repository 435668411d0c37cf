"""`sre-agent diagnose`: recorded incidents, one or many, with no platform at hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import AsJson, console, print_json
from sre_agent.offline.batch import Written, collect_seldom, listed, run_batch
from sre_agent.offline.desk import answer_for
from sre_agent.offline.report import Format, report
from sre_agent.snapshots.content import SnapshotRefused

WHICH = "give a snapshot with --from DIR, or a list of them with --batch FILE --out DIR"


def diagnose(  # noqa: PLR0913 - one parameter for each option
    source: Annotated[
        Path | None, typer.Option("--from", help="A snapshot: a folder, or the folder as .tar.gz.")
    ] = None,
    batch: Annotated[Path | None, typer.Option(help="A file with one snapshot path a line.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where --batch writes <name>.json.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes for --batch.")] = 1,
    form: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.TEXT,
    as_json: AsJson = False,
) -> None:
    """Name the root cause of a recorded incident, with the evidence; nothing is contacted or changed.

    Examples:

      sre-agent diagnose --from incident/ --format markdown

      sre-agent diagnose --from incident.tar.gz --json | jq '.hypotheses[0]'

      sre-agent diagnose --batch list.txt --out answers --jobs 2
    """
    if (source is None) == (batch is None):
        raise CommandFailed(ExitCode.USAGE, "one of --from and --batch is needed", hint=WHICH)
    collect_seldom()
    if batch is not None:
        if out is None:
            raise CommandFailed(ExitCode.USAGE, "--batch needs --out", hint=WHICH)
        _many(batch, out, jobs)
        return
    try:
        answer = answer_for(source or Path())
    except SnapshotRefused as refusal:
        raise CommandFailed(ExitCode.USAGE, str(refusal), hint="sre-agent snapshot check DIR") from None
    if as_json:
        print_json(answer.as_json())
    else:
        sys.stdout.write(report(answer, form))


def _many(batch: Path, out: Path, jobs: int) -> None:
    try:
        paths = listed(batch)
    except (OSError, UnicodeDecodeError) as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{batch} cannot be read: {wrong}", hint=WHICH) from None
    written = list(run_batch(paths, out, jobs))
    troubles = [one for one in written if one.trouble]
    _told(written, troubles)
    if any(one.outcome == "failed" for one in troubles):
        raise CommandFailed(ExitCode.BROKEN, f"{len(troubles)} of {len(written)} could not be diagnosed")


def _told(written: list[Written], troubles: list[Written]) -> None:
    screen = console(error=True)
    for one in troubles:
        screen.print(f"{one.snapshot}: {one.trouble}", style="red")
    screen.print(f"{len(written)} snapshots, {sum(one.seconds for one in written):.1f} s of work")
