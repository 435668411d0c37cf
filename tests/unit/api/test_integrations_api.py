"""Connections are tried by a real call, and whatever comes of it is an answer that says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_stage import Stage

from sre_agent.api.probes import PROBES, failed
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.law import Role
from sre_agent.domain.plan import Call
from sre_agent.errors import (
    SreAgentError,
    ToolFailed,
    ToolNotAllowed,
    ToolNotConfigured,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.ports.toolbox import ToolAnswer
from sre_agent.testing.model import ScriptedModel

ANSWERS: dict[str, JsonObject] = {
    "cluster": {"cluster": "east", "version": "v1.34.1", "namespaces": ["a", "b"], "identity": "reader"},
    "prometheus": {"targets": [{"health": "up"}, {"health": "down"}]},
    "alertmanager": {"silences": [{}]},
    "loki": {"labels": ["app", "pod", "namespace"], "truncated": True},
    "github": {"merges": []},
    "runbooks": {"pages": [{}, {}]},
}
SAID = {
    "cluster": "Cluster east (v1.34.1) answers; 2 namespaces can be seen, as reader.",
    "prometheus": "Prometheus answers; 1 of 2 targets can be scraped.",
    "alertmanager": "Alertmanager answers; it holds 1 silence.",
    "loki": "Loki answers; its streams carry at least 3 labels.",
    "github": "GitHub answers; 0 merges in the last day.",
    "runbooks": "The runbooks answer; 2 pages can be read.",
}


def stage(answer: JsonObject | SreAgentError) -> tuple[Stage, list[tuple[Call, timedelta]]]:
    asked: list[tuple[Call, timedelta]] = []
    made = Stage()

    async def probe(call: Call, limit: timedelta) -> ToolAnswer:
        asked.append((call, limit))
        await made.clock.sleep(timedelta(milliseconds=40))
        if isinstance(answer, SreAgentError):
            raise answer
        return ToolAnswer(content=answer, taken_at=made.clock.now(), took=timedelta())

    return made.with_parts(probe=probe), asked


async def test_every_integration_says_what_it_gives_and_how_it_is() -> None:
    async with Stage().client() as client:
        found = (await client.get("/api/v1/integrations")).json()
    states = {each["name"]: each["state"] for each in found["items"]}
    assert states == {
        "cluster": "up",
        "prometheus": "down",
        "alertmanager": "down",
        "loki": "not_set_up",
        "github": "down",
        "runbooks": "down",
        "model": "not_set_up",
    }
    assert all(each["gives"] and each["tool"] for each in found["items"])


@pytest.mark.parametrize("name", PROBES)
async def test_a_try_is_one_bounded_read_and_its_answer_becomes_a_sentence(name: str) -> None:
    made, asked = stage(ANSWERS[name])
    async with made.client(Role.RESPONDER) as client:
        answer = await client.post(f"/api/v1/integrations/{name}/test")
    told = answer.json()
    assert (told["ok"], told["sentence"], told["try_next"]) == (True, SAID[name], "")
    assert told["milliseconds"] >= 0
    assert [limit for _, limit in asked] == [timedelta(seconds=10)]


@pytest.mark.parametrize("name", PROBES)
def test_an_answer_of_the_wrong_shape_is_counted_as_nothing_and_never_breaks(name: str) -> None:
    for odd in ({}, {"targets": "x", "namespaces": 3, "labels": None}, {"targets": [1, None]}):
        assert PROBES[name].says(odd).endswith(".")


@pytest.mark.parametrize(
    ("wrong", "next_words"),
    [
        (ToolUnavailable("loki: cannot be reached"), "MCP_LOKI_URL"),
        (ToolTimeout("loki.labels did not answer within 10 s"), "slow"),
        (ToolNotConfigured("no loki tool server is set up here"), "Set MCP_LOKI_URL"),
        (ToolNotAllowed("not on the belt"), "agent_config.yaml"),
        (ToolFailed("loki: 401", code="unauthorized"), "credentials"),
    ],
)
async def test_a_failure_is_an_answer_that_says_where_to_look(wrong: SreAgentError, next_words: str) -> None:
    made, _ = stage(wrong)
    async with made.client(Role.RESPONDER) as client:
        answer = await client.post("/api/v1/integrations/loki/test")
    assert (answer.status_code, answer.json()["ok"]) == (200, False)
    assert next_words in answer.json()["try_next"]
    assert failed(PROBES["loki"], wrong).sentence.endswith(".")


async def test_a_viewer_tries_nothing_and_an_unknown_name_is_told_the_known_ones() -> None:
    made, asked = stage({})
    async with made.client(Role.VIEWER) as client:
        assert (await client.post("/api/v1/integrations/loki/test")).status_code == 403
    async with made.client(Role.RESPONDER) as client:
        answer = await client.post("/api/v1/integrations/nope/test")
    assert answer.status_code == 404
    assert "prometheus" in answer.json()["detail"]
    assert asked == []


async def test_without_a_runner_a_try_says_so() -> None:
    async with Stage().client(Role.RESPONDER) as client:
        told = (await client.post("/api/v1/integrations/github/test")).json()
    assert not told["ok"]
    assert "call a tool server" in told["sentence"]


@pytest.mark.promise("HELP-1")
async def test_a_language_model_that_does_not_answer_is_off_and_says_how_to_turn_it_on() -> None:
    async with Stage().with_parts(model=ScriptedModel(on=False)).client(Role.RESPONDER) as client:
        row = (await client.get("/api/v1/integrations")).json()["items"][-1]
        told = (await client.post("/api/v1/integrations/model/test")).json()
    assert (row["name"], row["state"]) == ("model", "not_set_up")
    assert row["error"] == "Off: scripted/small could not be reached. To turn it on: start it"
    assert (told["ok"], told["try_next"]) == (False, "start it")


async def test_one_that_answers_is_tried_by_a_real_answer() -> None:
    async with Stage().with_parts(model=ScriptedModel("{}")).client(Role.RESPONDER) as client:
        row = (await client.get("/api/v1/integrations")).json()["items"][-1]
        told = (await client.post("/api/v1/integrations/model/test")).json()
    assert (row["title"], row["state"], row["error"]) == ("Language model (scripted/small)", "up", "")
    assert (told["ok"], told["sentence"].startswith("scripted/small answers")) == (True, True)


@pytest.mark.parametrize(
    ("wrong", "next_words"),
    [(ToolTimeout("late"), "try again in a moment"), (ToolUnavailable("400"), "loaded")],
)
async def test_one_that_is_there_and_does_not_answer_is_told_as_that(
    wrong: SreAgentError, next_words: str
) -> None:
    async with Stage().with_parts(model=ScriptedModel(wrong)).client(Role.RESPONDER) as client:
        told = (await client.post("/api/v1/integrations/model/test")).json()
    assert not told["ok"]
    assert next_words in told["try_next"]


async def test_where_no_model_is_wanted_the_row_says_which_setting_says_so() -> None:
    async with Stage().client() as client:
        row = (await client.get("/api/v1/integrations")).json()["items"][-1]
    assert "LLM_PROVIDER is none" in row["error"]
