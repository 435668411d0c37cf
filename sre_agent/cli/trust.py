"""`sre-agent trust`: how far the agent is let, for each service and kind of action, and who moves it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.api.trust import TrustList
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.law import Autonomy
from sre_agent.domain.shown import one_line
from sre_agent.domain.trust import MeasuredRung, Rung

app = typer.Typer(no_args_is_help=True, help="How far the agent is let, for each service and kind of action.")
Service = Annotated[str, typer.Argument(help="As `trust show` names it: namespace/name.")]
Action = Annotated[str, typer.Argument(help="The kind of action: scale, rollout_restart …")]
Why = Annotated[str, typer.Option("--reason", "-r", help="Why; it stands in the audit log.")]


@app.command()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every rung with its agreement, the bounds of it (Wilson, 95 %), and what is proposed.

    Example:

      sre-agent trust show
    """
    with client_of(context) as client, working("reading"):
        told = client.get("/api/v1/trust", TrustList)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("service", "action", "level", "agreed", "share at 95 %", "undecided", "pending", "next"):
        table.add_column(head)
    for one in told.items:
        table.add_row(*map(_cell, _row(one)))
    console().print(table)
    console().print(f"Where nobody decided yet: {told.start} (TRUST_START).")


def _cell(text: str) -> Text:
    return Text(one_line(text, 80))


def _row(one: MeasuredRung) -> tuple[str, ...]:
    decided = one.agreed + one.differed
    bounds = f"{one.low:.2f} to {one.high:.2f}" if decided else "unknown"
    counts = (str(one.undecided), str(one.pending))
    return (one.service, one.action, one.level.value, f"{one.agreed}/{decided}", bounds, *counts, one.said)


@app.command()
def promote(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    service: Service,
    action: Action,
    reason: Why,
    despite_numbers: Annotated[
        bool, typer.Option("--despite-numbers", help="Also where the numbers do not carry it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let the agent go one level further: observe, suggest, approve, act. Needs an administrator.

    Example:

      sre-agent trust promote shop/checkout rollout_restart --reason "twenty of twenty, reviewed"
    """
    body = {"service": service, "action": action, "reason": reason, "despite_numbers": despite_numbers}
    with client_of(context) as client, working("promoting"):
        rung = client.post("/api/v1/trust/promote", Rung, body)
    _report(rung, as_json=as_json)


@app.command()
def demote(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    service: Service,
    action: Action,
    to: Annotated[Autonomy, typer.Option("--to", help="The level to go down to.")],
    reason: Why,
    as_json: AsJson = False,
) -> None:
    """Let the agent go less far, at once.

    Example:

      sre-agent trust demote shop/checkout scale --to approve --reason "new owners"
    """
    body = {"service": service, "action": action, "to": to.value, "reason": reason}
    with client_of(context) as client, working("demoting"):
        rung = client.post("/api/v1/trust/demote", Rung, body)
    _report(rung, as_json=as_json)


def _report(rung: Rung, *, as_json: bool) -> None:
    if as_json:
        print_json(rung.model_dump(mode="json"))
        return
    console().print(Text(one_line(f"{rung.action} on {rung.service} stands at {rung.level} now.")))
    console().print("Where the law's own level is stricter, that one holds.")
