"""`sre-agent demo`: the whole loop on the lab's shop, live in the terminal; everything it starts, it stops."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from sre_agent.api.views import Answered, IncidentList, PlanList, TokenIssued
from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.journal_view import ENDINGS, JournalPrinter
from sre_agent.cli.native import lab as lab_process
from sre_agent.cli.native.keeper import known_variables
from sre_agent.cli.native.platform import Platform, launch_at
from sre_agent.cli.screen import confirm, console
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.ports.accounts import Account

HEALTHY_PAST_SECONDS = 30
"""So much of the shop's good life is recorded before it is broken: recovery is judged against it."""
ALERT_SECONDS = 90
APPROVER = "demo-approver"


def demo(
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Answer for the approver, through the API.")
    ] = False,
    fault: Annotated[
        str, typer.Option("--fault", help="Which fault; `sre-agent lab list` shows them.")
    ] = "bad-deploy",
    service: Annotated[
        str, typer.Option("--service", help="Break this service instead of the usual one.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep logs and the database afterwards.")] = False,
) -> None:
    """See the whole loop on a small shop: it breaks, Prometheus fires, the cause is found, you approve, it recovers.

    Exit code 0 only if the incident ended resolved by its own verification.

    Examples:

      sre-agent demo

      sre-agent demo --yes --fault service-selector-mismatch
    """
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CommandFailed(
            ExitCode.USAGE,
            "the demo asks a person for approval, and there is no terminal to ask on",
            hint="run it unattended with: make demo ARGS=--yes",
        )
    with _home(keep) as home:
        ended = asyncio.run(_demo(home, fault, service, yes=yes))
    _say_end(console(), ended)
    raise typer.Exit(0 if ended is not None and ended.status is Status.RESOLVED else 1)


@contextmanager
def _home(keep: bool) -> Iterator[Path]:
    Path("var").mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="demo-", dir="var")).resolve()
    try:
        yield home
    finally:
        if keep:
            console().print(f"Logs and database: {home}", style="dim")
        else:
            shutil.rmtree(home, ignore_errors=True)


async def _demo(home: Path, fault: str, service: str, *, yes: bool) -> Incident | None:
    screen = console()
    admin = secrets.token_urlsafe(32)
    known = {
        **known_variables(Path("/nonexistent")),
        "ADMIN_TOKEN": admin,
        "WEBHOOK_TOKEN": secrets.token_urlsafe(32),
    }
    for name in ("PROMETHEUS_URL", "KUBECONFIG", "DATABASE_URL", "AGENT_PORT", "DASHBOARD_PORT"):
        known.pop(name, None)
    platform = Platform(
        launch_at(home, known, any_port=True), known, lambda line: screen.print(Text(f"  {line}", "dim"))
    )
    _heading(screen, "Starting the shop, real Prometheus and Alertmanager, five tool servers and the agent")
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await platform.start()
        client = Client(Connection(platform.launch.url("agent"), admin))
        with client:
            screen.print(
                Text(
                    f"  incidents page {platform.launch.url('dashboard')}   API {platform.launch.url('agent')}/docs"
                )
            )
            await _healthy_past(screen)
            await _break(screen, home / "lab", fault, service, known)
            return await asyncio.to_thread(_follow, screen, client, platform.launch.url("agent"), yes)
    finally:
        _heading(screen, "Stopping everything that was started")
        await platform.stop()


def _heading(screen: Console, words: str) -> None:
    screen.print()
    screen.print(Text(words, style="bold"))


async def _healthy_past(screen: Console) -> None:
    _heading(
        screen,
        f"The shop serves its customers; recording {HEALTHY_PAST_SECONDS} s of good life to compare with later",
    )
    until = time.monotonic() + HEALTHY_PAST_SECONDS
    if not screen.is_terminal:
        await asyncio.sleep(HEALTHY_PAST_SECONDS)
        return
    with screen.status("") as spinner:
        while (left := until - time.monotonic()) > 0:
            spinner.update(f"{left:.0f} s")
            await asyncio.sleep(0.5)


async def _break(screen: Console, lab: Path, fault: str, service: str, known: Mapping[str, str]) -> None:
    _heading(screen, f"Breaking the shop: {fault}")
    where = ("--service", service) if service else ()
    said = await lab_process.command("break", fault, *where, folder=lab, known=known)
    for line in said.splitlines():
        screen.print(Text(f"  {line}", style="dim"))


def _follow(screen: Console, client: Client, url: str, yes: bool) -> Incident | None:
    """From the first incident to its end; answers for the approver where that is wanted."""
    incident = _first_incident(screen, client)
    if incident is None:
        return None
    _heading(screen, f"Incident {incident.id}: {incident.title}")
    client.post("/api/v1/accounts", Account, {"name": APPROVER, "role": "approver"})
    token = client.post(f"/api/v1/accounts/{APPROVER}/tokens", TokenIssued, {"label": "demo"}).token
    printer = JournalPrinter(screen, brief=True)
    with Client(Connection(url, token)) as approver:
        for entry in client.follow(incident.id):
            printer.print(entry)
            if entry.kind is Kind.APPROVAL_ASKED:
                _answer(screen, approver, incident, yes=yes)
            if _is_over(client, incident, entry):
                break
    return client.get(f"/api/v1/incidents/{incident.id}", Incident)


def _first_incident(screen: Console, client: Client) -> Incident | None:
    deadline = time.monotonic() + ALERT_SECONDS
    with screen.status("waiting for Prometheus to notice"):
        while time.monotonic() < deadline:
            found = client.get("/api/v1/incidents", IncidentList, {"size": 1})
            if found.items:
                return found.items[0]
            time.sleep(0.2)
    screen.print(f"No alert fired within {ALERT_SECONDS} s.", style="red")
    return None


def _is_over(client: Client, incident: Incident, entry: JournalEntry) -> bool:
    return entry.kind in ENDINGS and client.get(f"/api/v1/incidents/{incident.id}", Incident).status.is_final


def _answer(screen: Console, approver: Client, incident: Incident, *, yes: bool) -> None:
    """A named approver's yes or no to exactly this plan, through the API like everybody else's."""
    path = f"/api/v1/incidents/{incident.id}"
    plan = approver.get(f"{path}/plans", PlanList).items[0]
    if yes:
        screen.print(Text(f"  {APPROVER} answers yes to plan {plan.digest[:12]}", style="bold green"))
        verb, reason = "approve", "unattended demo"
    elif confirm(f"Approve plan {plan.digest[:12]}?"):
        verb, reason = "approve", "seen in the demo"
    else:
        verb, reason = "reject", "rejected in the demo"
    approver.post(f"{path}/{verb}", Answered, {"plan_digest": plan.digest, "reason": reason})


def _say_end(screen: Console, ended: Incident | None) -> None:
    screen.print()
    if ended is None:
        screen.print(Text("The demo did not come to an incident.", style="bold red"))
        return
    style = "bold green" if ended.status is Status.RESOLVED else "bold yellow"
    took = (ended.closed_at - ended.opened_at).total_seconds() if ended.closed_at else 0.0
    screen.print(Text(f"{ended.status.upper()} after {took:.0f} s: {ended.summary}", style=style))
    screen.print(
        Text(
            "Next: ./start.sh runs the platform for good; the README shows how to send it your alerts.", "dim"
        )
    )
