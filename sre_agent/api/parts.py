"""Everything the API is made of, ready-made: `bootstrap` fills it, the routes only use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

from sre_agent.api.departures import Departures
from sre_agent.api.throttle import Throttle
from sre_agent.domain.law import Autonomy
from sre_agent.domain.measurement import Measurement
from sre_agent.domain.plan import Call
from sre_agent.errors import NotFound, ToolUnavailable
from sre_agent.intake.gate import ROOM, IntakeGate
from sre_agent.intake.settings import IntakeSettings
from sre_agent.law_office import LawOffice
from sre_agent.ports.accounts import Accounts
from sre_agent.ports.archive import Archive
from sre_agent.ports.audit import AuditTrail
from sre_agent.ports.clock import Clock
from sre_agent.ports.identity import IdentityProvider
from sre_agent.ports.ledger import Ledger
from sre_agent.ports.model import Model
from sre_agent.ports.notify import Channel, Guests, Outbox, Replies
from sre_agent.ports.streams import Bulletin
from sre_agent.ports.toolbox import ServerState, ToolAnswer, ToolInfo
from sre_agent.ports.trust import TrustBook
from sre_agent.telemetry import Telemetry


class ToolState(Protocol):
    """What may be read of a toolbox; nothing can be called through it."""

    async def tools(self) -> tuple[ToolInfo, ...]:
        """Every tool of every server that can be reached."""

    def servers(self) -> tuple[ServerState, ...]:
        """How each configured server is doing now."""


HealthCheck = Callable[[], Awaitable[str]]
"""Empty where all is well, else a sentence about what is wrong; raising counts as wrong too."""


Prober = Callable[[Call, timedelta], Awaitable[ToolAnswer]]
"""Makes one read that a connection's test may make, within so much time; raises as a toolbox does."""


async def _no_prober(call: Call, limit: timedelta) -> ToolAnswer:
    raise ToolUnavailable(f"{call.server}: nothing here can call a tool server")


def _never_measured() -> Measurement:
    raise NotFound("nothing has been measured here yet; run `sre-agent evals` and look again")


@dataclass(frozen=True)
class ApiSettings:
    """The slice of the settings that the API needs."""

    webhook_token: str = field(default="", repr=False)
    """What Alertmanager sends; empty: only accounts may post alerts."""
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    listens: tuple[str, int] = ("127.0.0.1", 8080)
    """Address and port of the API itself, for whoever tells Alertmanager where to send."""
    cluster: str = "default"
    """The cluster's name, as grants and incidents carry it."""
    body_limit: int = 2**20
    heartbeat: timedelta = timedelta(seconds=15)
    """How often an idle stream says that it is alive, and looks whether its token still is."""
    health_time: timedelta = timedelta(seconds=2)
    look_time: timedelta = timedelta(seconds=8)
    """How long one look at the world may take, when a person opens a plan or answers."""
    model_time: timedelta = timedelta(seconds=30)
    """How long a language model has for its answer, where a person asks for one."""
    session_time: timedelta = timedelta(hours=12)
    """How long a browser stays signed in, and the plain page remembers a token."""
    public_url: str = ""
    """The address people use, where a proxy in front of us changes it."""
    audit_keep: timedelta = timedelta(days=365)
    """Audit entries younger than this cannot be taken away by anybody."""
    dashboard: Path | None = None
    """Folder of the built dashboard; without one the plain page is served."""


def login_throttles() -> Mapping[str, Throttle]:
    """Five failures for an account in five minutes, and fifty from an address, behind which many may sit."""
    window = timedelta(minutes=5)
    return {"account": Throttle(5, window), "address": Throttle(50, window)}


@dataclass(frozen=True)
class NotifyParts:
    """What it takes to tell people outside, and to take their answers."""

    outbox: Outbox
    guests: Guests
    replies: Replies
    channels: Mapping[str, Channel] = field(default_factory=dict)
    at_url: str = ""
    """Where people open the dashboard."""
    slack_signing_secret: str = field(default="", repr=False)
    """Empty: nothing from Slack is taken."""


@dataclass(frozen=True)
class IdentityParts:
    """An identity provider, and who is on the way to it."""

    provider: IdentityProvider
    departures: Departures = field(default_factory=Departures)


@dataclass(frozen=True)
class TrustParts:
    """The trust ladder's book, and the level of those about whom nobody decided yet."""

    book: TrustBook
    start: Autonomy = Autonomy.ACT


@dataclass(frozen=True)
class ApiParts:
    ledger: Ledger
    archive: Archive
    accounts: Accounts
    audit: AuditTrail
    bulletin: Bulletin
    tools: ToolState
    clock: Clock
    telemetry: Telemetry
    redact: Callable[[str], str]
    """The one choke point for secrets, for what comes in from webhooks and people."""
    settings: ApiSettings = field(default_factory=ApiSettings)
    health: Mapping[str, HealthCheck] = field(default_factory=dict)
    """What must hold before we take work, by name (`database`, `runner` …)."""
    templates: Callable[[Sequence[str]], Sequence[str]] = tuple
    """Log messages → the template of each, in order; by itself, each message stands for itself."""
    law: LawOffice | None = None
    """The law in force; none where plans are not judged here."""
    runners_law: Callable[[], int] = lambda: 0
    """By which law the runner's process judges (`runner_line.short`); nought while that is not known."""
    backlog: Callable[[], Awaitable[int]] | None = None
    """Jobs waiting or running, for `/metrics`."""
    note_delivery: Callable[[], None] = lambda: None
    """Told of every webhook call before anything is done about it."""
    probe: Prober = _no_prober
    """Tries a connection; what it may call stands on the tool belt."""
    look: Prober = _no_prober
    """Looks at what a plan stands on: rehearsals and reads, as the belt of the approval allows."""
    model: Model | None = None
    """The language model, which may not answer; none where the settings want none."""
    measured: Callable[[], Measurement] = _never_measured
    """The last measurement of the diagnosis. Raises NotFound."""
    logins: Mapping[str, Throttle] = field(default_factory=login_throttles)
    """Failed tries to sign in, by account and by address."""
    identity: IdentityParts | None = None
    """Where people may sign in beside their tokens and passwords."""
    notify: NotifyParts | None = None
    room: int = ROOM
    """Deliveries that may be in hand at once."""
    trust: TrustParts | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is told to stop; open streams end then, instead of holding it up."""

    @cached_property
    def gate(self) -> IntakeGate:
        """Counts the deliveries in hand; one for the whole process."""
        return IntakeGate(self.clock, room=self.room)


Worker = Callable[[], Awaitable[None]]
"""Runs until it is cancelled: the runner, the tool servers' connections, the bulletin's poller."""


async def _nothing() -> None:
    return


@dataclass(frozen=True)
class Platform:
    """The whole process: the API's parts, what runs beside it, and how it begins and ends."""

    parts: ApiParts
    workers: Mapping[str, Worker] = field(default_factory=dict)
    start: Callable[[], Awaitable[None]] = _nothing
    """Before anything is served: open the database, connect."""
    close: Callable[[], Awaitable[None]] = _nothing
    """After the last request and the last worker."""
