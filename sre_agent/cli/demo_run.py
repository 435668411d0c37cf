"""One run of the demo: platform and lab up, a healthy past, a fault, and the incident followed to its end."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from rich.console import Console
from rich.text import Text

from sre_agent.api.views import Answered, IncidentList, PlanList, TokenIssued
from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.following import Followed
from sre_agent.cli.journal_printer import JournalPrinter
from sre_agent.cli.native import lab as lab_process
from sre_agent.cli.native.keeper import known_variables
from sre_agent.cli.native.platform import Platform, launch_at
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import Kind
from sre_agent.ports.accounts import Account
from sre_agent.settings import TOOL_SERVERS
from sre_agent.settings_tls import TLS_VARIABLES

T = TypeVar("T")

HEALTHY_PAST_SECONDS: Final = 30
"""So much of the shop's good life is recorded before it is broken: recovery is judged against it."""
ALERT_SECONDS: Final = 90
APPROVER: Final = "demo-approver"
_OTHERS: Final = (
    "PROMETHEUS_URL",
    "KUBECONFIG",
    "DATABASE_URL",
    "AGENT_PORT",
    "DASHBOARD_PORT",
    *TLS_VARIABLES,
)
"""Settings of a real platform, which a demo has no business with."""


@dataclass(frozen=True)
class Wish:
    """What is to be shown."""

    fault: str
    service: str
    yes: bool


@dataclass
class DemoRun:
    """Everything it starts, it stops, however it ends."""

    screen: Console
    home: Path
    wish: Wish
    admin: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    left: threading.Event = field(default_factory=threading.Event)
    """Set when nobody waits for the follower any more."""

    def __post_init__(self) -> None:
        known = known_variables(Path("/nonexistent"))
        self.known = {name: value for name, value in known.items() if name not in _OTHERS}
        self.known |= {"ADMIN_TOKEN": self.admin, "WEBHOOK_TOKEN": secrets.token_urlsafe(32)}
        self.platform = Platform(launch_at(self.home, self.known, any_port=True), self.known, self._tell)
        self.printer = JournalPrinter(self.screen, brief=True)

    async def go(self) -> Incident | None:
        """The incident as it ended; None where none came."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
        self._heading(
            "Starting a small shop, real Prometheus and Alertmanager, five MCP servers and the agent"
        )
        try:
            await self._start()
            with Client(Connection(self.platform.launch.url("agent"), self.admin)) as client:
                await self._healthy_past()
                before = self._there(client)
                await self._break()
                return await _in_a_thread(lambda: self._follow(client, loop, before))
        finally:
            self.left.set()
            self.printer.close()
            self._heading("Stopping everything that was started")
            await self.platform.stop()

    def _heading(self, words: str) -> None:
        self.screen.print()
        self.screen.print(Text(words, style="bold"))

    def _tell(self, line: str) -> None:
        if not line.endswith(" is up"):
            self.screen.print(Text(f"  {line}", "dim"))

    async def _start(self) -> None:
        began = time.monotonic()
        await self.platform.start()
        url, facts = self.platform.launch.url, self.platform.lab.facts if self.platform.lab else {}
        up = f"MCP servers {', '.join(TOOL_SERVERS)} and the agent are up after {time.monotonic() - began:.1f} s"
        self.screen.print(Text(f"  {up}", "dim"))
        self.screen.print(
            Text(f"  Prometheus {facts.get('prometheus_url')}   Alertmanager {facts.get('alertmanager_url')}")
        )
        self.screen.print(Text(f"  incidents page {url('dashboard')}   API {url('agent')}/docs"))

    async def _healthy_past(self) -> None:
        """Counted from when the lab was healthy and scraped; the rest of the platform started meanwhile."""
        self._heading(
            f"The shop serves its customers; {HEALTHY_PAST_SECONDS} s of good life are recorded to compare with later"
        )
        until = self.platform.watched_since + HEALTHY_PAST_SECONDS
        if not self.screen.is_terminal:
            await asyncio.sleep(max(0.0, until - time.monotonic()))
            return
        with self.screen.status("") as spinner:
            while (left := until - time.monotonic()) > 0:
                spinner.update(f"{left:.0f} s")
                await asyncio.sleep(0.5)

    async def _break(self) -> None:
        self._heading(f"Breaking the shop: {self.wish.fault}")
        where = ("--service", self.wish.service) if self.wish.service else ()
        said = await lab_process.command(
            "break", self.wish.fault, *where, folder=self.home / "lab", known=self.known
        )
        for line in said.splitlines():
            self.screen.print(Text(f"  {line}", style="dim"))

    def _follow(
        self, client: Client, loop: asyncio.AbstractEventLoop, before: frozenset[str]
    ) -> Incident | None:
        """From the fault's incident to its end; answers for the approver where that is wanted."""
        broken = time.monotonic()
        incident = self._first_incident(client, before)
        if incident is None:
            return None
        self._heading(f"Incident {incident.id}: {incident.title}")
        path = f"{self.platform.launch.url('agent')}/webhook/alert"
        came = f"{time.monotonic() - broken:.0f} s after the fault Prometheus fired, and Alertmanager posted it to {path}"
        self.screen.print(Text(f"  {came}", "dim"))
        client.post("/api/v1/accounts", Account, {"name": APPROVER, "role": "approver"})
        token = client.post(f"/api/v1/accounts/{APPROVER}/tokens", TokenIssued, {"label": "demo"}).token
        with Client(Connection(self.platform.launch.url("agent"), token)) as approver:
            followed = Followed(client, incident)
            for entry in followed.entries():
                self.printer.print(entry)
                if entry.kind is Kind.APPROVAL_ASKED:
                    self._answer(approver, followed.incident, loop)
        return followed.incident

    def _there(self, client: Client) -> frozenset[str]:
        """Incidents before anything was broken: a machine that is too busy makes its shop slow."""
        found = client.get("/api/v1/incidents", IncidentList, {"size": 50}).items
        for each in found:
            said = f"  {each.title} came before anything was broken: this machine is busy. The demo goes on."
            self.screen.print(Text(said, style="yellow"))
        return frozenset(each.id for each in found)

    def _first_incident(self, client: Client, before: frozenset[str]) -> Incident | None:
        deadline = time.monotonic() + ALERT_SECONDS
        with self.screen.status("waiting for Prometheus to notice"):
            while time.monotonic() < deadline and not self.left.is_set():
                found = client.get("/api/v1/incidents", IncidentList, {"size": 50}).items
                ours = [each for each in found if each.id not in before]
                if ours:
                    return ours[-1]
                time.sleep(0.2)
        self.screen.print(f"No alert fired within {ALERT_SECONDS} s.", style="red")
        return None

    def _answer(self, approver: Client, incident: Incident, loop: asyncio.AbstractEventLoop) -> None:
        """A named approver's yes or no to exactly this plan, through the API like everybody else's."""
        path = f"/api/v1/incidents/{incident.id}"
        plan = approver.get(f"{path}/plans", PlanList).items[0]
        if self.wish.yes:
            self.screen.print(
                Text(f"  {APPROVER} answers yes to plan {plan.digest[:12]}", style="bold green")
            )
            verb, reason = "approve", "unattended demo"
        else:
            asked = _asked(self.screen, f"Approve plan {plan.digest[:12]}? [y/N]: ")
            yes = asyncio.run_coroutine_threadsafe(asked, loop).result()
            verb, reason = ("approve", "seen in the demo") if yes else ("reject", "rejected in the demo")
        approver.post(f"{path}/{verb}", Answered, {"plan_digest": plan.digest, "reason": reason})


async def _asked(screen: Console, question: str) -> bool:
    """A person's answer, read so that nothing waits for it once the demo is interrupted; silence is no."""
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()
    line: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if not line.done():
            line.set_result(os.read(descriptor, 1024))

    screen.print(Text(question, style="bold yellow"), end="")
    loop.add_reader(descriptor, read)
    try:
        return (await line).decode(errors="replace").strip().lower() in ("y", "yes")
    finally:
        loop.remove_reader(descriptor)


async def _in_a_thread(work: Callable[[], T]) -> T:
    """Like `asyncio.to_thread`, but an interrupted demo does not wait for a thread that listens to a stream."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else act())

    def run() -> None:
        try:
            result = work()
        except Exception as failure:  # noqa: BLE001 - a bulkhead: it is raised where it is awaited
            problem = failure
            settle(lambda: done.set_exception(problem))
        else:
            settle(lambda: done.set_result(result))

    threading.Thread(target=run, daemon=True).start()
    return await done
