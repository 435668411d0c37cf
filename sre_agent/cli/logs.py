"""`sre-agent logs templates`: the templates of a file of log lines; the work is the kit's, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.offline import AsJson, become

app = typer.Typer(no_args_is_help=True, help="Log lines, with no platform at hand.")


@app.callback()
def logs() -> None:
    """Log lines, with no platform at hand."""


@app.command()
def templates(
    read: Annotated[Path, typer.Option("--in", help="A text file, one message a line.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV to write: LineId,EventId,EventTemplate.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Group the lines of a file by template; variable parts stand as <*>.

    Example:  sre-agent logs templates --in app.log --out templates.csv
    """
    written = ["--out", str(out)] if out else []
    shown = ["--json"] if as_json else []
    become("mcp_servers.kit.sentences_file", "log templates", "--in", str(read), *written, *shown)
