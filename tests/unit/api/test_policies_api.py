"""The law, its reasons, and what another law would have said, over the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from api_stage import Stage

from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.law import PlanFacts, Role
from sre_agent.domain.plan import Plan
from sre_agent.law_office import LawOffice
from sre_agent.law_source import LawSource
from sre_agent.ports.ledger import IncidentUpdate

OPEN = """\
version: 1
actions: {rollout_restart: [k8s/rollout_restart]}
rules:
  - {id: all, when: 'true', verdict: allowed, reason: why not}
"""
SHUT = OPEN + "  - {id: none, when: severity == 'critical', verdict: denied, reason: not now}\n"


def stage_under(file: Path, text: str = OPEN) -> Stage:
    stage = Stage()
    file.write_text(text)
    return stage.with_parts(law=LawOffice(LawSource(file), stage.clock))


async def judged(stage: Stage) -> tuple[Incident, Plan]:
    """An incident whose plan was judged by the law in force."""
    incident, made = await stage.awaiting()
    assert stage.parts.law is not None
    told = PlanFacts(now=stage.clock.now(), confidence=0.9, severity="critical", target_labels={0: {}})
    ruling = stage.parts.law.judge(made, told)
    await stage.write(incident.id, ruling=ruling, update=IncidentUpdate(status=Status.VERIFYING))
    return incident, made


async def test_the_law_in_force_is_told_with_file_and_line(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    async with stage.client() as client:
        told = (await client.get("/api/v1/policies")).json()
    (rule,) = told["rules"]
    assert (rule["id"], rule["file"], rule["line"]) == ("all", str(tmp_path / "law.yaml"), 4)
    assert (told["default_autonomy"], told["profile"], told["refused"]) == ("act", "default", None)
    assert {"action", "confidence"} <= {each["name"] for each in told["variables"]}


async def test_a_refused_change_is_told_until_it_is_mended(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    assert stage.parts.law is not None
    (tmp_path / "law.yaml").write_text(OPEN.replace("allowed", "alowed"))
    stage.parts.law.look()
    async with stage.client() as client:
        told = (await client.get("/api/v1/policies")).json()
    assert "law.yaml:4:38: 'alowed' is not known here" in told["refused"]["problems"][0]


@pytest.mark.promise("ACT-23")
async def test_a_refused_law_and_a_runner_under_another_one_are_warned_of_and_stop_no_work(
    tmp_path: Path,
) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    assert stage.parts.law is not None
    theirs = [0]
    stage.with_parts(runners_law=lambda: theirs[0])
    async with stage.client() as client:
        calm = (await client.get("/readyz")).json()
        (tmp_path / "law.yaml").write_text(OPEN.replace("allowed", "alowed"))
        stage.parts.law.look()
        theirs[0] = 7
        told = await client.get("/readyz")
        assert (await client.get("/api/v1/policies")).json()["apart"] is True
    assert calm["warnings"] == {}
    assert (told.status_code, told.json()["ready"]) == (200, True)
    assert "law.yaml:4:38: 'alowed' is not known here" in told.json()["warnings"]["law"]
    assert "another law" in told.json()["warnings"]["law of the runner"]


async def test_each_step_is_explained_with_what_the_law_was_told(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml", SHUT)
    incident, _ = await judged(stage)
    async with stage.client() as client:
        told = (await client.get(f"/api/v1/incidents/{incident.id}/policy")).json()
    (plan,) = told["plans"]
    assert (plan["same_law"], plan["verdict"], plan["facts"]["confidence"]) == (True, "denied", 0.9)
    (step,) = plan["steps"]
    assert (step["rule"], step["by_rules"], step["autonomy"]) == ("none", "denied", "act")
    assert [(each["id"], each["answer"]) for each in step["clauses"]] == [("all", "yes"), ("none", "yes")]
    assert step["clauses"][1]["why"] == "It holds: severity = critical."


async def test_a_ruling_from_before_facts_were_kept_is_told_without_guesses(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    incident, _ = await stage.awaiting()
    async with stage.client() as client:
        (plan,) = (await client.get(f"/api/v1/incidents/{incident.id}/policy")).json()["plans"]
    assert (plan["same_law"], plan["facts"], plan["steps"][0]["clauses"]) == (False, None, [])


async def simulated(stage: Stage, role: Role = Role.ADMIN, **body: Any) -> Any:
    async with stage.client(role) as client:
        return await client.post("/api/v1/policies/simulate", json=body)


async def test_another_law_is_tried_on_past_plans_and_not_kept(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    _, made = await judged(stage)
    assert stage.parts.law is not None
    before = stage.parts.law.digest
    told = (await simulated(stage, files=[{"text": SHUT}])).json()
    assert (told["plans"], told["stricter"], told["counts"]) == (1, 1, {"allowed → denied": 1})
    assert told["changes"][0]["plan_digest"] == made.digest
    assert stage.parts.law.digest == before


async def test_a_profile_can_be_tried_too(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    await judged(stage)
    told = (await simulated(stage, files=[{"text": OPEN}], profile="read-only")).json()
    assert told["changes"][0]["steps"][0]["now_rule"] == "read-only"


async def test_a_wrong_law_is_answered_with_every_mistake_and_its_place(tmp_path: Path) -> None:
    stage = stage_under(tmp_path / "law.yaml")
    answer = await simulated(stage, files=[{"name": "mine.yaml", "text": "version: 1\nrule: []\n"}])
    assert answer.status_code == 422
    faults = answer.json()["errors"]
    assert (faults[0]["field"], faults[0]["message"].split(";")[0]) == ("mine.yaml:2:1", "unknown key 'rule'")


@pytest.mark.parametrize(
    "body", [{}, {"files": []}, {"files": [{"text": "x" * 500_001}]}, {"files": [{"text": OPEN}], "limit": 0}]
)
async def test_a_simulation_has_its_limits(tmp_path: Path, body: dict[str, Any]) -> None:
    assert (await simulated(stage_under(tmp_path / "law.yaml"), **body)).status_code == 422


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER, Role.APPROVER])
async def test_only_an_administrator_tries_laws(tmp_path: Path, role: Role) -> None:
    assert (
        await simulated(stage_under(tmp_path / "law.yaml"), role, files=[{"text": OPEN}])
    ).status_code == 403


async def test_where_plans_are_judged_elsewhere_the_law_is_not_found() -> None:
    async with Stage().client() as client:
        assert (await client.get("/api/v1/policies")).status_code == 404
