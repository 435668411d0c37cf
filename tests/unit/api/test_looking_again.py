"""A person who opens a plan sees the world beside it; a yes to what has moved is refused with what is different."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_stage import Stage, plan, ruling_on

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.law import Role
from sre_agent.domain.plan import Call, Ground, Plan
from sre_agent.errors import ToolUnavailable
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.toolbox import ToolAnswer

PLANNED = Ground(uid="u", generation=4, fields={"/spec/replicas": 0})
SAME: JsonObject = {"uid": "u", "generation": 4, "fields": {"/spec/replicas": 0}}
MOVED: JsonObject = {"uid": "u", "generation": 5, "fields": {"/spec/replicas": 7}}


async def awaiting(stage: Stage) -> tuple[Incident, Plan]:
    incident = await stage.incident()
    made = plan(incident.id, at=stage.clock.now())
    grounded = Plan.model_validate(
        {**made.model_dump(), "steps": [{**made.steps[0].model_dump(), "ground": PLANNED}]}
    )
    update = IncidentUpdate(status=Status.AWAITING_APPROVAL)
    await stage.write(incident.id, "planned", plan=grounded, ruling=ruling_on(grounded), update=update)
    return incident, grounded


def seeing(found: JsonObject | Exception) -> Stage:
    stage = Stage()

    async def look(call: Call, limit: timedelta) -> ToolAnswer:
        assert (call.tool, "expect" in call.arguments) == ("preview_rollout_restart", False)
        if isinstance(found, Exception):
            raise found
        return ToolAnswer(content={"ground": found}, taken_at=stage.clock.now(), took=timedelta())

    return stage.with_parts(look=look)


async def looked(stage: Stage, incident: Incident, made: Plan, role: Role = Role.RESPONDER) -> tuple[int, dict]:  # type: ignore[type-arg]
    async with stage.client(role) as client:
        answer = await client.post(f"/api/v1/incidents/{incident.id}/plans/{made.digest}/look")
    return answer.status_code, answer.json()


async def approved(stage: Stage, incident: Incident, made: Plan) -> tuple[int, str]:
    async with stage.client(Role.APPROVER) as client:
        body = {"plan_digest": made.digest}
        answer = await client.post(f"/api/v1/incidents/{incident.id}/approve", json=body)
    return answer.status_code, answer.text


async def test_what_is_as_planned_is_shown_with_its_present_values_and_wakes_nobody() -> None:
    stage = seeing(SAME)
    incident, made = await awaiting(stage)
    status, told = await looked(stage, incident, made)
    assert (status, told["moved"]) == (200, False)
    assert (told["steps"][0]["standing"], told["steps"][0]["fields"]) == ("as_planned", {"/spec/replicas": 0})
    assert not stage.store.state.jobs


@pytest.mark.promise("ACT-4")
async def test_what_moved_is_shown_value_by_value_and_the_runner_is_woken_to_plan_anew() -> None:
    stage = seeing(MOVED)
    incident, made = await awaiting(stage)
    _, told = await looked(stage, incident, made)
    drift = [(one["field"], one["planned"], one["now"]) for one in told["steps"][0]["drift"]]
    assert told["moved"] is True
    assert drift == [("generation", 4, 5), ("/spec/replicas", 0, 7)]
    assert [job.job.incident_id for job in stage.store.state.jobs.values()] == [incident.id]


@pytest.mark.promise("ACT-4")
async def test_a_yes_to_what_has_moved_is_refused_with_what_is_different_and_is_not_on_file() -> None:
    stage = seeing(MOVED)
    incident, made = await awaiting(stage)
    status, text = await approved(stage, incident, made)
    assert status == 409
    assert "/spec/replicas of Deployment shop/checkout was 0 and is now 7" in text
    assert not stage.store.state.approvals


async def test_where_nobody_can_look_it_is_said_and_a_yes_is_taken_for_the_runner_to_look() -> None:
    stage = seeing(ToolUnavailable("k8s: connection refused"))
    incident, made = await awaiting(stage)
    _, told = await looked(stage, incident, made)
    assert (told["moved"], told["steps"][0]["standing"]) == (False, "unknown")
    assert "connection refused" in told["steps"][0]["why"]
    assert (await approved(stage, incident, made))[0] == 200


async def test_a_viewer_makes_no_calls_to_the_world() -> None:
    stage = seeing(SAME)
    incident, made = await awaiting(stage)
    assert (await looked(stage, incident, made, Role.VIEWER))[0] == 403


async def test_an_old_plan_can_be_looked_at_and_wakes_nobody() -> None:
    stage = seeing(MOVED)
    incident, made = await awaiting(stage)
    newer = plan(incident.id, at=stage.clock.now(), attempt=2)
    await stage.write(incident.id, "planned again", plan=newer, ruling=ruling_on(newer))
    assert (await looked(stage, incident, made))[1]["moved"] is True
    assert not stage.store.state.jobs
