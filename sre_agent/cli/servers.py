"""`sre-agent servers` and `tools`: what the platform can reach, and with what."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.api.views import ServerList, ToolList
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.shown import one_line


def servers(context: typer.Context, as_json: AsJson = False) -> None:
    """Show each tool server: reachable or not, and why not.

    Example:

      sre-agent servers
    """
    with client_of(context) as client, working("asking the platform"):
        found = client.get("/api/v1/servers", ServerList)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("server", "state", "tools", "what is wrong"):
        table.add_column(head, overflow="fold")
    for each in found.items:
        state = Text("connected", style="green") if each.connected else Text("not connected", style="red")
        if not each.configured:
            state = Text("not set up", style="yellow")
        table.add_row(Text(each.name), state, str(each.tools), Text(one_line(each.error, 200)))
    console().print(table if found.items else "No tool server is configured.")


def tools(context: typer.Context, as_json: AsJson = False) -> None:
    """List every tool of every server that can be reached; `!` marks those that change something.

    Example:

      sre-agent tools --json | jq '.items[] | select(.read_only | not) | .name'
    """
    with client_of(context) as client, working("asking the platform"):
        found = client.get("/api/v1/tools", ToolList)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("", "tool", "what it does"):
        table.add_column(head, overflow="fold")
    for each in sorted(found.items, key=lambda tool: (tool.server, tool.name)):
        mark = Text("" if each.read_only else "!", style="yellow")
        table.add_row(
            mark, Text(f"{each.server}.{each.name}"), Text(one_line(each.description, 120), style="dim")
        )
    console().print(table if found.items else "No tool server can be reached; see: sre-agent servers")
