"""`sre-agent mitigations`: what was done for a time, when it is restored, and what its owner decides."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.act.ticketing import place_of
from sre_agent.api.mitigations import MitigationList
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.shown import one_line

app = typer.Typer(
    no_args_is_help=True,
    help="What was done for a time: until when, how it is restored, and the permanent fix.",
)
Key = Annotated[str, typer.Argument(help="As `mitigations list` names it.")]
Why = Annotated[str, typer.Option("--reason", "-r", help="Why; it stands in the journal and the audit log.")]
_OPEN = [state.value for state in MitigationState if state.is_open]
_LONGEST = 100


@app.command("list")
def list_(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was done for a time and is not over: until when, how it is restored, and the permanent fix.

    Example:

      sre-agent mitigations list
    """
    query = None if everything else {"state": _OPEN}
    with client_of(context) as client, working("reading"):
        told = client.get("/api/v1/mitigations", MitigationList, query)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    if not told.items:
        console().print("Nothing was done for a time that is not over.")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("key", "state", "until", "what", "to restore it", "permanent fix", "ticket", "why"):
        table.add_column(head)
    for box in told.items:
        table.add_row(*map(_cell, _row(box)))
    console().print(table)


@app.command()
def restore(context: typer.Context, key: Key, reason: Why, as_json: AsJson = False) -> None:
    """Restore it now. Where the law asks for one person, this is your yes; what people changed is not overwritten.

    Example:

      sre-agent mitigations restore inc_1kjsggve02b9yzpx.1.0 --reason "the sale is over"
    """
    _decide(context, key, "restore", reason, as_json=as_json)


@app.command()
def keep(context: typer.Context, key: Key, reason: Why, as_json: AsJson = False) -> None:
    """Let it stay: it is not restored any more.

    Example:

      sre-agent mitigations keep inc_1kjsggve02b9yzpx.1.0 --reason "six replicas are what it needs now"
    """
    _decide(context, key, "keep", reason, as_json=as_json)


@app.command()
def fix(
    context: typer.Context,
    key: Key,
    url: Annotated[str, typer.Argument(help="The issue or pull request; it begins with https://.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; it stands in the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Name the issue or pull request of the permanent fix; the agent opens none then.

    Example:

      sre-agent mitigations fix inc_1kjsggve02b9yzpx.1.0 https://github.com/shop/checkout/issues/12
    """
    _ticket(context, key, "fix", {"url": url, "reason": reason}, as_json=as_json)


@app.command()
def ticket(context: typer.Context, key: Key, reason: Why, as_json: AsJson = False) -> None:
    """Let the permanent fix be opened as an issue, once the incident has ended. Where the law asks for one person, this is your yes.

    Example:

      sre-agent mitigations ticket inc_1kjsggve02b9yzpx.1.0 --reason "the team works from issues"
    """
    _ticket(context, key, "ticket", {"reason": reason}, as_json=as_json)


def _ticket(context: typer.Context, key: str, what: str, said: dict[str, str], *, as_json: bool) -> None:
    with client_of(context) as client, working("answering"):
        box = client.post(f"/api/v1/mitigations/{key}/{what}", Mitigation, said)
    if as_json:
        print_json(box.model_dump(mode="json"))
        return
    console().print(Text(one_line(f"The permanent fix of {box.key}: {_place(box) or 'no ticket yet'}")))
    console().print("Next: sre-agent mitigations list --all")


def _place(box: Mitigation) -> str:
    """Where the permanent fix is worked on, or why nowhere."""
    if box.ticket is None:
        return ""
    return place_of(box.ticket) or f"{box.ticket.state.value.replace('_', ' ')} {box.ticket.why}".strip()


def _decide(context: typer.Context, key: str, what: str, reason: str, *, as_json: bool) -> None:
    with client_of(context) as client, working("answering"):
        box = client.post(f"/api/v1/mitigations/{key}/{what}", Mitigation, {"reason": reason})
    if as_json:
        print_json(box.model_dump(mode="json"))
        return
    console().print(Text(one_line(f"{box.key} is {box.state.value}. {box.why}")))
    console().print(f"Next: sre-agent incidents show {box.incident_id}")


def _row(box: Mitigation) -> tuple[str, ...]:
    until = f"{box.expires_at:%Y-%m-%d %H:%M}"
    return (box.key, box.state.value, until, box.statement, box.restore, box.fix, _place(box), box.why)


def _cell(text: str) -> Text:
    return Text(one_line(text, _LONGEST))
