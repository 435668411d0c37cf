"""The command line put together: one line for each command, and one place where failures become exit codes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli import (
    answers,
    audit,
    causes,
    incidents,
    logs,
    mitigations,
    notify,
    policy,
    rank,
    runbooks,
    snapshot,
    trust,
)
from sre_agent.cli.ask import ask
from sre_agent.cli.connection import CONFIG_FILE, Told, connection
from sre_agent.cli.demo import demo
from sre_agent.cli.diagnose import diagnose
from sre_agent.cli.doctor import doctor
from sre_agent.cli.endings import run
from sre_agent.cli.evals import evals
from sre_agent.cli.exits import MEANINGS
from sre_agent.cli.native.here import running_here
from sre_agent.cli.platform_commands import down, up
from sre_agent.cli.postmortem import postmortem
from sre_agent.cli.replay import replay
from sre_agent.cli.route import route
from sre_agent.cli.servers import servers, tools
from sre_agent.cli.serving import db, env, keys, lab, mcp, serve
from sre_agent.cli.sign_in import sign_in_link

app = typer.Typer(
    name="sre-agent",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WATCHING = "Watch and ask"
DIAGNOSING = "Diagnose recorded incidents"
DECIDING = "Decide"
RUNNING = "Run the platform"
PARTS = "Its parts"


@app.callback(epilog=f"Exit codes: {MEANINGS}")
def program(  # an empty default is no password  # nosec B107
    context: typer.Context,
    url: Annotated[
        str, typer.Option(help="The platform's address; else SRE_AGENT_URL, else the one that runs here.")
    ] = "",
    token: Annotated[
        str, typer.Option(help="Your token; else SRE_AGENT_TOKEN, which no process list shows.")
    ] = "",
    ca: Annotated[
        str,
        typer.Option(help="File (PEM) of authorities an https address is believed by; else SRE_AGENT_CA."),
    ] = "",
    config: Annotated[Path, typer.Option(help="File with `url:`, `token:` and `ca:`.")] = CONFIG_FILE,
) -> None:
    """Autonomous incident responder: finds the root cause with evidence, acts under policy, proves recovery.

    Begin with:  sre-agent doctor;  sre-agent up;  sre-agent incidents watch
    """
    here = running_here(os.environ, Path.cwd())
    context.obj = connection(os.environ, Told(url, token, ca), config_file=config, here=here)


app.add_typer(incidents.app, name="incidents", rich_help_panel=WATCHING)
app.command(rich_help_panel=WATCHING)(ask)
app.command(rich_help_panel=WATCHING)(replay)
app.command(rich_help_panel=WATCHING)(postmortem)
app.command(rich_help_panel=WATCHING)(servers)
app.command(rich_help_panel=WATCHING)(tools)
app.command(rich_help_panel=DIAGNOSING)(diagnose)
app.add_typer(causes.app, name="causes", rich_help_panel=DIAGNOSING)
app.add_typer(snapshot.app, name="snapshot", rich_help_panel=DIAGNOSING)
app.add_typer(logs.app, name="logs", rich_help_panel=DIAGNOSING)
app.add_typer(rank.app, name="rank", rich_help_panel=DIAGNOSING)
app.add_typer(runbooks.app, name="runbooks", rich_help_panel=DIAGNOSING)
app.command(rich_help_panel=DECIDING)(answers.approve)
app.command(rich_help_panel=DECIDING)(answers.reject)
app.command(rich_help_panel=DECIDING)(answers.break_glass)
app.command(rich_help_panel=DECIDING)(answers.cancel)
app.command(rich_help_panel=DECIDING)(answers.retry)
app.add_typer(audit.app, name="audit", rich_help_panel=DECIDING)
app.add_typer(
    trust.app,
    name="trust",
    help="How far the agent is let, for each service and kind of action.",
    rich_help_panel=DECIDING,
)
app.add_typer(
    notify.app,
    name="notify",
    help="Messages to people outside, and who may answer them.",
    rich_help_panel=DECIDING,
)
app.add_typer(policy.app, name="policy", rich_help_panel=DECIDING)
app.add_typer(
    mitigations.app,
    name="mitigations",
    help="What was done for a time: until when, how it is restored, and the permanent fix.",
    rich_help_panel=DECIDING,
)
app.command(rich_help_panel=DIAGNOSING)(route)
app.command(rich_help_panel=DIAGNOSING)(evals)
app.command(rich_help_panel=RUNNING)(demo)
app.command(rich_help_panel=RUNNING)(up)
app.command(rich_help_panel=RUNNING)(down)
app.command(rich_help_panel=RUNNING)(doctor)
app.command(rich_help_panel=RUNNING)(sign_in_link)
app.command(
    rich_help_panel=RUNNING,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(lab)
app.command(rich_help_panel=PARTS)(serve)
app.command(rich_help_panel=PARTS)(mcp)
app.add_typer(db, name="db", rich_help_panel=PARTS)
app.command(rich_help_panel=PARTS)(keys)
app.command(rich_help_panel=PARTS)(env)


def main() -> None:
    """The `sre-agent` program, with all its commands."""
    run(app)


if __name__ == "__main__":
    main()
