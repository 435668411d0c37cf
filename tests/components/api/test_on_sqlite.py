"""The webhook and the answers to plans on the real store: what was acknowledged is there when everything else is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sre_agent.adapters.accounts import SqlAccounts
from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.store import Store
from sre_agent.api.app import build, shielded
from sre_agent.api.parts import ApiParts, ApiSettings
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from sre_agent.domain.law import Role
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.telemetry import Telemetry
from tests.unit.api.api_stage import WEBHOOK, Servers, plan, ruling_on, token_of


@dataclass
class House:
    """An API over a SQLite file; may be built again over the same file."""

    parts: ApiParts
    client: httpx.AsyncClient
    jobs: SqlJobs
    store: Store

    def speak_as(self, token: str) -> None:
        self.client.headers["Authorization"] = f"Bearer {token}"


@asynccontextmanager
async def house(file: Path) -> AsyncIterator[House]:
    clock, store = SystemClock(), Store(f"sqlite+aiosqlite:///{file}")
    await store.start()
    bulletin, jobs = SqlBulletin(store), SqlJobs(store)
    parts = ApiParts(
        ledger=SqlLedger(store, bulletin),
        archive=SqlArchive(store),
        accounts=SqlAccounts(store),
        audit=SqlAuditTrail(store),
        bulletin=bulletin,
        tools=Servers(),
        clock=clock,
        telemetry=Telemetry(),
        redact=lambda text: text,
        settings=ApiSettings(webhook_token=WEBHOOK),
        backlog=jobs.backlog,
    )
    for role in Role:
        await parts.accounts.ensure_token(f"a-{role}", role, token_of(role), label="test")
    transport = httpx.ASGITransport(shielded(build(parts), parts))
    headers = {"Authorization": f"Bearer {WEBHOOK}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        yield House(parts, client, jobs, store)
    await store.close()


def delivery(status: str = "firing", **labels: str) -> dict[str, object]:
    labels = {
        "alertname": "Down",
        "namespace": "shop",
        "deployment": "cart",
        "severity": "critical",
        **labels,
    }
    alert = {"status": status, "labels": labels, "startsAt": "2026-03-03T09:29:00Z"}
    return {"version": "4", "status": status, "receiver": "r", "alerts": [alert]}


@pytest.mark.promise("HEAR-1")
async def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path / "db") as before:
        (opened,) = (await before.client.post("/webhook/alert", json=delivery())).json()["opened"]
    async with house(tmp_path / "db") as after:
        again = (await after.client.post("/webhook/alert", json=delivery())).json()
        assert (again["accepted"], again["duplicates"]) == (0, 1)
        assert (await after.parts.archive.incident(opened)).alert_count == 1
        assert await after.jobs.backlog() == 1


@pytest.mark.promise("HEAR-3")
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 10_000,
        b'{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"a":"\\ud800"}}]}',
        b'{"version":"3","status":"firing","alerts":[]}',
        b" " * (2**20 + 1),
    ],
)
async def test_a_hostile_delivery_leaves_no_trace_in_the_database(tmp_path: Path, body: bytes) -> None:
    async with house(tmp_path / "db") as here:
        answer = await here.client.post(
            "/webhook/alert", content=body, headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status_code < 500
        assert await here.parts.archive.unfiled_alerts(10) == ()
        assert await here.parts.archive.journal_of_all() == ()


async def test_every_character_that_may_come_in_can_be_kept(tmp_path: Path) -> None:
    odd = "tab\tline\nquote'\"; DROP TABLE alerts;-- <b>\u202e \U0001f525 \x7f".replace("\x7f", "")
    async with house(tmp_path / "db") as here:
        (opened,) = (await here.client.post("/webhook/alert", json=delivery(note=odd))).json()["opened"]
        (filed,) = await here.parts.archive.alerts(opened)
    assert filed.alert.labels["note"] == odd


async def test_an_alert_that_ends_before_anybody_begins_closes_its_incident(tmp_path: Path) -> None:
    async with house(tmp_path / "db") as here:
        (opened,) = (await here.client.post("/webhook/alert", json=delivery())).json()["opened"]
        await here.client.post("/webhook/alert", json=delivery("resolved"))
        await here.client.post("/webhook/alert", json=delivery("resolved"))
        incident = await here.parts.archive.incident(opened)
        (filed,) = await here.parts.archive.alerts(opened)
    assert (incident.status, filed.alert.status) == (Status.CLOSED, "resolved")


async def test_an_answer_to_a_plan_is_one_transaction_and_one_answer(tmp_path: Path) -> None:
    async with house(tmp_path / "db") as here:
        (opened,) = (await here.client.post("/webhook/alert", json=delivery())).json()["opened"]
        made = plan(IncidentId(opened), at=here.parts.clock.now())
        update = IncidentUpdate(status=Status.AWAITING_APPROVAL)
        now = here.parts.clock.now()
        await here.parts.ledger.write(
            ChangeSet(
                incident_id=IncidentId(opened), at=now, plan=made, ruling=ruling_on(made), update=update
            )
        )
        here.speak_as(token_of(Role.APPROVER))
        address = f"/api/v1/incidents/{opened}/approve"
        said = [await here.client.post(address, json={"plan_digest": made.digest}) for _ in range(2)]
        (record,) = await here.parts.archive.plans(IncidentId(opened))
        wrong = await here.client.post(address, json={"plan_digest": "0" * 64})
    assert [each.status_code for each in said] == [200, 200]
    assert [each.by.name for each in record.approvals] == ["a-approver"]
    assert wrong.status_code == 409


async def test_a_cancelled_incident_can_be_taken_up_again(tmp_path: Path) -> None:
    async with house(tmp_path / "db") as here:
        (opened,) = (await here.client.post("/webhook/alert", json=delivery())).json()["opened"]
        here.speak_as(token_of(Role.RESPONDER))
        await here.client.post(f"/api/v1/incidents/{opened}/cancel", json={"reason": "a drill"})
        told = (await here.client.post(f"/api/v1/incidents/{opened}/retry", json={})).json()
        listed = (await here.client.get("/api/v1/incidents?status=open")).json()
    assert (told["status"], told["closed_at"]) == ("open", None)
    assert listed["total"] == 1
