"""The webhook stores a delivery whole and says so, or refuses it by name and stores nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from api_stage import WEBHOOK, Stage
from structlog.testing import capture_logs

from sre_agent.domain.law import Role
from sre_agent.errors import StoreBusy

JSON = {"Content-Type": "application/json"}


def delivery(*names: str, **fields: object) -> dict[str, object]:
    alerts = [
        {
            "status": "firing",
            "labels": {"alertname": name, "namespace": "shop", "deployment": "cart", "severity": "critical"},
            "annotations": {"summary": "it broke"},
            "startsAt": "2026-03-03T09:29:00Z",
        }
        for name in names or ["Down"]
    ]
    return {"version": "4", "status": "firing", "receiver": "r", "alerts": alerts, **fields}


@pytest.mark.promise("HEAR-1")
async def test_a_delivery_is_acknowledged_with_a_receipt_and_is_on_file() -> None:
    stage = Stage()
    async with stage.client(WEBHOOK) as client:
        answer = await client.post("/webhook/alert", json=delivery("Down", "Slow", truncatedAlerts=2))
    told = answer.json()
    assert answer.status_code == 200
    assert (told["accepted"], told["duplicates"], len(told["opened"]), told["truncated"]) == (2, 0, 1, 2)
    assert len(stage.store.state.alerts) == 2
    assert [job.job.incident_id for job in stage.store.state.jobs.values()] == told["opened"]


@pytest.mark.promise("ACT-21")
async def test_what_an_account_sent_stands_in_its_name_and_what_alertmanager_sent_in_its_own() -> None:
    stage = Stage()
    for sender, name in ((Role.RESPONDER, "a-responder"), (WEBHOOK, "alertmanager")):
        async with stage.client(sender) as client:
            sent = await client.post("/webhook/alert", json=delivery(f"Down{name}"))
        assert sent.status_code == 200
    assert {entry.actor for entry in stage.store.state.journal} == {"a-responder", "alertmanager"}


@pytest.mark.promise("HEAR-2")
async def test_the_same_delivery_again_adds_nothing() -> None:
    stage = Stage()
    async with stage.client(WEBHOOK) as client:
        await client.post("/webhook/alert", json=delivery())
        before = stage.store.state
        again = await client.post("/webhook/alert", json=delivery())
    assert again.json() | {"accepted": 0, "duplicates": 1, "opened": [], "joined": []} == again.json()
    assert stage.store.state.journal == before.journal
    assert stage.store.state.jobs == before.jobs


@pytest.mark.promise("HEAR-5")
async def test_an_alert_that_is_left_alone_says_why_in_the_receipt_and_in_the_list() -> None:
    stage = Stage()
    watchdog = delivery("Watchdog")
    async with stage.client(Role.RESPONDER) as client:
        told = (await client.post("/webhook/alert", json=watchdog)).json()
        listed = (await client.get("/api/v1/alerts/left-alone")).json()["items"]
    assert "heartbeat" in told["left_alone"][0]
    assert [each["not_investigated_because"] for each in listed] == told["left_alone"]


@pytest.mark.promise("HEAR-3")
@pytest.mark.parametrize(
    ("body", "headers", "code", "kind", "field"),
    [
        (b'{"version":', JSON, 400, "unreadable", "body"),
        (b"", JSON, 400, "unreadable", "body"),
        (b"\xff\xfe\x00", JSON, 400, "unreadable", "body"),
        (b"[" * 200_000, JSON, 400, "unreadable", "body"),
        (b'{"a":' * 1500 + b"1" + b"}" * 1500, JSON, 400, "unreadable", "body"),
        (json.dumps(delivery(version="3")).encode(), JSON, 422, "bad-input", "version"),
        (b"{}", JSON, 422, "bad-input", "version"),
        (b'"4"', JSON, 422, "bad-input", "body"),
        (json.dumps(delivery(alerts=[])).encode(), JSON, 422, "bad-input", "alerts"),
        (
            json.dumps(delivery(alerts=[{"status": "firing"}])).encode(),
            JSON,
            422,
            "bad-input",
            "alerts.0.labels",
        ),
        (json.dumps(delivery(alerts="many")).encode(), JSON, 422, "bad-input", "alerts"),
        (
            b"version=4",
            {"Content-Type": "application/x-www-form-urlencoded"},
            415,
            "unsupported-media-type",
            "",
        ),
        (b"{}", {"Content-Type": "application/json; charset=utf-16"}, 415, "unsupported-media-type", ""),
        (b"{}", {**JSON, "Content-Encoding": "gzip"}, 415, "unsupported-media-type", ""),
        (b"{}", {}, 415, "unsupported-media-type", ""),
        (b" " * (2**20 + 1), JSON, 413, "too-large", "body"),
    ],
)
async def test_what_is_wrong_is_refused_by_name_and_nothing_is_stored(
    body: bytes, headers: dict[str, str], code: int, kind: str, field: str
) -> None:
    stage = Stage()
    async with stage.client(WEBHOOK) as client:
        answer = await client.post("/webhook/alert", content=body, headers=headers)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")
    assert (told["type"], told["status"]) == (f"urn:sre-agent:problem:{kind}", code)
    assert told["instance"] == "/webhook/alert"
    assert not field or field in [each["field"] for each in told["errors"]]
    assert stage.store.state.alerts == {}
    assert stage.store.state.incidents == {}


@pytest.mark.promise("HEAR-3")
async def test_one_bad_alert_among_good_ones_stores_none_of_them() -> None:
    stage = Stage()
    mixed = delivery("A", "B", "C")
    mixed["alerts"][1]["labels"]["pod"] = "x\x00y"  # type: ignore[index]
    async with stage.client(WEBHOOK) as client:
        answer = await client.post("/webhook/alert", json=mixed)
    assert answer.json()["errors"][0]["field"] == "alerts.1.labels.pod"
    assert stage.store.state.alerts == {}


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit() -> None:
    stage, sent = Stage(), []

    async def endless() -> AsyncIterator[bytes]:
        for number in range(1000):
            sent.append(number)
            yield b" " * 100_000

    async with stage.client(WEBHOOK) as client:
        answer = await client.post("/webhook/alert", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert len(sent) < 200


async def test_text_that_looks_like_an_attack_is_filed_as_text() -> None:
    stage = Stage()
    nasty = delivery()
    text = "<script>alert(1)</script>'; DROP TABLE alerts;-- {{7*7}} ${jndi:ldap://x}"
    nasty["alerts"][0]["annotations"] = {"summary": text}  # type: ignore[index]
    async with stage.client(Role.RESPONDER) as client:
        opened = (await client.post("/webhook/alert", json=nasty)).json()["opened"][0]
        alerts = (await client.get(f"/api/v1/incidents/{opened}/alerts")).json()["items"]
    assert alerts[0]["alert"]["annotations"]["summary"] == text
    assert alerts[0]["grouped_by"].startswith("first-alert")


async def test_secrets_in_a_delivery_reach_no_store() -> None:
    stage = Stage()
    leaky = delivery()
    leaky["alerts"][0]["annotations"] = {"summary": "password hunter2"}  # type: ignore[index]
    async with stage.client(WEBHOOK) as client:
        await client.post("/webhook/alert", json=leaky)
    assert "hunter2" not in repr(stage.store.state)


async def test_a_busy_store_asks_alertmanager_to_send_it_again() -> None:
    class Busy:
        async def accept(self, alerts: object, place: object) -> None:
            raise StoreBusy("the database is locked")

    stage = Stage().with_parts(ledger=Busy())
    async with stage.client(WEBHOOK) as client:
        answer = await client.post("/webhook/alert", json=delivery())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_what_breaks_inside_stays_inside() -> None:
    class Broken:
        async def accept(self, alerts: object, place: object) -> None:
            raise RuntimeError("secret detail of the inside")

    stage = Stage().with_parts(ledger=Broken())
    with capture_logs() as logged:
        async with stage.client(WEBHOOK) as client:
            answer = await client.post("/webhook/alert", json=delivery())
    assert answer.status_code == 500
    assert [(each["event"], each["path"]) for each in logged] == [("request broke down", "/webhook/alert")]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_deliveries_are_counted_by_what_became_of_them() -> None:
    stage = Stage()
    async with stage.client(WEBHOOK) as client:
        for _ in range(2):
            await client.post("/webhook/alert", json=delivery("Down", "Watchdog"))
    shown = stage.parts.telemetry.exposition().decode()
    assert 'sre_agent_alerts_total{fate="filed"} 1.0' in shown
    assert 'sre_agent_alerts_total{fate="left_alone"} 1.0' in shown
    assert 'sre_agent_alerts_total{fate="duplicate"} 2.0' in shown
    assert 'sre_agent_http_requests_total{code="200",method="POST",operation="receive_alerts"} 2.0' in shown


@pytest.mark.promise("HEAR-6")
async def test_a_delivery_that_finds_no_room_is_refused_before_it_is_read() -> None:
    stage = Stage()
    async with stage.client(WEBHOOK) as client:
        with ExitStack() as inside:
            for _ in range(stage.parts.room):
                inside.enter_context(stage.parts.gate.entered())
            refused = await client.post("/webhook/alert", json=delivery())
        filed = await client.post("/webhook/alert", json=delivery())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.json()["title"] == "Too much at once"
    assert filed.json()["accepted"] == 1
