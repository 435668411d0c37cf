"""`sre-agent replay`: an incident's journal again, at the pace at which it happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.incidents import Brief
from sre_agent.cli.journal_printer import JournalPrinter
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, IncidentName, client_of
from sre_agent.domain.journal import JournalEntry


def replay(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    incident: IncidentName,
    speed: Annotated[
        float, typer.Option(min=0, help="1 is real time, 10 ten times faster, 0 without pauses.")
    ] = 1.0,
    longest_pause: Annotated[
        float, typer.Option(min=0, help="No pause is longer than this many seconds.")
    ] = 10.0,
    brief: Brief = False,
    as_json: AsJson = False,
) -> None:
    """Play an incident's journal again, at real or given speed.

    Examples:

      sre-agent replay inc_1kjsggve02b9yzpx --speed 20

      sre-agent replay inc_1kjsggve02b9yzpx --json > journal.json
    """
    with client_of(context) as client, working("reading the journal"):
        entries = tuple(client.journal(incident))
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in entries])
        return
    if not entries:
        raise CommandFailed(ExitCode.NOT_FOUND, f"incident {incident} has an empty journal")
    with JournalPrinter(console(), brief=brief) as printer:
        for entry in paced(entries, speed=speed, longest=longest_pause, sleep=time.sleep):
            printer.print(entry)


def paced(
    entries: Iterable[JournalEntry], *, speed: float, longest: float, sleep: Callable[[float], None]
) -> Iterator[JournalEntry]:
    """The entries with the pauses between them, divided by the speed; 0 means none."""
    before: datetime | None = None
    for entry in entries:
        if before is not None and speed > 0:
            pause = (entry.at - before).total_seconds() / speed
            if pause > 0:
                sleep(min(pause, longest))
        before = entry.at
        yield entry
