"""Breaking the glass: alone, proved afresh, never against a denial, and never in silence."""

from __future__ import annotations

from typing import Any

import pytest
from api_stage import Stage, ruling_on, token_of

from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Role, Verdict
from sre_agent.domain.plan import Plan
from sre_agent.notify.news import NEWS
from sre_agent.policy.consent import Standing, consent

REASON = "checkout is down and nobody else answers"


async def smash(stage: Stage, role: Role, incident: Incident, plan: Plan, **body: str) -> Any:
    told = {"plan_digest": plan.digest, "reason": REASON, "credential": token_of(role), **body}
    async with stage.client(role) as client:
        return await client.post(f"/api/v1/incidents/{incident.id}/break-glass", json=told)


async def asks_two() -> tuple[Stage, Incident, Plan]:
    stage = Stage()
    incident, made = await stage.awaiting(people=2, roles=("admin",))
    return stage, incident, made


def standing(stage: Stage, plan: Plan) -> Standing:
    state = stage.store.state
    ruling = state.rulings[plan.incident_id, plan.digest]
    return consent(plan.digest, ruling, state.approvals, now=stage.clock.now()).standing


@pytest.mark.promise("ACT-16")
async def test_one_approver_alone_lets_a_plan_go_that_wants_two_administrators() -> None:
    stage, incident, made = await asks_two()
    answer = await smash(stage, Role.APPROVER, incident, made)
    assert (answer.status_code, answer.json()["complete"]) == (200, True)
    assert standing(stage, made) is Standing.GIVEN


@pytest.mark.promise("ACT-16")
async def test_it_is_said_aloud_in_the_journal_the_audit_trail_and_to_every_channel() -> None:
    stage, incident, made = await asks_two()
    await smash(stage, Role.APPROVER, incident, made)
    entry = stage.store.state.journal[-1]
    assert (entry.kind, entry.actor) == (Kind.GLASS_BROKEN, "a-approver")
    assert entry.text.startswith(
        "BREAK-GLASS: a-approver alone approved what the law wants of 2 different admins"
    )
    audited = stage.store.state.audit[-1]
    assert (audited.action, audited.actor, audited.reason) == ("plan.break_glass", "a-approver", REASON)
    assert Kind.GLASS_BROKEN in NEWS


async def test_it_holds_ten_minutes() -> None:
    stage, incident, made = await asks_two()
    await smash(stage, Role.APPROVER, incident, made)
    (approval,) = stage.store.state.approvals
    stage.clock.advance(approval.expires_at - stage.clock.now())
    assert standing(stage, made) is not Standing.GIVEN
    assert (approval.expires_at - approval.at).total_seconds() == 600


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER])
async def test_nobody_below_an_approver_breaks_it(role: Role) -> None:
    stage, incident, made = await asks_two()
    assert (await smash(stage, role, incident, made)).status_code == 403
    assert stage.store.state.approvals == []


@pytest.mark.promise("ACT-16")
async def test_what_the_law_denies_stays_denied_whoever_says_yes() -> None:
    stage, incident, made = await asks_two()
    await stage.write(incident.id, "judged again", ruling=ruling_on(made, verdict=Verdict.DENIED))
    assert (await smash(stage, Role.ADMIN, incident, made)).status_code == 409
    assert standing(stage, made) is Standing.DENIED
    assert stage.store.state.audit[-1].action == "plan.break_glass_refused"


@pytest.mark.parametrize("credential", ["wrong", token_of(Role.ADMIN), "sres_somebodys-session"])
async def test_without_ones_own_credentials_it_is_refused_and_audited(credential: str) -> None:
    stage, incident, made = await asks_two()
    answer = await smash(stage, Role.APPROVER, incident, made, credential=credential)
    assert answer.status_code == 403
    assert credential not in answer.text
    assert stage.store.state.approvals == []
    assert stage.store.state.audit[-1].action == "plan.break_glass_refused"


async def test_whoever_has_a_password_proves_that_and_not_a_token_that_lies_about() -> None:
    stage, incident, made = await asks_two()
    await stage.open_the_doors()
    await stage.parts.accounts.set_password("a-approver", "correct horse battery")
    assert (await smash(stage, Role.APPROVER, incident, made)).status_code == 403
    answer = await smash(stage, Role.APPROVER, incident, made, credential="correct horse battery")
    assert answer.status_code == 200


async def test_after_five_wrong_tries_one_has_to_wait() -> None:
    stage, incident, made = await asks_two()
    for _ in range(5):
        assert (await smash(stage, Role.APPROVER, incident, made, credential="wrong")).status_code == 403
    assert (await smash(stage, Role.APPROVER, incident, made)).status_code == 429


@pytest.mark.parametrize("reason", ["", "   ", "short"])
async def test_without_a_reason_nothing_is_broken(reason: str) -> None:
    stage, incident, made = await asks_two()
    assert (await smash(stage, Role.APPROVER, incident, made, reason=reason)).status_code == 422


async def test_where_an_ordinary_yes_is_enough_it_is_refused() -> None:
    stage = Stage()
    incident, made = await stage.awaiting()
    answer = await smash(stage, Role.APPROVER, incident, made)
    assert answer.status_code == 409
    assert "approve it" in answer.text
