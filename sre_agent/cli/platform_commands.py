"""`sre-agent up` and `down`: the platform in native processes, kept running in the background."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess  # starts ourselves  # nosec B404
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.native import envfile, marks
from sre_agent.cli.native.home import Home
from sre_agent.cli.native.keeper import KEPT_BY_ANOTHER
from sre_agent.cli.native.launching import known_variables
from sre_agent.cli.native.processes import log_file
from sre_agent.cli.sign_in import link_for

HomeFolder = Annotated[
    Path, typer.Option("--home", envvar="SRE_AGENT_HOME", help="Folder for database, keys and logs.")
]
EnvFile = Annotated[
    Path, typer.Option("--env-file", help="Settings; made with fresh secrets where it is absent.")
]
PATIENCE = 300.0
STOP_SECONDS = 60.0
KEEPER_LOG = "keeper"


def up(home: HomeFolder = Path("var"), env_file: EnvFile = Path(".env")) -> None:
    """Start the platform in the background, or say that it runs already.

    With no PROMETHEUS_URL set, the lab (a small shop to break) is started too, so that there is something to watch.

    Example:  sre-agent up && sre-agent lab break scaled-to-zero
    """
    kept = Home(home.resolve())
    if kept.keeper_pid() is not None:
        typer.echo("The platform runs already.")
        _follow(kept, None, log_from=0)
    else:
        _prepare(env_file)
        _start(kept, env_file.resolve())
    _print_addresses(kept, env_file)


def _prepare(env_file: Path) -> None:
    try:
        if envfile.ensure(env_file):
            typer.echo(f"Made {env_file} with fresh secrets.")
        elif added := envfile.complete(env_file):
            typer.echo(f"Added to {env_file}, with fresh secrets: {', '.join(added)}.")
    except OSError as problem:
        raise CommandFailed(
            ExitCode.BROKEN,
            f"{env_file} cannot be written: {problem.strerror}",
            hint="Name another: --env-file FILE",
        ) from None


def _start(home: Home, env_file: Path) -> None:
    home.make()
    with log_file(home.logs, KEEPER_LOG) as output:
        begins = output.tell()
        keeper = subprocess.Popen(  # our own module  # nosec B603
            [sys.executable, "-m", "sre_agent.cli.native.keeper", str(home.folder), str(env_file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _follow(home, keeper, log_from=begins)
    except KeyboardInterrupt:
        typer.echo("Stopping what was started ...", err=True)
        keeper.terminate()
        keeper.wait(STOP_SECONDS)
        raise


def _follow(home: Home, keeper: subprocess.Popen[bytes] | None, *, log_from: int) -> None:
    """Until the platform is ready, telling what its keeper (ours, or another's) tells. Raises CommandFailed."""
    deadline, told = time.monotonic() + PATIENCE, log_from
    while time.monotonic() < deadline:
        ended = keeper.poll() if keeper is not None else None
        if keeper is not None:
            told = _pass_on(home, told)
        if _is_ready(home):
            return
        if ended == KEPT_BY_ANOTHER:
            keeper = None
        elif ended is not None or (keeper is None and home.keeper_pid() is None):
            raise CommandFailed(ExitCode.BROKEN, "The platform did not start; the reason stands above.")
        time.sleep(0.1)
    if keeper is not None:
        keeper.terminate()
    raise CommandFailed(
        ExitCode.BROKEN, f"The platform was not ready within {PATIENCE:.0f} s.", hint=f"See {home.logs}."
    )


def _pass_on(home: Home, told: int) -> int:
    """Print whole new lines of the keeper's log; how far it was read."""
    with log_file(home.logs, KEEPER_LOG, mode="rb") as log:
        log.seek(told)
        whole = log.read().rpartition(b"\n")[0]
    for line in whole.decode(errors="replace").splitlines():
        typer.echo(f"  {line}")
    return told + len(whole) + 1 if whole else told


def _is_ready(home: Home) -> bool:
    state = home.state()
    return bool(state.get("ready")) and state.get("pid") == home.keeper_pid()


def _print_addresses(home: Home, env_file: Path) -> None:
    state = home.state()
    typer.echo(f"\nDashboard  {state['dashboard'] or 'off (DASHBOARD_PORT is 0)'}")
    typer.echo(f"API        {state['api']}   (documentation: {state['api']}/docs)")
    typer.echo(f"Token      ADMIN_TOKEN in {env_file}")
    if link := _sign_in_link(state, env_file):
        typer.echo(f"Sign in    {link}   (once, within an hour)")
    if state.get("lab"):
        typer.echo(
            f"Lab        runs, as no PROMETHEUS_URL is set.  Next: {_program()} lab list; {_program()} lab break NAME"
        )
    else:
        typer.echo("Next       point Alertmanager's webhook at the API (README, 'Send it your alerts')")


def _sign_in_link(state: Mapping[str, Any], env_file: Path) -> str:
    """Empty where no administrator's token is known here, or the platform would not give one."""
    token = known_variables(env_file).get("ADMIN_TOKEN", "")
    if not token or not state["dashboard"]:
        return ""
    try:
        with Client(
            Connection(str(state["api"]), token, certificate=str(state.get("certificate", "")))
        ) as client:
            return link_for(client, "admin", str(state["dashboard"]))
    except CommandFailed:
        return ""


def _program() -> str:
    """How to type this program here: a fresh .venv is on nobody's PATH."""
    ours = Path(sys.executable).with_name("sre-agent")
    found = shutil.which("sre-agent")
    if found is not None and Path(found).resolve() == ours.resolve():
        return "sre-agent"
    return str(ours.relative_to(Path.cwd())) if ours.is_relative_to(Path.cwd()) else str(ours)


def down(home: HomeFolder = Path("var")) -> None:
    """Stop the platform and everything it started; says so when nothing runs."""
    kept = Home(home.resolve())
    pid = kept.keeper_pid()
    left = [mark for mark in marks.read(kept.children_file).values() if mark.runs] if pid is None else []
    if pid is not None:
        _stop(kept, pid)
    marks.end(left)
    if (kept.folder / "lab" / "lab.json").exists():
        _clear_lab(kept)
    kept.forget()
    typer.echo("Stopped." if pid is not None or left else "Nothing runs.")


def _clear_lab(home: Home) -> None:
    """A lab that was killed leaves Prometheus and Alertmanager behind; it knows itself how to find them."""
    words = [sys.executable, "-m", "infrastructure.lab", "down", "--dir", str(home.folder / "lab")]
    subprocess.run(words, stdout=subprocess.DEVNULL, check=False)  # our own module  # nosec B603


def _stop(home: Home, pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise CommandFailed(
            ExitCode.REFUSED, f"Process {pid} belongs to another user, who can stop it."
        ) from None
    deadline = time.monotonic() + STOP_SECONDS
    while home.keeper_pid() == pid:
        if time.monotonic() > deadline:
            raise CommandFailed(
                ExitCode.BROKEN,
                f"Process {pid} did not stop within {STOP_SECONDS:.0f} s.",
                hint=f"See {home.logs}; end it with: kill -9 {pid}  (what it started ends with it)",
            )
        time.sleep(0.1)
