"""A tool server as a process: who may speak to it, how it starts and stops, and what a kill leaves behind."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from tests.components.mcp_processes import ServerProcess
from tests.components.mcp_serving import TOKEN, Signer

DEMO = "tests.components.mcp_demo_server"


@pytest.fixture
def signer() -> Signer:
    return Signer("demo@default")


@pytest.fixture
def server(tmp_path: Path, signer: Signer) -> Iterator[ServerProcess]:
    public = signer.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    process = ServerProcess(DEMO, tmp_path, GRANT_PUBLIC_KEY_FILE=str(tmp_path / "public.pem"))
    yield process
    process.stop(signal.SIGKILL)


@asynccontextmanager
async def client_of(server: ServerProcess) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as http,
        Client(streamable_http_client(server.url, http_client=http)) as client,
    ):
        yield client


def post(server: ServerProcess, **headers: str) -> int:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    given = {"Accept": "application/json, text/event-stream"} | headers
    return httpx.post(server.url, json=body, headers=given, trust_env=False).status_code


def test_only_the_holder_of_the_token_is_let_in_and_only_liveness_is_open(server: ServerProcess) -> None:
    server.start()
    assert httpx.get(f"http://127.0.0.1:{server.port}/healthz", trust_env=False).json() == {"status": "ok"}
    assert post(server) == 401
    assert post(server, Authorization="Bearer " + "wrong" * 10) == 401
    assert post(server, Authorization=f"Basic {TOKEN}") == 401
    assert httpx.get(server.url, trust_env=False).status_code == 401
    for path in ("/", "/docs", "/openapi.json", "/metrics", "/.well-known/oauth-protected-resource"):
        assert httpx.get(f"http://127.0.0.1:{server.port}{path}", trust_env=False).status_code == 404


def test_a_foreign_host_or_a_foreign_origin_is_turned_away(server: ServerProcess) -> None:
    server.start()
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert post(server, Host="evil.example", **bearer) == 421
    assert post(server, Host=f"localhost:{server.port}", **bearer) == 421
    assert post(server, Origin="http://evil.example", **bearer) == 403
    assert post(server, Origin=f"http://127.0.0.1:{server.port + 1}", **bearer) == 403
    assert post(server, Origin="null", **bearer) == 403
    assert post(server, Origin=f"http://127.0.0.1:{server.port}") == 401
    assert post(server, Origin=f"http://127.0.0.1:{server.port}", **bearer) == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("MCP_PORT", ""), ("MCP_TOKEN", "short"), ("GRANT_STORE", ""), ("GRANT_PUBLIC_KEY_FILE", "/nowhere")],
)
def test_a_wrong_setting_stops_the_start_in_one_sentence_that_names_it(
    server: ServerProcess, name: str, value: str
) -> None:
    process = server.spawn(**{name: value})
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 2
    assert name in complaint
    assert len(complaint.strip().splitlines()) == 1


def test_a_taken_port_stops_the_start_in_one_sentence(server: ServerProcess) -> None:
    with socket.create_server(("127.0.0.1", server.port)):
        process = server.spawn()
        _, complaint = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "MCP_PORT" in complaint


def test_a_store_that_cannot_be_made_stops_the_start(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = server.spawn(GRANT_STORE=str(tmp_path / "file" / "grants.db"))
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "grants.db" in complaint


async def test_a_stop_that_was_asked_for_ends_with_zero_and_logs_are_json_lines(
    server: ServerProcess,
) -> None:
    server.start()
    async with client_of(server) as client:
        await client.call_tool("look", {"what": "hall"})
    code, output = server.stop()
    assert code == 0
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["event"] for line in lines] == ["listening", "call"]
    assert TOKEN not in output


async def test_grant_and_key_travel_beside_the_arguments_and_a_session_can_be_of_the_older_protocol(
    server: ServerProcess, signer: Signer
) -> None:
    server.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for mode in ("auto", "legacy"):
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(server.url, http_client=http), mode=mode) as client,
        ):
            result = await changed(client, signer)
            assert result.structured_content is not None
            assert result.structured_content["changed"] is True


async def changed(client: Client, signer: Signer, **claims: Any) -> CallToolResult:
    given = signer.claims("change", {"value": "green"}, **claims)
    return await client.call_tool("change", {"value": "green"}, meta=signer.meta(given))  # type: ignore[arg-type]


@pytest.mark.promise("ACT-2")
async def test_a_kill_between_burning_and_writing_leaves_the_grant_burnt(
    server: ServerProcess, signer: Signer
) -> None:
    server.start(DEMO_DIES="yes")
    claims = signer.claims("change", {"value": "green"}, exp=time.time() + 60)
    with pytest.raises(Exception):  # noqa: B017, PT011 - however the client's session breaks
        async with client_of(server) as client:
            await client.call_tool("change", {"value": "green"}, meta=signer.meta(claims))  # type: ignore[arg-type]
    assert server.stop()[0] == -signal.SIGKILL

    server.start()
    async with client_of(server) as client:
        again = await client.call_tool("change", {"value": "green"}, meta=signer.meta(claims))  # type: ignore[arg-type]
        assert again.is_error
        assert again.structured_content["error"]["code"] == "grant_refused"
        assert "used" in again.structured_content["error"]["message"]
        other = await changed(client, signer, key=claims.key)
        assert other.structured_content["error"]["code"] == "unavailable"
        ask = {"tool": "change", "arguments": {"value": "green"}, "key": claims.key}
        state = await client.call_tool("step_state", ask)
        assert state.structured_content["state"] == "unknown"
