"""Every write tool of the real server process, called without a grant, with another's, and with a used one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.components.mcp_processes import ServerProcess
from tests.components.mcp_serving import TOKEN, Signer
from tests.components.mcp_upstream.upstream import Upstream, says

ORDERS: dict[str, dict[str, Any]] = {
    "create_pull_request": {
        "title": "x",
        "head_branch": "sre-agent/x",
        "changes": [{"path": "a.txt", "content": "a"}],
    },
    "create_revert_pr": {"number": 1, "reason": "x"},
    "merge_pr": {"number": 1},
    "create_issue": {"title": "x"},
}


class Stage:
    def __init__(self, process: ServerProcess, signer: Signer, upstream: Upstream) -> None:
        self.process, self.signer, self.upstream = process, signer, upstream

    async def call(
        self, tool: str, arguments: dict[str, Any], meta: dict[str, str] | None = None
    ) -> dict[str, Any]:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as http,
            Client(streamable_http_client(self.process.url, http_client=http)) as client,
        ):
            result = await client.call_tool(tool, arguments, meta=meta)  # type: ignore[arg-type]
        assert result.structured_content is not None
        return result.structured_content

    async def refused(self, tool: str, arguments: dict[str, Any], meta: dict[str, str] | None = None) -> None:
        """Refused by the gate, before anything was asked of GitHub."""
        self.upstream.asked.clear()
        answer = await self.call(tool, arguments, meta)
        assert answer["error"]["code"] == "grant_refused"
        assert self.upstream.asked == []


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("github")
    signer = Signer("github@default")
    public = signer.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(public)
    with Upstream() as upstream:
        upstream.answer = says({"message": "broken"}, 500)
        process = ServerProcess(
            "mcp_servers.github",
            folder,
            GRANT_PUBLIC_KEY_FILE=str(folder / "public.pem"),
            GITHUB_API_URL=upstream.url,
            GITHUB_TOKEN="t",
            GITHUB_REPOSITORIES="o/r",
        ).start()
        yield Stage(process, signer, upstream)
        process.stop(signal.SIGKILL)


async def test_the_walk_knows_every_write_tool_of_the_server(stage: Stage) -> None:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as http,
        Client(streamable_http_client(stage.process.url, http_client=http)) as client,
    ):
        tools = (await client.list_tools()).tools
    writes = {tool.name for tool in tools if tool.annotations and not tool.annotations.read_only_hint}
    assert writes == set(ORDERS)
    assert {f"preview_{name}" for name in writes} <= {tool.name for tool in tools}


@pytest.mark.parametrize("tool", ORDERS)
async def test_a_write_without_its_own_fresh_grant_is_refused_before_github_is_asked(
    stage: Stage, tool: str
) -> None:
    order, signer = ORDERS[tool], stage.signer
    await stage.refused(tool, order)
    other = next(name for name in ORDERS if name != tool)
    await stage.refused(tool, order, signer.meta(signer.claims(other, order)))
    await stage.refused(tool, order, signer.meta(signer.claims(tool, {**order, "repository": "o/r"})))
    await stage.refused(tool, order, signer.meta(signer.claims(tool, order, aud="k8s@default")))
    await stage.refused(tool, order, signer.meta(signer.claims(tool, order, iat=1.0, exp=2.0)))
    stranger = Signer("github@default")
    await stage.refused(tool, order, stranger.meta(stranger.claims(tool, order)))


@pytest.mark.parametrize("tool", ORDERS)
async def test_a_grant_is_spent_even_where_github_failed(stage: Stage, tool: str) -> None:
    claims = stage.signer.claims(tool, ORDERS[tool])
    stage.upstream.asked.clear()
    answer = await stage.call(tool, ORDERS[tool], stage.signer.meta(claims))
    assert answer["error"]["code"] == "upstream_error"
    assert stage.upstream.asked
    await stage.refused(tool, ORDERS[tool], stage.signer.meta(claims))


@pytest.mark.parametrize("tool", ORDERS)
async def test_a_preview_needs_no_grant_and_sends_only_reads(stage: Stage, tool: str) -> None:
    stage.upstream.asked.clear()
    await stage.call(f"preview_{tool}", ORDERS[tool])
    assert {verb for verb, *_ in stage.upstream.asked} <= {"GET"}
