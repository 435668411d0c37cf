"""`sre-agent doctor`: looks at this machine and says what is missing, with the command that mends it."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import subprocess  # asks programs whether they work  # nosec B404
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sre_agent.cli.doctor_checks import Finding, Machine, Weight, examine, is_well
from sre_agent.cli.native import envfile
from sre_agent.cli.native.keeper import running_pid
from sre_agent.cli.native.ports import is_free
from sre_agent.errors import SreAgentError
from sre_agent.ports.model import ModelState
from sre_agent.settings import Settings, read

PROGRAMS = (
    "git",
    "prometheus",
    "prometheus-alertmanager",
    "alertmanager",
    "apt-get",
    "dpkg-deb",
    "kubectl",
    "node",
)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    env_file: Annotated[Path, typer.Option("--env-file", help="Settings to check.")] = Path(".env"),
    home: Annotated[
        Path, typer.Option("--home", envvar="SRE_AGENT_HOME", help="The platform's folder.")
    ] = Path("var"),
) -> None:
    """Say what is missing on this machine, and the command that mends it.

    Exit code 0: nothing that is needed is missing; 1: something is.

    Example:  sre-agent doctor
    """
    findings = examine(look(env_file, home))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in findings], indent=2))
    else:
        _print(findings)
    raise typer.Exit(0 if is_well(findings) else 1)


def look(env_file: Path, home: Path) -> Machine:
    """Everything the checks need to know of this machine."""
    programs = {name: shutil.which(name) or "" for name in PROGRAMS}
    programs["alertmanager"] = programs["alertmanager"] or programs["prometheus-alertmanager"]
    settings, problem = _settings(env_file)
    ports = (settings.agent_port, settings.dashboard_port)
    return Machine(
        python=(sys.version_info.major, sys.version_info.minor),
        programs=programs,
        cached=_cached(),
        free_ports={port: is_free(port) for port in ports if port},
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        free_gigabytes=shutil.disk_usage(Path.cwd()).free / 1e9,
        docker_engine=_works("docker", "info"),
        docker_compose=_works("docker", "compose", "version"),
        env_file=env_file.exists(),
        settings_problem=problem,
        runs_already=running_pid(home.resolve()) is not None,
        model=_model(settings),
    )


def _settings(env_file: Path) -> tuple[Settings, str]:
    """The settings, and what is wrong with them, if anything; then the defaults stand in."""
    try:
        return read({**envfile.read(env_file), **os.environ}), ""
    except SreAgentError as wrong:
        return Settings(), str(wrong)


def _model(settings: Settings) -> ModelState | None:
    """One look; imported here, since no other command of this kind speaks HTTP."""
    from sre_agent.bootstrap_model import model_state

    return asyncio.run(model_state(settings))


def _cached() -> frozenset[str]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sre-agent"
    names = {"prometheus": "prometheus", "prometheus-alertmanager": "alertmanager"}
    return frozenset(known for file, known in names.items() if any(cache.glob(f"**/usr/bin/{file}")))


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        told = subprocess.run(
            command, capture_output=True, timeout=10, check=False
        )  # our own words  # nosec B603
        return told.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _print(findings: tuple[Finding, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("", "what", "found", "to mend it"):
        table.add_column(column)
    for one in findings:
        sign = "[green]✓[/]" if one.well else "[yellow]-[/]" if one.weight is Weight.OPTIONAL else "[red]✗[/]"
        table.add_row(sign, one.name, one.found, "" if one.well else one.mend)
    Console().print(table)
    if is_well(findings):
        typer.echo("\nNothing that is needed is missing.  Next: make demo")
    else:
        typer.echo("\nMend what is marked ✗, then run this again.", err=True)
