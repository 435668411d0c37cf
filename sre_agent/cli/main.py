"""The command line put together: one line for each command, and one place where failures become exit codes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from sre_agent.cli.connection import CONFIG_FILE, Told, connection
from sre_agent.cli.endings import run
from sre_agent.cli.exits import MEANINGS
from sre_agent.cli.native.here import running_here
from sre_agent.cli.on_demand import Place, group_of

WATCHING = "Watch and ask"
DIAGNOSING = "Diagnose recorded incidents"
DECIDING = "Decide"
RUNNING = "Run the platform"
PARTS = "Its parts"

COMMANDS: Final[dict[str, Place]] = {
    "incidents": Place("sre_agent.cli.incidents:app", WATCHING),
    "ask": Place("sre_agent.cli.ask:ask", WATCHING),
    "replay": Place("sre_agent.cli.replay:replay", WATCHING),
    "postmortem": Place("sre_agent.cli.postmortem:postmortem", WATCHING),
    "servers": Place("sre_agent.cli.servers:servers", WATCHING),
    "tools": Place("sre_agent.cli.servers:tools", WATCHING),
    "diagnose": Place("sre_agent.cli.diagnose:diagnose", DIAGNOSING),
    "causes": Place("sre_agent.cli.causes:app", DIAGNOSING),
    "snapshot": Place("sre_agent.cli.snapshot:app", DIAGNOSING),
    "logs": Place("sre_agent.cli.logs:app", DIAGNOSING),
    "rank": Place("sre_agent.cli.rank:app", DIAGNOSING),
    "runbooks": Place("sre_agent.cli.runbooks:app", DIAGNOSING),
    "route": Place("sre_agent.cli.route:route", DIAGNOSING),
    "evals": Place("sre_agent.cli.evals:evals", DIAGNOSING),
    "approve": Place("sre_agent.cli.answers:approve", DECIDING),
    "reject": Place("sre_agent.cli.answers:reject", DECIDING),
    "break-glass": Place("sre_agent.cli.answers:break_glass", DECIDING),
    "cancel": Place("sre_agent.cli.answers:cancel", DECIDING),
    "retry": Place("sre_agent.cli.answers:retry", DECIDING),
    "audit": Place("sre_agent.cli.audit:app", DECIDING),
    "trust": Place("sre_agent.cli.trust:app", DECIDING),
    "notify": Place("sre_agent.cli.notify:app", DECIDING),
    "policy": Place("sre_agent.cli.policy:app", DECIDING),
    "mitigations": Place("sre_agent.cli.mitigations:app", DECIDING),
    "demo": Place("sre_agent.cli.demo:demo", RUNNING),
    "up": Place("sre_agent.cli.platform_commands:up", RUNNING),
    "down": Place("sre_agent.cli.platform_commands:down", RUNNING),
    "doctor": Place("sre_agent.cli.doctor:doctor", RUNNING),
    "sign-in-link": Place("sre_agent.cli.sign_in:sign_in_link", RUNNING),
    "lab": Place("sre_agent.cli.serving:lab", RUNNING, passes_on=True),
    "serve": Place("sre_agent.cli.serving:serve", PARTS),
    "mcp": Place("sre_agent.cli.serving:mcp", PARTS),
    "db": Place("sre_agent.cli.serving:db", PARTS),
    "keys": Place("sre_agent.cli.serving:keys", PARTS),
    "env": Place("sre_agent.cli.serving:env", PARTS),
}

app = typer.Typer(
    name="sre-agent",
    cls=group_of(COMMANDS),
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


def main() -> None:
    """The `sre-agent` program, with all its commands."""
    run(app)


if __name__ == "__main__":
    main()
