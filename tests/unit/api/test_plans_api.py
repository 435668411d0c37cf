"""A yes is to exactly one plan, from somebody the law lets say it, and is written with its job or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_stage import Stage, plan, ruling_on, token_of

from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Answer, Role, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.ports.ledger import IncidentUpdate


async def say(stage: Stage, role: Role, incident: Incident, plan: Plan | str, word: str = "approve", **body: str):  # type: ignore[no-untyped-def]
    digest = plan if isinstance(plan, str) else plan.digest
    async with stage.client(role) as client:
        return await client.post(
            f"/api/v1/incidents/{incident.id}/{word}", json={"plan_digest": digest, **body}
        )


async def test_a_yes_is_filed_with_its_entry_and_its_job() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    answer = await say(stage, Role.APPROVER, incident, made, reason="seen it")
    told = answer.json()
    assert (answer.status_code, told["complete"], told["by"]) == (200, True, "a-approver")
    (approval,) = stage.store.state.approvals
    assert (approval.answer, approval.plan_digest, approval.by.role) == (
        Answer.YES,
        made.digest,
        Role.APPROVER,
    )
    assert approval.expires_at == stage.clock.now() + timedelta(seconds=600)
    entry = stage.store.state.journal[-1]
    assert (entry.kind, entry.actor) == (Kind.APPROVAL_ANSWERED, "a-approver")
    assert entry.body["answer"] == "yes"
    assert [job.job.incident_id for job in stage.store.state.jobs.values()] == [incident.id]


async def test_the_same_yes_twice_is_one_yes() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    first = await say(stage, Role.APPROVER, incident, made)
    second = await say(stage, Role.APPROVER, incident, made, reason="again")
    assert first.json() == second.json()
    assert len(stage.store.state.approvals) == 1


async def test_a_plan_that_needs_two_people_is_complete_with_the_second() -> None:
    stage = Stage()
    incident, made = await stage.awaiting(people=2)
    first = (await say(stage, Role.APPROVER, incident, made)).json()
    again = (await say(stage, Role.APPROVER, incident, made)).json()
    second = (await say(stage, Role.ADMIN, incident, made)).json()
    assert [(each["people"], each["complete"]) for each in (first, again, second)] == [
        (1, False),
        (1, False),
        (2, True),
    ]


@pytest.mark.promise("ACT-20")
async def test_two_tokens_of_one_person_are_one_person_and_a_lesser_one_is_none_at_all() -> None:
    stage = Stage()
    incident, made = await stage.awaiting(people=2)
    await stage.open_the_doors()
    issue, counted = stage.parts.accounts.issue_token, []
    for token in (
        token_of(Role.APPROVER),
        await issue("a-approver", label="phone"),
        await issue("a-approver", label="script", role=Role.VIEWER),
    ):
        async with stage.client(token) as client:
            answer = await client.post(
                f"/api/v1/incidents/{incident.id}/approve", json={"plan_digest": made.digest}
            )
        counted.append((answer.status_code, answer.json().get("people")))
    assert counted == [(200, 1), (200, 1), (403, None)]


@pytest.mark.parametrize(
    ("roles", "role", "allowed"),
    [
        (("approver",), Role.RESPONDER, False),
        (("approver",), Role.APPROVER, True),
        (("responder",), Role.RESPONDER, True),
        (("admin",), Role.APPROVER, False),
        (("admin",), Role.ADMIN, True),
        ((), Role.RESPONDER, False),
        (("nobody-knows-it",), Role.APPROVER, False),
    ],
)
async def test_who_may_approve_is_said_by_the_ruling(
    roles: tuple[str, ...], role: Role, allowed: bool
) -> None:
    stage = Stage()
    incident, made = await stage.awaiting(roles=roles)
    answer = await say(stage, role, incident, made)
    assert answer.status_code == (200 if allowed else 403)
    assert len(stage.store.state.approvals) == allowed


async def test_a_refused_try_stands_in_the_audit_trail() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    await say(stage, Role.RESPONDER, incident, made)
    (record,) = stage.store.state.audit
    assert (record.actor, record.subject) == ("a-responder", incident.id)
    assert "approver" in record.detail


async def test_a_digest_that_is_not_the_newest_plans_is_refused() -> None:
    stage = Stage()
    incident, old = await stage.awaiting()
    newer = plan(incident.id, at=stage.clock.now(), attempt=2)
    await stage.write(incident.id, "again", plan=newer, ruling=ruling_on(newer))
    answer = await say(stage, Role.APPROVER, incident, old)
    assert answer.status_code == 409
    assert newer.digest in answer.json()["detail"]
    assert (await say(stage, Role.APPROVER, incident, newer)).status_code == 200


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.AWAITING_APPROVAL])
@pytest.mark.parametrize("word", ["approve", "reject"])
async def test_a_plan_that_nobody_waits_for_is_refused(status: Status, word: str) -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    await stage.write(incident.id, "moved on", update=IncidentUpdate(status=status))
    answer = await say(stage, Role.ADMIN, incident, made, word, reason="because")
    assert answer.status_code == 409
    assert stage.store.state.approvals == []


@pytest.mark.parametrize("verdict", [Verdict.DENIED, Verdict.ALLOWED])
async def test_no_person_can_approve_what_the_law_did_not_ask_about(verdict: Verdict) -> None:
    stage = Stage()
    incident, _ = await stage.awaiting()
    other = plan(incident.id, at=stage.clock.now(), attempt=2)
    await stage.write(incident.id, "judged", plan=other, ruling=ruling_on(other, verdict=verdict))
    assert (await say(stage, Role.ADMIN, incident, other)).status_code == 409


async def test_a_no_needs_a_reason_and_ends_the_matter() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    assert (await say(stage, Role.RESPONDER, incident, made, "reject", reason=" ")).status_code == 422
    answer = await say(stage, Role.RESPONDER, incident, made, "reject", reason="not at lunch time")
    assert answer.json()["answer"] == "no"
    late = await say(stage, Role.ADMIN, incident, made)
    assert late.status_code == 409
    assert "not at lunch time" in late.json()["detail"]


async def test_secrets_in_a_reason_are_redacted() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    await say(stage, Role.APPROVER, incident, made, reason="the password is hunter2")
    assert "hunter2" not in repr(stage.store.state)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"plan_digest": "abc"},
        {"plan_digest": 7},
        {"plan_digest": "0" * 64, "sure": True},
        {"plan_digest": "G" * 64},
        [],
    ],
)
async def test_a_malformed_answer_is_refused_by_field(body: object) -> None:
    stage = Stage()
    incident, _ = await stage.awaiting()
    async with stage.client(Role.APPROVER) as client:
        answer = await client.post(f"/api/v1/incidents/{incident.id}/approve", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_plans_are_shown_with_all_that_was_said_of_them() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    await say(stage, Role.APPROVER, incident, made, reason="go")
    async with stage.client() as client:
        (listed,) = (await client.get(f"/api/v1/incidents/{incident.id}/plans")).json()["items"]
        one = (await client.get(f"/api/v1/incidents/{incident.id}/plans/{made.digest}")).json()
        absent = await client.get(f"/api/v1/incidents/{incident.id}/plans/{'0' * 64}")
    assert listed == one
    assert (one["digest"], one["newest"], one["ruling"]["verdict"]) == (made.digest, True, "needs_approval")
    assert one["approvals"][0]["reason"] == "go"
    assert absent.status_code == 404
