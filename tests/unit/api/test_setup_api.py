"""The first run: where alerts go, and a test alert that arrives, is marked, and ends without work for anybody."""

from __future__ import annotations

import asyncio
import json

from api_stage import WEBHOOK, Stage

from sre_agent.api.parts import ApiSettings
from sre_agent.domain.alert import Severity
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Role
from sre_agent.intake.settings import IntakeSettings
from sre_agent.ports.ledger import ChangeSet


async def test_the_facts_for_alertmanager_tell_the_address_and_never_the_token() -> None:
    stage = Stage(settings=ApiSettings(webhook_token=WEBHOOK, listens=("10.0.0.5", 8080), cluster="east"))
    async with stage.client() as client:
        answer = await client.get("/api/v1/setup")
    told = answer.json()
    assert (told["host"], told["port"], told["path"]) == ("10.0.0.5", 8080, "/webhook/alert")
    assert (told["webhook_token"], told["cluster"], told["alert_incidents"]) == (True, "east", 0)
    assert WEBHOOK not in answer.text


async def test_a_test_alert_goes_the_way_of_every_alert_and_ends_closed_without_a_job() -> None:
    stage = Stage()
    async with stage.client(Role.RESPONDER) as client:
        sent = (await client.post("/api/v1/setup/test-alert")).json()
        incident = (await client.get(f"/api/v1/incidents/{sent['incident_id']}")).json()
        journal = (await client.get(f"/api/v1/incidents/{sent['incident_id']}/journal")).json()["entries"]
        alerts = (await client.get(f"/api/v1/incidents/{sent['incident_id']}/alerts")).json()["items"]
    assert (incident["status"], incident["outcome"]) == (Status.CLOSED, Outcome.RECOVERED_BY_ITSELF)
    assert [each["kind"] for each in journal][:2] == ["incident.opened", "alert.received"]
    assert journal[-1]["kind"] == "incident.ended"
    assert "A test" in journal[1]["text"]
    assert "sre_agent_test" in alerts[0]["alert"]["labels"]
    assert await stage.jobs.backlog() == 0


async def test_two_tests_are_two_incidents_and_both_stand_in_the_audit() -> None:
    stage = Stage()
    async with stage.client(Role.RESPONDER) as client:
        first = (await client.post("/api/v1/setup/test-alert")).json()
        await stage.clock.sleep(stage.settings.health_time)
        second = (await client.post("/api/v1/setup/test-alert")).json()
    assert first["incident_id"] != second["incident_id"]


async def test_a_test_does_not_touch_another_open_incident() -> None:
    stage = Stage()
    other = await stage.incident()
    async with stage.client(Role.RESPONDER) as client:
        sent = (await client.post("/api/v1/setup/test-alert")).json()
        still = (await client.get(f"/api/v1/incidents/{other.id}")).json()
    assert sent["incident_id"] != other.id
    assert still["status"] == other.status


async def test_where_such_alerts_open_nothing_the_reason_is_the_answer() -> None:
    settings = ApiSettings(intake=IntakeSettings(least_severity=Severity.CRITICAL))
    async with Stage(settings=settings).client(Role.RESPONDER) as client:
        sent = (await client.post("/api/v1/setup/test-alert")).json()
    assert sent["incident_id"] is None
    assert "severity" in sent["left_alone"][0]


async def test_a_viewer_sends_none() -> None:
    async with Stage().client() as client:
        assert (await client.post("/api/v1/setup/test-alert")).status_code == 403


async def test_signals_count_what_is_on_file_and_say_that_no_model_was_asked() -> None:
    stage = Stage()
    async with stage.client(Role.RESPONDER) as client:
        await client.post("/api/v1/setup/test-alert")
        told = (await client.get("/api/v1/signals?hours=24")).json()
        days = (await client.get("/api/v1/signals?hours=720")).json()
    assert (told["signals"]["opened"], told["signals"]["completed"]) == (1, 1)
    assert (told["model"]["tokens"], told["model"]["cost"], told["partial"]) == (0, 0.0, False)
    assert "No language model" in told["model"]["said"]
    assert len(days["signals"]["buckets"]) in (30, 31)
    assert json.dumps(told)


def answered(stage: Stage, turn: int, **body: object) -> JournalDraft:
    told = {
        "model": "ollama/small",
        "milliseconds": 900,
        "tokens_in": 120,
        "tokens_out": 30,
        "cost": None,
        "failed": "",
    }
    return JournalDraft(
        key=JournalKey(f"model {turn}"),
        kind=Kind.MODEL_ANSWERED,
        actor="reflector",
        text="suggests nothing",
        body={**told, **body},
        at=stage.clock.now(),
    )


async def test_what_a_model_took_is_told_without_a_made_up_price() -> None:
    stage = Stage()
    incident = await stage.incident()
    entries = (answered(stage, 1), answered(stage, 2, failed="late", tokens_in=0, tokens_out=0))
    await stage.parts.ledger.write(ChangeSet(incident_id=incident.id, at=stage.clock.now(), entries=entries))
    async with stage.client() as client:
        model = (await client.get("/api/v1/signals")).json()["model"]
    assert (model["calls"], model["failed"], model["tokens"], model["cost"]) == (2, 1, 150, None)
    assert model["milliseconds"]["median"] == 900
    assert model["said"] == "ollama/small was asked 2 times, 1 without an answer."


async def test_a_window_out_of_bounds_is_refused_by_name() -> None:
    async with Stage().client() as client:
        answers = await asyncio.gather(*(client.get(f"/api/v1/signals?hours={n}") for n in (0, 721, "x")))
    assert {each.status_code for each in answers} <= {400, 422}
    assert all("hours" in each.text for each in answers)
