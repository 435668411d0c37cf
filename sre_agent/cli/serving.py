"""Commands that become a process: `serve`, `mcp`, `lab`; and those that prepare one: `db`, `keys`, `env`."""

from __future__ import annotations

import asyncio
import gc
import getpass
import os
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.native import envfile
from sre_agent.settings import TOOL_SERVERS, Settings, read

db = typer.Typer(no_args_is_help=True, help="The platform's database.")


def serve() -> None:
    """Serve the API and the dashboard, with the runner in a process of its own; settings come from the environment.

    `sre-agent up` starts this and the tool servers together; use `serve` where something else starts them.

    Example:  WEBHOOK_TOKEN=… ADMIN_TOKEN=… MCP_PROMETHEUS_URL=http://…/mcp MCP_PROMETHEUS_TOKEN=… sre-agent serve
    """
    import uvloop

    # Importing makes a hundred thousand objects that all stay; looking for garbage among them takes a fifth of the time.
    gc.disable()
    uvloop.run(_serve(read(os.environ)))


async def _serve(settings: Settings) -> None:
    """The runner's process is started first, so that both import at the same time what takes each of them seconds."""
    from sre_agent.runner_process import RUNNER, runners_environment, started

    ahead = await started(RUNNER, runners_environment(os.environ)) if settings.runner_concurrency else None
    # imported here: what the agent needs costs seconds and 150 MB that no other command should pay
    from sre_agent.agent_runtime import Addresses
    from sre_agent.agent_runtime import serve as serve_platform
    from sre_agent.bootstrap import build
    from sre_agent.interpreter import steady_interpreter
    from sre_agent.tls import server_context

    tls = server_context(settings, datetime.now(UTC))
    addresses = Addresses(
        settings.agent_host, settings.agent_port, settings.dashboard_port, tls, settings.trusted_proxies
    )
    platform = build(settings, ahead)
    steady_interpreter()
    await serve_platform(platform, addresses)


def mcp(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(TOOL_SERVERS)}.")],
) -> None:
    """Become one tool server: an isolated process that alone may touch its system.

    It reads MCP_PORT, MCP_TOKEN and its own variables (docs/reference/settings.md).

    Example:  MCP_PORT=8101 MCP_TOKEN=… PROMETHEUS_URL=http://127.0.0.1:9090 sre-agent mcp prometheus
    """
    if name not in TOOL_SERVERS:
        raise CommandFailed(
            ExitCode.USAGE, f"there is no tool server {name!r}; there are {', '.join(TOOL_SERVERS)}"
        )
    _become(f"mcp_servers.{name}", "the tool servers")


def lab(context: typer.Context) -> None:
    """A small shop to break: up, down, status, list, break NAME, heal.

    With the platform running (`sre-agent up`), the lab it started is meant; `--dir` names another.

    Examples:

      sre-agent lab list

      sre-agent lab break scaled-to-zero --service cart

      sre-agent lab heal
    """
    arguments = context.args or ["--help"]
    running = Path(os.environ.get("SRE_AGENT_HOME", "var")) / "lab"
    named = "--dir" in arguments or "--help" in arguments or "-h" in arguments
    if not named and (running / "lab.json").exists():
        arguments = [*arguments, "--dir", str(running)]
    _become("infrastructure.lab", "the lab", *arguments)


def _become(module: str, what: str, *arguments: str) -> None:
    """Replace this process by `python -m module`, which is never imported here."""
    try:
        found = find_spec(f"{module}.__main__")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise CommandFailed(ExitCode.USAGE, f"{what} ({module}) are not part of this installation")
    words = [sys.executable, "-m", module, *arguments]
    os.execv(sys.executable, words)  # noqa: S606 - our own module  # nosec B606


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database of DATABASE_URL (or of the home folder) to the newest revision; safe to run again.

    Example:  DATABASE_URL=sqlite+aiosqlite:////var/lib/sre-agent/sre-agent.db sre-agent db upgrade
    """
    from sre_agent.bootstrap_store import upgrade_database

    asyncio.run(upgrade_database(read(os.environ)))
    typer.echo("The database is at the newest revision.")


def keys(
    folder: Annotated[Path, typer.Option("--folder", help="Where the two files are.")] = Path("var/keys"),
    rotate: Annotated[bool, typer.Option("--rotate", help="Sign with a new key from now on.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")] = "",
) -> None:
    """Make the pair of keys that signs and verifies grants, where it is absent; or rotate it.

    grant.key stays with the agent alone; grant.pub goes to the tool servers. With --rotate the old key counts until
    the last grant it signed has ended, nothing has to be started again, and the audit trail says who did it.

    Examples:

      sre-agent keys --folder /var/lib/sre-agent/keys

      sre-agent keys --rotate --reason "yearly"
    """
    from sre_agent.bootstrap_store import make_keys

    if not rotate:
        typer.echo(make_keys(folder))
        return
    from sre_agent.bootstrap_keys import rotate_keys

    until = asyncio.run(rotate_keys(read(os.environ), folder, by=getpass.getuser(), reason=reason))
    typer.echo(f"A new key signs now; the old one counts until {until.isoformat(timespec='seconds')}.")


def env(
    file: Annotated[Path, typer.Option("--file", help="The file to make.")] = Path(".env"),
) -> None:
    """Write .env with fresh secrets, where there is none.

    Example:  sre-agent env
    """
    typer.echo(f"Made {file} with fresh secrets." if envfile.ensure(file) else f"{file} is there already.")
