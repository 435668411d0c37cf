"""The audit trail through the API: who may read it, pages and filters, the export, and retention."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_stage import Stage

from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.audit_file import prove
from sre_agent.domain.law import Role


async def filled(days: int = 0) -> Stage:
    stage = Stage()
    for number in range(5):
        at = stage.clock.now() - timedelta(days=days)
        await stage.parts.audit.record(
            AuditDraft(
                actor="ada", action="token.issued", subject=f"s{number}", reason="asked hunter2", at=at
            )
        )
    return stage


async def test_an_approver_reads_the_trail_in_pages() -> None:
    stage = await filled()
    async with stage.client(Role.APPROVER) as client:
        answer = await client.get("/api/v1/audit", params={"size": 2, "page": 2, "actor": "ada"})
    told = answer.json()
    assert [entry["seq"] for entry in told["items"]] == [3, 2]
    assert (told["total"], told["page"], told["size"]) == (5, 2, 2)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER])
@pytest.mark.parametrize("path", ["audit", "audit/verify", "audit/export"])
async def test_below_an_approver_nobody_reads_it(role: Role, path: str) -> None:
    async with Stage().client(role) as client:
        assert (await client.get(f"/api/v1/{path}")).status_code == 403


@pytest.mark.parametrize(
    "query", [{"size": 0}, {"size": 201}, {"page": 0}, {"since": "noon"}, {"who": "ada"}]
)
async def test_a_wrong_question_is_refused(query: dict[str, str | int]) -> None:
    async with Stage().client(Role.APPROVER) as client:
        assert (await client.get("/api/v1/audit", params=query)).status_code == 422


@pytest.mark.promise("KEEP-7")
async def test_the_export_is_proved_without_a_platform() -> None:
    stage = await filled()
    async with stage.client(Role.APPROVER) as client:
        answer = await client.get("/api/v1/audit/export")
        proof = (await client.get("/api/v1/audit/verify")).json()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert prove(enumerate(answer.text.splitlines(), start=1)).entries == 5
    assert (proof["whole"], proof["entries"]) == (True, 5)


async def test_an_administrator_cuts_what_is_old_and_the_rest_is_still_proved() -> None:
    stage = await filled(days=400)
    before = (stage.clock.now() - timedelta(days=366)).isoformat()
    async with stage.client(Role.ADMIN) as client:
        answer = await client.post(
            "/api/v1/audit/cuts", json={"before": before, "reason": "kept a year, hunter2"}
        )
        assert answer.status_code == 201
        assert answer.json()["seq"] == 5
        assert "hunter2" not in answer.text
        lines = (await client.get("/api/v1/audit/export")).text.splitlines()
    assert prove(enumerate(lines, start=1)).begins_after == 5


async def test_what_is_young_is_cut_by_nobody() -> None:
    stage = await filled()
    body = {"before": stage.clock.now().isoformat(), "reason": "tidy"}
    async with stage.client(Role.ADMIN) as client:
        answer = await client.post("/api/v1/audit/cuts", json=body)
    assert answer.status_code == 409
    assert "AUDIT_KEEP_DAYS" in answer.json()["detail"]
