"""`sre-agent causes`: the failure-mode catalogue."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.catalogue.cause import Cause
from sre_agent.catalogue.index import cause, entries
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import AsJson, console, print_json
from sre_agent.domain.diagnosis import Layer
from sre_agent.errors import NotFound

app = typer.Typer(invoke_without_command=True)


def brief(one: Cause) -> dict[str, Any]:
    """A cause as `causes --json` lists it."""
    return {
        "cause": one.code,
        "layer": one.layer.value,
        "title": one.title,
        "description": one.description,
        "entity_kinds": list(one.entity_kinds),
    }


def whole(one: Cause) -> dict[str, Any]:
    return {
        **brief(one),
        "supports": list(one.supports),
        "rules_out": list(one.rules_out),
        "neighbours": [{"cause": each.code, "told_apart_by": each.told_apart_by} for each in one.neighbours],
        "remedies": list(one.remedies),
    }


@app.callback(invoke_without_command=True)
def causes(context: typer.Context, as_json: AsJson = False) -> None:
    """List what the diagnosis engine can name: every cause by layer.

    Examples:

      sre-agent causes

      sre-agent causes show oom_killed
    """
    if context.invoked_subcommand is not None:
        return
    found = [entry.cause for entry in entries().values()]
    if as_json:
        print_json([brief(one) for one in found])
        return
    table = Table(box=None, pad_edge=False)
    for head in ("cause", "layer", "title"):
        table.add_column(head, overflow="fold")
    for one in sorted(found, key=lambda each: (list(Layer).index(each.layer), each.code)):
        table.add_row(Text(one.code), Text(one.layer.value, style="dim"), Text(one.title))
    console().print(table)


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="A cause's code.", metavar="CODE")], as_json: AsJson = False
) -> None:
    """Show one cause: what supports it, what rules it out, its neighbours, and what helps.

    Example:

      sre-agent causes show image_registry_dns_failure
    """
    try:
        one = cause(code)
    except NotFound as missing:
        raise CommandFailed(ExitCode.NOT_FOUND, str(missing), hint="sre-agent causes") from None
    if as_json:
        print_json(whole(one))
        return
    screen = console()
    screen.print(f"{one.code} ({one.layer.value}): {one.title}\n{one.description}\n")
    screen.print(f"blames: {', '.join(one.entity_kinds)}")
    for title, lines in (("supported by", one.supports), ("ruled out by", one.rules_out)):
        screen.print("\n".join([f"{title}:", *(f"  - {line}" for line in lines)]))
    screen.print("\n".join(["told apart:", *(f"  - {n.code}: {n.told_apart_by}" for n in one.neighbours)]))
    screen.print(f"what helps: {', '.join(one.remedies) or 'a person decides'}")
