"""What every command that talks to the platform shares: the connection, and the options they have in common."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.screen import AsJson as AsJson
from sre_agent.cli.screen import console

IncidentName = Annotated[
    str, typer.Argument(help="The incident's id, as `incidents list` shows it.", metavar="INCIDENT")
]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it stands in the journal.")]


def client_of(context: typer.Context) -> Client:
    """A client for the connection that the program's own options gave."""
    made: Connection = context.obj
    if made.warning:
        console(error=True).print(made.warning, style="yellow")
    return Client(made)
