"""What was done for a time is listed, and its owner decides once, with a reason that stays."""

from __future__ import annotations

import pytest
from api_stage import Stage, plan

from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Role
from sre_agent.domain.mitigation import Mitigation, MitigationState, TicketState
from sre_agent.domain.work import JobKind
from tests.contracts.ledger_records import mitigation


async def standing() -> tuple[Stage, Mitigation]:
    stage = Stage()
    incident = await stage.incident(status=Status.RESOLVED)
    box = mitigation(plan(incident.id, at=stage.clock.now()))
    await stage.write(incident.id, "begun", mitigations=(box,))
    return stage, box


async def decide(stage: Stage, box: Mitigation, what: str, role: Role = Role.APPROVER, **body: str) -> int:
    async with stage.client(role) as client:
        answer = await client.post(
            f"/api/v1/mitigations/{box.key}/{what}", json={"reason": "so be it", **body}
        )
    return answer.status_code


async def test_everybody_who_may_read_sees_until_when_and_how_it_is_restored() -> None:
    stage, box = await standing()
    async with stage.client() as client:
        (told,) = (await client.get("/api/v1/mitigations", params={"state": "standing"})).json()["items"]
        none = (await client.get("/api/v1/mitigations", params={"state": "kept"})).json()["items"]
    assert (told["key"], told["restore"], told["fix"]) == (box.key, box.restore, box.fix)
    assert none == []


async def test_those_of_one_incident_are_told_without_those_of_others() -> None:
    stage, box = await standing()
    async with stage.client() as client:
        own = await client.get("/api/v1/mitigations", params={"incident": box.incident_id})
        others = await client.get("/api/v1/mitigations", params={"incident": "inc_0000000000000000"})
    assert [each["key"] for each in own.json()["items"]] == [box.key]
    assert others.json()["items"] == []


@pytest.mark.promise("ACT-15")
async def test_restoring_it_now_is_a_yes_by_name_with_a_job() -> None:
    stage, box = await standing()
    assert await decide(stage, box, "restore") == 200
    now = await stage.parts.archive.mitigation(box.key)
    assert (now.state, now.expires_at) == (MitigationState.STANDING, stage.clock.now())
    assert now.yes_by is not None
    assert now.yes_by.name == "a-approver"
    assert [each.job.kind for each in stage.store.state.jobs.values()] == [JobKind.RESTORE]
    entry = stage.store.state.journal[-1]
    assert (entry.kind, entry.actor, entry.body["reason"]) == (
        Kind.MITIGATION_ANSWERED,
        "a-approver",
        "so be it",
    )
    audited = stage.store.state.audit[-1]
    assert (audited.actor, audited.action) == ("a-approver", "mitigation.restore")


async def test_what_is_kept_is_not_asked_about_again() -> None:
    stage, box = await standing()
    assert await decide(stage, box, "keep", reason="the password is hunter2") == 200
    now = await stage.parts.archive.mitigation(box.key)
    assert (now.state, "hunter2" in now.why) == (MitigationState.KEPT, False)
    assert await decide(stage, box, "keep") == 409
    assert await decide(stage, box, "restore") == 409


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER])
async def test_whoever_may_not_approve_decides_nothing(role: Role) -> None:
    stage, box = await standing()
    assert await decide(stage, box, "restore", role) == 403
    assert await decide(stage, box, "keep", role) == 403


async def test_a_word_without_a_reason_or_about_nothing_is_refused() -> None:
    stage, box = await standing()
    assert await decide(stage, box, "keep", reason=" ") == 422
    assert await decide(stage, box.model_copy(update={"key": "nothing"}), "keep") == 404


FIX = "https://github.com/shop/checkout/issues/12"


async def say(stage: Stage, box: Mitigation, what: str, role: Role, **body: str) -> int:
    async with stage.client(role) as client:
        return (await client.post(f"/api/v1/mitigations/{box.key}/{what}", json=body)).status_code


@pytest.mark.promise("ACT-22")
async def test_a_person_names_where_the_permanent_fix_is_also_after_it_ended() -> None:
    stage, box = await standing()
    assert await decide(stage, box, "keep") == 200
    assert await say(stage, box, "fix", Role.RESPONDER, url=FIX) == 200
    now = await stage.parts.archive.mitigation(box.key)
    assert now.ticket is not None
    assert (now.state, now.ticket.state, now.ticket.url) == (MitigationState.KEPT, TicketState.LINKED, FIX)
    entry, audited = stage.store.state.journal[-1], stage.store.state.audit[-1]
    assert (entry.kind, entry.actor, FIX in entry.text) == (Kind.MITIGATION_TICKETED, "a-responder", True)
    assert (audited.actor, audited.action) == ("a-responder", "mitigation.fix_linked")
    async with stage.client() as client:
        (told,) = (await client.get("/api/v1/mitigations")).json()["items"]
    assert told["ticket"]["url"] == FIX


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://github.com/shop/checkout/issues/12", 422),
        ("javascript:alert(1)", 422),
        ("https://ana:pass@github.com/x", 422),
        ("", 422),
        ("https://tracker.example/7?password=hunter2-is-long-enough", 409),
    ],
)
async def test_an_address_that_is_no_safe_link_or_holds_a_secret_is_refused(url: str, status: int) -> None:
    stage, box = await standing()
    assert await say(stage, box, "fix", Role.RESPONDER, url=url) == status
    assert (await stage.parts.archive.mitigation(box.key)).ticket is None


@pytest.mark.promise("ACT-22")
async def test_a_ticket_is_wanted_by_name_with_a_job_until_there_is_one() -> None:
    stage, box = await standing()
    assert await decide(stage, box, "ticket") == 200
    now = await stage.parts.archive.mitigation(box.key)
    assert now.ticket is not None
    assert now.ticket.by is not None
    assert (now.ticket.state, now.ticket.by.name) == (TicketState.WANTED, "a-approver")
    assert [each.job.kind for each in stage.store.state.jobs.values()] == [JobKind.RESTORE]
    assert stage.store.state.audit[-1].action == "mitigation.fix_wanted"
    assert await say(stage, box, "fix", Role.RESPONDER, url=FIX, reason="it was there") == 200
    assert await decide(stage, box, "ticket") == 409


async def test_what_was_taken_back_needs_no_ticket_and_who_may_not_says_nothing() -> None:
    stage, box = await standing()
    assert await decide(stage, box, "ticket", Role.RESPONDER) == 403
    assert await say(stage, box, "fix", Role.VIEWER, url=FIX) == 403
    gone = box.model_copy(update={"state": MitigationState.TAKEN_BACK})
    await stage.write(box.incident_id, "gone", mitigations=(gone,))
    assert await decide(stage, box, "ticket") == 409
