"""Each tool server as a process over a system that is well, ill, absent or hostile: what its tools then say."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.components.mcp_processes import ServerProcess
from tests.components.mcp_serving import TOKEN
from tests.components.mcp_upstream.upstream import Upstream, hangs_up, never_ends, says, talks_nonsense

SECRET = "upstream-secret-token-0123456789"


@dataclass(frozen=True)
class Case:
    """One server: how it is pointed at a system, one call that reaches it, and a good answer to that."""

    name: str
    url: str
    token: str
    tool: str
    arguments: dict[str, Any]
    good: Any
    others: tuple[tuple[str, str], ...] = ()
    secret_in_file: bool = False

    def environment(self, url: str, folder: Path) -> dict[str, str]:
        given = {self.url: url, **dict(self.others)}
        if not self.secret_in_file:
            return {**given, self.token: SECRET}
        (folder / "token").write_text(SECRET)
        return {**given, self.token: str(folder / "token")}


_DAY = {"start": "2026-01-31T08:00:00Z", "end": "2026-01-31T09:00:00Z"}
CASES = (
    Case(
        "prometheus",
        "PROMETHEUS_URL",
        "PROMETHEUS_TOKEN_FILE",
        "query",
        {"promql": "up"},
        {"status": "success", "data": {"resultType": "vector", "result": []}},
        secret_in_file=True,
    ),
    Case(
        "loki",
        "LOKI_URL",
        "LOKI_TOKEN_FILE",
        "query_logs",
        {"logql": '{app="a"}', **_DAY},
        {"status": "success", "data": {"resultType": "streams", "result": []}},
        secret_in_file=True,
    ),
    Case(
        "github",
        "GITHUB_API_URL",
        "GITHUB_TOKEN",
        "get_diff",
        {"base": "a", "head": "b"},
        {"files": [], "commits": []},
        (("GITHUB_REPOSITORIES", "o/r"),),
    ),
    Case(
        "notion",
        "NOTION_BASE_URL",
        "NOTION_API_KEY",
        "list_runbooks",
        {},
        {"data_sources": [{"id": "s"}], "results": [], "has_more": False},
        (("NOTION_RUNBOOK_DATABASE_ID", "d" * 32),),
    ),
)


class Running:
    def __init__(self, case: Case, process: ServerProcess, upstream: Upstream) -> None:
        self.case, self.process, self.upstream = case, process, upstream

    async def asked(self) -> dict[str, Any]:
        """The structured answer of the case's call, error or not."""
        async with client_of(self.process) as client:
            result = await client.call_tool(self.case.tool, self.case.arguments)
        assert result.structured_content is not None
        return result.structured_content

    async def error(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.asked())["error"]
        return found


@asynccontextmanager
async def client_of(server: ServerProcess) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(server.url, http_client=http)) as client,
    ):
        yield client


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    case: Case = request.param
    folder = tmp_path_factory.mktemp(case.name)
    with Upstream() as upstream:
        environment = case.environment(upstream.url, folder)
        process = ServerProcess(f"mcp_servers.{case.name}", folder, **environment).start()
        yield Running(case, process, upstream)
        _, output = process.stop()
        assert SECRET not in output


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with nothing set but what every server needs."""
    process = ServerProcess(f"mcp_servers.{request.param.name}", tmp_path)
    yield process
    process.stop(signal.SIGKILL)


async def test_a_system_that_is_ill_is_told_by_its_status_and_what_to_try(running: Running) -> None:
    for status, code in (
        (500, "upstream_error"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
    ):
        running.upstream.answer = says({"message": f"so it is: {SECRET}", "error": "so it is"}, status)
        error = await running.error()
        assert error["code"] == code, error
        assert error["try_next"]
        assert SECRET not in str(error)
    running.upstream.answer = says({"message": "bad token", "error": "bad token"}, 401)
    error = await running.error()
    assert running.case.token in error["try_next"]
    assert not error["retryable"]


async def test_a_rate_limit_says_when_to_come_back(running: Running) -> None:
    running.upstream.answer = says(
        {"message": "rate limit exceeded", "error": "rate limit"}, 429, Retry_After="7"
    )
    error = await running.error()
    assert (error["code"], error["retryable"]) == ("unavailable", True)
    assert "in 7 s" in error["try_next"]


async def test_an_answer_that_never_ends_is_cut_off(running: Running) -> None:
    running.upstream.answer = never_ends
    assert (await running.error())["code"] == "too_large"


async def test_nonsense_is_told_as_such_and_names_the_address(running: Running) -> None:
    for answer in (
        talks_nonsense,
        says([1, 2]),
        says("text"),
        says({"data": 7, "results": 7, "data_sources": 7}),
    ):
        running.upstream.answer = answer
        error = await running.error()
        assert error["code"] == "upstream_error", error
        assert running.case.url in error["try_next"]


async def test_a_connection_cut_in_the_middle_is_an_outage(running: Running) -> None:
    running.upstream.answer = hangs_up
    error = await running.error()
    assert (error["code"], error["retryable"]) == ("unavailable", True)


async def test_after_all_that_a_good_answer_is_a_good_answer_and_carries_the_systems_own_token(
    running: Running,
) -> None:
    running.upstream.answer = says(running.case.good)
    running.upstream.asked.clear()
    assert "error" not in await running.asked()
    headers = [{name.lower(): value for name, value in one[2].items()} for one in running.upstream.asked]
    assert all(SECRET in one["authorization"] for one in headers)
    assert TOKEN not in str(running.upstream.asked)


def test_only_the_bearer_is_let_in_and_only_under_the_right_host(running: Running) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    given = {"Accept": "application/json, text/event-stream"}
    bearer = {**given, "Authorization": f"Bearer {TOKEN}"}
    for headers, status in (
        (given, 401),
        ({**given, "Authorization": f"Bearer {SECRET}"}, 401),
        ({**bearer, "Host": "evil.example"}, 421),
        ({**bearer, "Origin": "http://evil.example"}, 403),
    ):
        answer = httpx.post(running.process.url, json=body, headers=headers, trust_env=False)
        assert answer.status_code == status


async def test_arguments_beyond_their_limits_are_refused_before_anything_is_asked(running: Running) -> None:
    running.upstream.asked.clear()
    wrong = {**running.case.arguments, "limit": 10**9, "nonsense": "x"}
    async with client_of(running.process) as client:
        result = await client.call_tool(running.case.tool, wrong)
    assert result.structured_content is not None
    assert result.structured_content["error"]["code"] == "invalid_argument"
    assert running.upstream.asked == []


async def test_every_tool_tells_what_it_takes_gives_and_does(running: Running) -> None:
    async with client_of(running.process) as client:
        tools = (await client.list_tools()).tools
    for tool in tools:
        assert tool.description
        assert tool.output_schema
        assert tool.annotations is not None
        writes = running.case.name == "github" and tool.name in WRITES
        assert tool.annotations.read_only_hint is not writes


WRITES = {"create_pull_request", "create_revert_pr", "merge_pr", "create_issue"}


async def test_a_server_whose_system_is_not_set_up_starts_and_names_the_variable(
    alone: ServerProcess,
) -> None:
    case = next(one for one in CASES if alone.module.endswith(one.name))
    alone.start()
    async with client_of(alone) as client:
        result = await client.call_tool(case.tool, case.arguments)
    assert result.structured_content is not None
    error = result.structured_content["error"]
    assert error["code"] == "not_configured"
    named = {
        "prometheus": "PROMETHEUS_URL",
        "loki": "LOKI_URL",
        "github": "GITHUB_",
        "notion": "NOTION_API_KEY",
    }
    assert named[case.name] in error["try_next"]
