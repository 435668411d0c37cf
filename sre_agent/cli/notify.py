"""`sre-agent notify`: messages to people outside, and which of them may answer."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.api.notifications import NotificationList, TriedList, UserLinkList, UserUnlinked
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.shown import one_line
from sre_agent.ports.notify import Fate, UserLink

app = typer.Typer(no_args_is_help=True, help="Messages to people outside, and who may answer them.")
SlackUser = Annotated[
    str, typer.Option("--slack", help="Team and user id, as T0123ABCD/U0123ABCD.", metavar="TEAM/USER")
]
_STYLES = {Fate.DELIVERED: "green", Fate.GIVEN_UP: "red", Fate.WAITING: "yellow"}


@app.command(name="test")
def try_channels(context: typer.Context, as_json: AsJson = False) -> None:
    """Send a test message through every channel that is set up, and say whether it arrived.

    Example:

      sre-agent notify test
    """
    with client_of(context) as client, working("sending"):
        tried = client.post("/api/v1/notifications/test", TriedList, {})
    if as_json:
        print_json(tried.model_dump(mode="json"))
    for one in () if as_json else tried.items:
        outcome = "delivered" if one.delivered else one.error
        console().print(
            Text(one_line(f"{one.channel}: {outcome}"), style="green" if one.delivered else "red")
        )
    if not all(one.delivered for one in tried.items):
        raise CommandFailed(ExitCode.BROKEN, "not every message arrived", hint="mend the settings it names")


@app.command(name="list")
def list_messages(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what became of the newest messages.

    Example:

      sre-agent notify list
    """
    with client_of(context) as client, working("reading"):
        told = client.get("/api/v1/notifications", NotificationList)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("when", "channel", "incident", "state", "attempts", "error"):
        table.add_column(head)
    for one in told.items:
        state = Text(one.state.value, style=_STYLES[one.state])
        cells = (f"{one.created_at:%m-%d %H:%M:%S}", one.channel, one.incident_id)
        table.add_row(*cells, state, str(one.attempts), Text(one_line(one.error, 80)))
    console().print(table)
    console().print(f"Channels that are set up: {', '.join(told.channels) or 'none'}")


@app.command()
def link(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The account that answers for this user.")],
    slack: SlackUser,
    as_json: AsJson = False,
) -> None:
    """Say which account a Slack user is; only linked users may answer from Slack.

    Example:

      sre-agent notify link ada --slack T0123ABCD/U0123ABCD
    """
    body = {"external_id": slack, "account": account}
    with client_of(context) as client, working("linking"):
        made = client.post("/api/v1/user-links", UserLink, body)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    console().print(Text(one_line(f"What {made.external_id} answers in Slack, {made.account} answers here.")))


@app.command()
def unlink(context: typer.Context, slack: SlackUser, as_json: AsJson = False) -> None:
    """Make a Slack user a stranger again.

    Example:

      sre-agent notify unlink --slack T0123ABCD/U0123ABCD
    """
    with client_of(context) as client, working("unlinking"):
        gone = client.delete(f"/api/v1/user-links/slack/{slack}", UserUnlinked)
    if as_json:
        print_json(gone.model_dump(mode="json"))
        return
    console().print(Text(one_line(f"{gone.external_id} can answer nothing from Slack now.")))


@app.command()
def links(context: typer.Context, as_json: AsJson = False) -> None:
    """List which account answers for which user.

    Example:

      sre-agent notify links
    """
    with client_of(context) as client, working("reading"):
        told = client.get("/api/v1/user-links", UserLinkList)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    for one in told.items:
        console().print(
            Text(one_line(f"{one.system} {one.external_id} → {one.account} (linked by {one.made_by})"))
        )
    if not told.items:
        console().print("Nobody is linked: answers from Slack are refused.")
