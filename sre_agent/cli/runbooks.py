"""`sre-agent runbooks search`: the page people wrote for an alert; the search is the runbook server's, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.offline import AsJson, become

app = typer.Typer(no_args_is_help=True, help="Runbooks, with no platform at hand.")


@app.callback()
def runbooks() -> None:
    """Runbooks, with no platform at hand."""


@app.command()
def search(
    folder: Annotated[Path, typer.Option("--dir", help="A folder of Markdown pages, SKILL.md among them.")],
    alert: Annotated[Path, typer.Option("--alert", help="An Alertmanager webhook payload (JSON).")],
    top: Annotated[int, typer.Option("--top", min=1, help="So many pages at most.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Find the page that people wrote for an alert, by its name, its words and its labels; none rather than a wrong one.

    Example:  sre-agent runbooks search --dir runbooks --alert payload.json
    """
    shown = ["--json"] if as_json else []
    become(
        "mcp_servers.notion.search",
        "the runbook server's parts",
        *("--dir", str(folder), "--alert", str(alert), "--top", str(top)),
        *shown,
    )
