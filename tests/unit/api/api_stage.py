"""An API over the understudies, with accounts of every role, and plans to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx

from sre_agent.api.app import build, shielded
from sre_agent.api.parts import ApiParts, ApiSettings
from sre_agent.domain.alert import Severity
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.ids import Digest, IncidentId, JournalKey, StepKey
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Judgement, Role, Ruling, Verdict
from sre_agent.domain.plan import Call, Plan, Risk, Step, Undo
from sre_agent.intake.identity import incident_id
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.toolbox import ServerState, ToolInfo
from sre_agent.telemetry import Telemetry
from sre_agent.testing.accounts import MemoryAccounts
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.audit import MemoryAuditTrail
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock
from sre_agent.testing.jobs import MemoryJobs
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.store import MemoryStore

WEBHOOK = "webhook-token-of-at-least-32-characters"
TARGET = EntityRef(kind="Deployment", name="checkout", namespace="shop")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, which is the same for every stage and takes half a second to write."""
    return build(Stage().parts).openapi()


def token_of(role: Role | str) -> str:
    return f"token-of-a-{role}-with-enough-characters"


class Servers:
    """One tool server that is well and one that is not."""

    async def tools(self) -> tuple[ToolInfo, ...]:
        schema = {"type": "object"}
        return (
            ToolInfo(
                server="k8s",
                name="list_objects",
                description="",
                read_only=True,
                destructive=False,
                input_schema=schema,
            ),
        )

    def servers(self) -> tuple[ServerState, ...]:
        return (
            ServerState(name="k8s", url="http://127.0.0.1:1", connected=True, tools=1),
            ServerState(name="loki", url="", connected=False, configured=False, error="LOKI_URL is not set"),
        )


@dataclass
class Stage:
    """Everything a test of the API touches."""

    clock: HandClock = field(default_factory=HandClock)
    settings: ApiSettings = field(default_factory=lambda: ApiSettings(webhook_token=WEBHOOK))

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.bulletin = MemoryBulletin()
        self.jobs = MemoryJobs(self.store)
        self.parts = ApiParts(
            ledger=MemoryLedger(self.store, self.bulletin),
            archive=MemoryArchive(self.store),
            accounts=MemoryAccounts(self.store),
            audit=MemoryAuditTrail(self.store),
            bulletin=self.bulletin,
            tools=Servers(),
            clock=self.clock,
            telemetry=Telemetry(),
            redact=lambda text: text.replace("hunter2", "[redacted]"),
            settings=self.settings,
            backlog=self.jobs.backlog,
        )

    def with_parts(self, **changes: object) -> Stage:
        self.parts = replace(self.parts, **changes)  # type: ignore[arg-type]
        return self

    async def open_the_doors(self) -> None:
        for role in Role:
            await self.parts.accounts.ensure_token(f"a-{role}", role, token_of(role), label="test")

    @asynccontextmanager
    async def client(
        self, role: Role | str | None = Role.VIEWER, *, address: str = "127.0.0.1"
    ) -> AsyncIterator[httpx.AsyncClient]:
        await self.open_the_doors()
        app = shielded(build(self.parts), self.parts)
        token = role if isinstance(role, str) and not isinstance(role, Role) else role and token_of(role)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app, client=(address, 123))
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
            yield client

    async def incident(self, name: str = "checkout", **changes: object) -> Incident:
        now = self.clock.now()
        opened = Incident(
            id=incident_id(now, name),
            title=f"{name} is slow",
            status=Status.OPEN,
            origin=Origin.ALERT,
            severity=Severity.WARNING,
            entity=TARGET,
            namespace="shop",
            opened_at=now,
            updated_at=now,
        ).model_copy(update=changes)
        await self.parts.ledger.open(opened, ChangeSet(incident_id=opened.id, at=now))
        return opened

    async def write(self, incident: IncidentId, *texts: str, **more: object) -> None:
        now = self.clock.now()
        known = len(self.store.state.journal)
        entries = tuple(
            JournalDraft(
                key=JournalKey(f"note {known + n}"), kind=Kind.NOTE_ADDED, actor="test", text=text, at=now
            )
            for n, text in enumerate(texts)
        )
        await self.parts.ledger.write(ChangeSet(incident_id=incident, at=now, entries=entries, **more))  # type: ignore[arg-type]

    async def awaiting(
        self, *, people: int = 1, roles: tuple[str, ...] = ("approver",)
    ) -> tuple[Incident, Plan]:
        """An incident whose plan waits for an answer."""
        incident = await self.incident()
        made = plan(incident.id, at=self.clock.now())
        ruling = ruling_on(made, people=people, roles=roles)
        update = IncidentUpdate(status=Status.AWAITING_APPROVAL)
        await self.write(incident.id, "planned", plan=made, ruling=ruling, update=update)
        return incident, made


def plan(incident: IncidentId, *, at: datetime, attempt: int = 1) -> Plan:
    step = Step(
        index=0,
        action="rollout_restart",
        call=Call(server="k8s", tool="rollout_restart", arguments={"kind": "Deployment", "name": "checkout"}),
        target=TARGET,
        statement="Restart Deployment shop/checkout.",
        risk=Risk.LOW,
        undo=Undo(call=None, statement="a restart leaves nothing to take back"),
        diff="--- before\n+++ after\n-<old>\n+<new>",
        key=StepKey(f"key-{attempt}"),
    )
    return Plan(incident_id=incident, attempt=attempt, cause="leak", entity=TARGET, steps=(step,), made_at=at)


def ruling_on(
    made: Plan,
    *,
    people: int = 1,
    roles: tuple[str, ...] = ("approver",),
    verdict: Verdict = Verdict.NEEDS_APPROVAL,
) -> Ruling:
    judgement = Judgement(
        step=0, verdict=verdict, rule="ask-first", sentence="A person decides.", roles=roles, people=people
    )
    return Ruling(
        plan_digest=made.digest,
        law_digest=Digest("1" * 64),
        verdict=verdict,
        judgements=(judgement,),
        approval_expires_after_seconds=600,
    )


AN_HOUR = timedelta(hours=1)
