"""Alive, ready and counted; described for people and for generators of clients."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from api_stage import Stage, document

from sre_agent.api.parts import ApiSettings
from sre_agent.api.roles import OPEN_PATHS
from sre_agent.domain.incident import Status
from sre_agent.domain.law import Role


async def well() -> str:
    return ""


async def ill() -> str:
    return "the disk is full"


async def broken() -> str:
    raise OSError("no route to host")


async def stuck() -> str:
    await asyncio.Event().wait()
    return ""


async def test_ready_means_that_every_check_is_well() -> None:
    async with Stage().with_parts(health={"database": well}).client() as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"ready": True, "checks": {"database": "ok"}, "warnings": {}},
    )


async def test_not_ready_says_which_check_is_not_well_and_why() -> None:
    settings = ApiSettings(health_time=timedelta(milliseconds=10))
    stage = Stage().with_parts(health={"a": well, "b": ill, "c": broken, "d": stuck}, settings=settings)
    async with stage.client() as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "a": "ok",
        "b": "the disk is full",
        "c": "OSError: no route to host",
        "d": "no answer within 0.01 s",
    }


async def test_metrics_tell_what_is_open_and_what_is_reachable() -> None:
    stage = Stage()
    await stage.incident(status=Status.INVESTIGATING)
    async with stage.client() as client:
        answer = await client.get("/metrics")
    assert 'sre_agent_incidents{status="investigating"} 1.0' in answer.text
    assert 'sre_agent_tool_server_up{server="loki"} 0.0' in answer.text
    assert "sre_agent_jobs_backlog 0.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")


async def test_servers_say_what_is_wrong_with_them() -> None:
    async with Stage().client() as client:
        servers = (await client.get("/api/v1/servers")).json()["items"]
        tools = (await client.get("/api/v1/tools")).json()["items"]
    assert [(each["name"], each["error"]) for each in servers] == [
        ("k8s", ""),
        ("loki", "LOKI_URL is not set"),
    ]
    assert [each["name"] for each in tools] == ["list_objects"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_a_wrong_method_is_told_the_right_ones(method: str) -> None:
    async with Stage().client(Role.ADMIN) as client:
        answer = await client.request(method, "/api/v1/incidents")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["type"] == "urn:sre-agent:problem:method-not-allowed"


async def test_an_unknown_address_is_a_problem_too() -> None:
    async with Stage().client() as client:
        answer = await client.get("/api/v1/nope")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_page_of_documentation_holds_no_data_and_runs_only_its_own_script() -> None:
    stage = Stage()
    incident = await stage.incident()
    async with stage.client(None) as client:
        answer = await client.get("/docs")
    policy = answer.headers["content-security-policy"]
    assert incident.id not in answer.text
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "https://" not in answer.text


def test_every_operation_has_a_typed_answer_and_one_shape_for_errors() -> None:
    for path, methods in document()["paths"].items():
        for told in methods.values():
            codes = [code for code in ("200", "201", "202", "303") if code in told["responses"]]
            good = told["responses"][codes[0]]
            # a redirect has no body: it sends the browser on
            typed = [kind["schema"] for kind in good.get("content", {}).values()]
            assert all(typed), path
            assert typed or codes == ["303"], path
            if path != "/healthz":
                assert told["responses"]["default"]["content"].keys() == {"application/problem+json"}, path
            if path not in OPEN_PATHS:
                assert told["x-least-role"], path


def test_every_reference_in_the_document_leads_somewhere() -> None:
    text = json.dumps(document())
    schemas = document()["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)


def test_a_generated_client_may_rely_on_every_field_of_an_answer() -> None:
    schemas = document()["components"]["schemas"]
    for name in ("Incident", "JournalEntry", "PlanView", "FiledAlert", "Problem"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name


async def test_a_page_is_told_what_is_not_well_without_an_error_that_its_browser_would_log() -> None:
    async with Stage().with_parts(health={"a": well, "b": ill}).client() as client:
        answer = await client.get("/readyz", params={"page": "true"})
    assert (answer.status_code, answer.json()["ready"]) == (200, False)
    assert answer.json()["checks"]["b"] == "the disk is full"
