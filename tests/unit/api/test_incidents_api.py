"""Incidents can be found, read in full, asked about, cancelled and tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_stage import AN_HOUR, Stage

from sre_agent.domain.alert import Severity
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Role
from sre_agent.ports.ledger import IncidentUpdate


async def some(stage: Stage) -> None:
    await stage.incident("checkout", severity=Severity.CRITICAL)
    stage.clock.advance(AN_HOUR)
    await stage.incident("cart", namespace="stage")
    stage.clock.advance(AN_HOUR)
    await stage.incident("payments", status=Status.RESOLVED, cluster="eu")


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["payments is slow", "cart is slow", "checkout is slow"]),
        ("status=open", ["cart is slow", "checkout is slow"]),
        ("status=open&status=resolved", ["payments is slow", "cart is slow", "checkout is slow"]),
        ("severity=critical", ["checkout is slow"]),
        ("namespace=stage", ["cart is slow"]),
        ("cluster=eu", ["payments is slow"]),
        ("text=CART", ["cart is slow"]),
        ("origin=question", []),
        ("opened_after=2026-03-03T10:00:00Z", ["payments is slow", "cart is slow"]),
        ("opened_before=2026-03-03T10:00:00Z", ["checkout is slow"]),
        ("size=1", ["payments is slow"]),
        ("size=2&page=2", ["checkout is slow"]),
    ],
)
async def test_incidents_are_filtered_and_paged_newest_first(query: str, titles: list[str]) -> None:
    stage = Stage()
    await some(stage)
    async with stage.client() as client:
        told = (await client.get(f"/api/v1/incidents?{query}")).json()
    assert [each["title"] for each in told["items"]] == titles
    assert told["total"] >= len(titles)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=ajar", "status.0"),
        ("severity=7", "severity.0"),
        ("page=0", "page"),
        ("size=201", "size"),
        ("size=many", "size"),
        ("opened_after=yesterday", "opened_after"),
        ("opened_after=2026-03-03T10:00:00", "opened_after"),
        ("namespace=Shop!", "namespace"),
        ("colour=red", "colour"),
    ],
)
async def test_a_wrong_filter_is_named(query: str, field: str) -> None:
    async with Stage().client() as client:
        answer = await client.get(f"/api/v1/incidents?{query}")
    assert answer.status_code == 422
    assert field in [each["field"] for each in answer.json()["errors"]]


@pytest.mark.parametrize(
    "what", ["", "/alerts", "/journal", "/evidence", "/evidence/E1", "/hypotheses", "/plans", "/stream"]
)
async def test_what_does_not_exist_is_not_found(what: str) -> None:
    async with Stage().client() as client:
        answer = await client.get(f"/api/v1/incidents/inc_unknown{what}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:sre-agent:problem:not-found")


async def test_the_journal_is_read_page_by_page() -> None:
    stage = Stage()
    incident = await stage.incident()
    await stage.write(incident.id, "one", "two", "three")
    async with stage.client() as client:
        first = (await client.get(f"/api/v1/incidents/{incident.id}/journal?limit=2")).json()
        rest = (await client.get(f"/api/v1/incidents/{incident.id}/journal?after={first['last']}")).json()
        end = (await client.get(f"/api/v1/incidents/{incident.id}/journal?after=3")).json()
    assert ([each["text"] for each in first["entries"]], first["more"]) == (["one", "two"], True)
    assert ([each["text"] for each in rest["entries"]], rest["more"]) == (["three"], False)
    assert (end["entries"], end["last"]) == ([], 3)


async def test_a_question_opens_an_investigation() -> None:
    stage = Stage()
    async with stage.client(Role.RESPONDER) as client:
        answer = await client.post(
            "/api/v1/ask", json={"question": " why is checkout slow, hunter2? ", "namespace": "shop"}
        )
    told = answer.json()
    assert (answer.status_code, told["origin"], told["status"]) == (202, "question", "open")
    assert told["question"] == "why is checkout slow, [redacted]?"
    assert told["entity"] == {"kind": "Namespace", "name": "shop", "namespace": "", "cluster": ""}
    assert [job.job.incident_id for job in stage.store.state.jobs.values()] == [told["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"question": "a\x00b"}, "question"),
        ({"question": 5}, "question"),
        ({"question": "why?", "namespace": "../etc"}, "namespace"),
        ({"question": "why?", "cluster": "x"}, "cluster"),
    ],
)
async def test_a_malformed_question_is_refused_by_field(body: dict[str, object], field: str) -> None:
    stage = Stage()
    async with stage.client(Role.RESPONDER) as client:
        answer = await client.post("/api/v1/ask", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert stage.store.state.incidents == {}


async def test_half_a_character_cannot_reach_the_store() -> None:
    stage = Stage()
    async with stage.client(Role.RESPONDER) as client:
        answer = await client.post(
            "/api/v1/ask", content=b'{"question":"\\ud800"}', headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 422
    assert stage.store.state.incidents == {}


@pytest.mark.parametrize("status", [each for each in Status if not each.is_final])
async def test_an_incident_can_be_cancelled_until_it_ends(status: Status) -> None:
    stage = Stage()
    incident = await stage.incident(status=status)
    async with stage.client(Role.RESPONDER) as client:
        told = (
            await client.post(f"/api/v1/incidents/{incident.id}/cancel", json={"reason": "a drill"})
        ).json()
        again = await client.post(f"/api/v1/incidents/{incident.id}/cancel", json={})
    assert (told["status"], told["outcome"]) == ("closed", "cancelled")
    assert stage.store.state.journal[-1].kind is Kind.INCIDENT_ENDED
    assert "a drill" in stage.store.state.journal[-1].text
    assert again.status_code == 409


@pytest.mark.parametrize("status", [Status.ESCALATED, Status.CLOSED])
async def test_an_incident_that_was_handed_over_can_be_tried_again(status: Status) -> None:
    stage = Stage()
    incident = await stage.incident()
    over = IncidentUpdate(status=status, outcome=Outcome.REJECTED, closed_at=stage.clock.now())
    await stage.write(incident.id, "over", update=over)
    async with stage.client(Role.RESPONDER) as client:
        answer = await client.post(f"/api/v1/incidents/{incident.id}/retry", json={"reason": "now I may"})
    told = answer.json()
    assert (answer.status_code, told["status"]) == (202, "open")
    assert (told["outcome"], told["closed_at"]) == (None, None)
    assert len(stage.store.state.jobs) == 1


async def test_an_incident_under_way_is_only_hurried() -> None:
    stage = Stage()
    incident = await stage.incident(status=Status.INVESTIGATING)
    async with stage.client(Role.RESPONDER) as client:
        told = (await client.post(f"/api/v1/incidents/{incident.id}/retry", json={})).json()
    assert told["status"] == "investigating"
    assert len(stage.store.state.jobs) == 1


@pytest.mark.parametrize(
    ("status", "outcome", "said"),
    [
        (Status.RESOLVED, Outcome.RECOVERED, "nothing is left"),
        (Status.CLOSED, Outcome.MERGED, "merged into inc_other"),
    ],
)
async def test_what_recovered_or_was_merged_is_not_tried_again(
    status: Status, outcome: Outcome, said: str
) -> None:
    stage = Stage()
    incident = await stage.incident(status=status, outcome=outcome, merged_into="inc_other")
    async with stage.client(Role.RESPONDER) as client:
        answer = await client.post(f"/api/v1/incidents/{incident.id}/retry", json={})
    assert answer.status_code == 409
    assert said in answer.json()["detail"]


async def test_accounts_and_tokens_are_an_administrators_and_leave_a_trace() -> None:
    stage = Stage()
    async with stage.client(Role.ADMIN) as client:
        made = await client.post("/api/v1/accounts", json={"name": "ann", "role": "approver"})
        twice = await client.post("/api/v1/accounts", json={"name": "ann", "role": "viewer"})
        until = (stage.clock.now() + timedelta(days=1)).isoformat()
        issued = await client.post(
            "/api/v1/accounts/ann/tokens", json={"label": "laptop", "expires_at": until}
        )
        names = [each["name"] for each in (await client.get("/api/v1/accounts")).json()["items"]]
    assert (made.status_code, twice.status_code, issued.status_code) == (201, 409, 201)
    assert "ann" in names
    async with stage.client(issued.json()["token"]) as client:
        assert (await client.get("/api/v1/me")).json() == {"name": "ann", "role": "approver"}
    async with stage.client(Role.ADMIN) as client:
        assert (await client.delete("/api/v1/accounts/ann/tokens")).json() == {"name": "ann", "revoked": 1}
        assert (await client.delete("/api/v1/accounts/nobody/tokens")).status_code == 404
    assert [each.action for each in stage.store.state.audit] == [
        "account.created",
        "token.issued",
        "tokens.revoked",
    ]
    assert issued.json()["token"] not in repr(stage.store.state)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "role": "viewer"},
        {"name": "a b", "role": "viewer"},
        {"name": "ann", "role": "king"},
        {"name": "ann"},
    ],
)
async def test_a_malformed_account_is_refused(body: dict[str, str]) -> None:
    async with Stage().client(Role.ADMIN) as client:
        assert (await client.post("/api/v1/accounts", json=body)).status_code == 422


async def test_a_token_cannot_have_expired_already() -> None:
    stage = Stage()
    async with stage.client(Role.ADMIN) as client:
        past = (stage.clock.now() - timedelta(days=1)).isoformat()
        answer = await client.post(
            "/api/v1/accounts/a-viewer/tokens", json={"label": "x", "expires_at": past}
        )
    assert answer.json()["errors"][0]["field"] == "expires_at"
