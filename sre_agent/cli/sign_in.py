"""`sre-agent sign-in-link`: a link that lets somebody into the dashboard once."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from sre_agent.api.sessions import LinkIssued
from sre_agent.cli.client import Client
from sre_agent.cli.session import client_of


def sign_in_link(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The account it is for.", metavar="NAME")] = "admin",
    dashboard: Annotated[
        str, typer.Option(help="Where people open the dashboard.")
    ] = "http://127.0.0.1:3000",
) -> None:
    """Print a link that signs an account in once, within an hour; for the first visit, and for who lost a password.

    Example:  sre-agent sign-in-link ann --dashboard https://sre.example.org
    """
    with client_of(context) as client:
        typer.echo(link_for(client, name, dashboard))


def link_for(client: Client, name: str, dashboard: str) -> str:
    """The word stands after `#`, which browsers keep to themselves: no server and no proxy logs it."""
    issued = client.post(f"/api/v1/accounts/{quote(name, safe='')}/link", LinkIssued, {})
    return f"{dashboard.rstrip('/')}/#link={issued.link}"
