"""Requests that no honest client sends, byte by byte over real sockets: none opens a door, and none fills the memory."""

from __future__ import annotations

import asyncio
import json

import pytest
import websockets

from mcp_servers.kit.doors import MOST_BYTES
from sre_agent.agent_runtime import Addresses
from sre_agent.api.origin import COOKIE
from sre_agent.domain.law import Role
from tests.components.api.served import house, stage_of_now
from tests.unit.api.api_stage import Stage, token_of

HOST = "Host: agent\r\n"
KNOWN = f"Authorization: Bearer {token_of(Role.ADMIN)}\r\n"
STRANGE = "Authorization: Bearer nobody-knows-this-token-at-all\r\n"
CLOSE = "Connection: close\r\n\r\n"
ME = f"GET /api/v1/me HTTP/1.1\r\n{HOST}"
POST = f"POST /api/v1/questions HTTP/1.1\r\n{HOST}{KNOWN}Content-Type: application/json\r\n"

HOSTILE = {
    "two tokens, the good one first": (f"{ME}{KNOWN}{STRANGE}{CLOSE}", [400]),
    "two tokens, the good one last": (f"{ME}{STRANGE}{KNOWN}{CLOSE}", [400]),
    "two hosts": (f"{ME}Host: evil\r\n{KNOWN}{CLOSE}", [400]),
    "two kinds of body": (f"{POST}Content-Type: text/plain\r\nContent-Length: 2\r\n{CLOSE}{{}}", [400]),
    "two lengths": (f"{POST}Content-Length: 2\r\nContent-Length: 3\r\n{CLOSE}{{}}x", [400]),
    "a length and chunks": (
        f"{POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{ME}{KNOWN}{CLOSE}",
        [400],
    ),
    "chunks of another name": (f"{POST}Transfer-Encoding: xchunked\r\n{CLOSE}0\r\n\r\n", [400]),
    "a header on two lines": (f"{ME}X: a\r\n b\r\n{KNOWN}{CLOSE}", [400]),
    "a space before the colon": (f"{ME}Authorization : Bearer x\r\n{CLOSE}", [400]),
    "lines without a return": (f"{ME}{KNOWN}{CLOSE}".replace("\r", ""), [400]),
    "another kind of body": (
        f"{POST}Content-Length: 2\r\n{CLOSE}{{}}".replace("application/json", "text/plain"),
        [415],
    ),
    "a method within a header": (
        f"{ME}X-HTTP-Method-Override: DELETE\r\n{KNOWN}{CLOSE}".replace("GET", "POST", 1),
        [405],
    ),
    "an echo of what was sent": (f"{ME}{KNOWN}{CLOSE}".replace("GET", "TRACE", 1), [405]),
    "the token of the request before": (f"{ME}{KNOWN}\r\n{ME}{CLOSE}", [200, 401]),
    "a caller who says to be at home": (
        f"{ME}X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: ::1\r\n{CLOSE}",
        [401],
    ),
    "another path within a header": (
        f"GET /healthz HTTP/1.1\r\n{HOST}X-Original-URL: /api/v1/me\r\nX-Rewrite-URL: /api/v1/me\r\n{CLOSE}",
        [200],
    ),
    "another page that asks first": (
        f"OPTIONS /api/v1/incidents HTTP/1.1\r\n{HOST}Origin: https://evil\r\n"
        f"Access-Control-Request-Method: GET\r\n{CLOSE}",
        [401],
    ),
}

PATHS = (
    "/api/v1/login/../me",
    "/api/v1/login/%2e%2e/me",
    "/api/v1/login%2f..%2fme",
    "/healthz/%2e%2e/api/v1/me",
    "/healthz;/../api/v1/me",
    "/healthz%00/api/v1/me",
    "//api/v1/me",
    "/api/v1//me",
    "/API/v1/me",
    "/api/v1/me/",
    "/docs/../api/v1/me",
    "/api/v1/incidents/%00",
    "/api/v1/incidents/%ff%fe",
    "/api/v1/incidents/x%0d%0aX-Evil:%201",
    f"/api/v1/incidents/{'a' * 50_000}",
)


@pytest.fixture
def stage() -> Stage:
    return stage_of_now()


async def said(at: Addresses, request: str) -> bytes:
    """Everything that is answered until the connection ends."""
    reader, writer = await asyncio.open_connection(at.host, at.port)
    writer.write(request.encode("latin-1"))
    async with asyncio.timeout(5):
        whole = await reader.read()
    writer.close()
    return whole


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


async def test_no_trick_with_headers_opens_a_door(stage: Stage) -> None:
    async with house(stage) as at:
        answers = {name: await said(at, request) for name, (request, _) in HOSTILE.items()}
    assert {name: statuses(answer) for name, answer in answers.items()} == {
        name: wanted for name, (_, wanted) in HOSTILE.items()
    }
    assert [name for name, answer in answers.items() if b"access-control" in answer.lower()] == []
    assert b'"name"' not in answers["another path within a header"]


async def test_no_spelling_of_a_path_goes_round_the_gate_or_breaks_it(stage: Stage) -> None:
    async with house(stage) as at:
        strangers = {p: statuses(await said(at, f"GET {p} HTTP/1.1\r\n{HOST}{CLOSE}")) for p in PATHS}
        known = {p: await said(at, f"GET {p} HTTP/1.1\r\n{HOST}{KNOWN}{CLOSE}") for p in PATHS}
    assert {path[:60]: got for path, got in strangers.items() if got != [401]} == {}
    assert {path[:60]: statuses(got) for path, got in known.items() if statuses(got) != [404]} == {}
    assert [path for path, got in known.items() if b"\r\nX-Evil" in got] == []


@pytest.mark.parametrize(
    "beginning",
    [
        "GET /healthz HTTP/1.1\r\nX: ",
        "GET /",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n2;",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nX: ",
    ],
    ids=["a header", "a path", "a chunk's extension", "a trailer"],
)
async def test_what_has_no_end_is_cut_off_before_anybody_is_known(stage: Stage, beginning: str) -> None:
    sent = 0
    async with house(stage) as at:
        _, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(beginning.encode())
        async with asyncio.timeout(10):
            try:
                while sent < 100 * MOST_BYTES:
                    writer.write(b"a" * MOST_BYTES)
                    await writer.drain()
                    sent += MOST_BYTES
            except ConnectionError:
                pass
        writer.close()
    assert sent < 100 * MOST_BYTES


async def test_a_long_body_after_a_short_head_is_nothing_of_that_kind(stage: Stage) -> None:
    body = json.dumps({"alerts": "x" * 3 * MOST_BYTES})
    request = f"{POST}Content-Length: {len(body)}\r\n{CLOSE}".replace("/api/v1/questions", "/webhook/alert")
    async with house(stage) as at:
        reader, writer = await asyncio.open_connection(at.host, at.port)
        for part in (request, body[:MOST_BYTES], body[MOST_BYTES:]):
            writer.write(part.encode())
            await writer.drain()
        async with asyncio.timeout(5):
            assert b" 422 " in await reader.readline()
        writer.close()


async def test_a_page_of_another_site_cannot_follow_a_journal_with_the_cookie_of_whoever_looks_at_it(
    stage: Stage,
) -> None:
    async with house(stage) as at:
        session = await stage.parts.accounts.open_session(
            token_of(Role.ADMIN), until=stage.clock.now().replace(year=2099)
        )
        assert session is not None
        cookie = {"Cookie": f"{COOKIE}={session.value}", "Origin": "https://evil"}
        async with websockets.connect(
            f"ws://{at.host}:{at.port}/api/v1/ws", additional_headers=cookie
        ) as socket:
            await socket.send("{}")
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 4401
