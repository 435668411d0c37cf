"""`sre-agent up`, `down` and `status`: the platform in native processes, kept running in the background."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.native import envfile
from sre_agent.cli.native.keeper import running_pid, state_file

Home = Annotated[
    Path, typer.Option("--home", envvar="SRE_AGENT_HOME", help="Folder for database, keys and logs.")
]
EnvFile = Annotated[
    Path, typer.Option("--env-file", help="Settings; made with fresh secrets where it is absent.")
]
PATIENCE = 300.0


def up(home: Home = Path("var"), env_file: EnvFile = Path(".env")) -> None:
    """Start the platform in the background, or say that it runs already.

    With no PROMETHEUS_URL set, the lab (a small shop to break) is started too, so that there is something to watch.

    Example:  sre-agent up && sre-agent lab break scaled-to-zero
    """
    home = home.resolve()
    if running_pid(home) is None:
        if envfile.ensure(env_file):
            typer.echo(f"Made {env_file} with fresh secrets.")
        _start(home, env_file.resolve())
    _print_addresses(home)


def _start(home: Path, env_file: Path) -> None:
    (home / "logs").mkdir(parents=True, exist_ok=True)
    state_file(home).unlink(missing_ok=True)
    log = home / "logs" / "keeper.log"
    with log.open("w") as output:
        keeper = subprocess.Popen(  # noqa: S603 - our own module, with our own arguments
            [sys.executable, "-m", "sre_agent.cli.native.keeper", str(home), str(env_file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _wait(keeper, home, log)


def _wait(keeper: subprocess.Popen[bytes], home: Path, log: Path) -> None:
    """Until it is ready, telling what the keeper tells; ends the program where it fails."""
    shown, deadline = 0, time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        lines = log.read_text(errors="replace").splitlines()
        for line in lines[shown:]:
            typer.echo(f"  {line}")
        shown = len(lines)
        if keeper.poll() is not None:
            typer.echo("The platform did not start; the reason stands above.", err=True)
            raise typer.Exit(1)
        if state_file(home).exists():
            return
        time.sleep(0.2)
    os.kill(keeper.pid, signal.SIGTERM)
    typer.echo(f"The platform was not ready within {PATIENCE:.0f} s; see {log}.", err=True)
    raise typer.Exit(1)


def _print_addresses(home: Path) -> None:
    state = json.loads(state_file(home).read_text())
    typer.echo(f"\nDashboard  {state['dashboard'] or 'off'}")
    typer.echo(f"API        {state['api']}   (documentation: {state['api']}/docs)")
    typer.echo("Token      ADMIN_TOKEN in .env")
    if state.get("lab"):
        typer.echo(
            "Lab        runs, as no PROMETHEUS_URL is set.  Next: sre-agent lab list; sre-agent lab break NAME"
        )
    else:
        typer.echo("Next       point Alertmanager's webhook at the API (README, 'Send it your alerts')")


def down(home: Home = Path("var")) -> None:
    """Stop the platform and everything it started; says so when nothing runs."""
    home = home.resolve()
    pid = running_pid(home)
    if pid is None:
        typer.echo("Nothing runs.")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if running_pid(home) is None:
            typer.echo("Stopped.")
            return
        time.sleep(0.1)
    typer.echo(f"Process {pid} did not stop within 30 s; see {home}/logs/keeper.log.", err=True)
    raise typer.Exit(1)
