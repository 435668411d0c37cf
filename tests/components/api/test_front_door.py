"""The front door with real sockets: early refusals, streams that resume, workers that live, and a clean end."""

from __future__ import annotations

import asyncio
import json
import socket

import httpx
import pytest
import websockets

from sre_agent.agent_runtime import Addresses, keep_alive, running, serve
from sre_agent.api.parts import Platform
from sre_agent.domain.law import Role
from sre_agent.errors import SettingError
from tests.components.api.served import house, stage_of_now
from tests.components.mcp_processes import free_port
from tests.unit.api.api_stage import Stage, token_of

VIEWER = {"Authorization": f"Bearer {token_of(Role.VIEWER)}"}


@pytest.fixture
def stage() -> Stage:
    return stage_of_now()


async def test_ten_megabytes_are_refused_on_their_announcement_alone(stage: Stage) -> None:
    async with house(stage) as at:
        reader, writer = await asyncio.open_connection(at.host, at.port)
        head = f"POST /webhook/alert HTTP/1.1\r\nHost: x\r\nAuthorization: {VIEWER['Authorization']}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n".encode())
        async with asyncio.timeout(1):
            assert b"413" in await reader.readline()
        writer.close()


async def test_a_client_that_sends_ten_megabytes_anyway_can_read_why_not(stage: Stage) -> None:
    async with house(stage) as at, httpx.AsyncClient(headers=VIEWER) as client:
        address = f"http://{at.host}:{at.port}/webhook/alert"
        answer = await client.post(
            address, content=b" " * 10_000_000, headers={"Content-Type": "application/json"}
        )
    assert answer.json()["type"] == "urn:sre-agent:problem:too-large"
    assert stage.store.state.alerts == {}


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        ("", "203.0.113.9", "127.0.0.1"),
        ("10.0.0.0/8", "203.0.113.9", "127.0.0.1"),
        ("127.0.0.1/32", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1/32,10.0.0.0/8", "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
    ],
    ids=["nobody is believed", "another proxy", "the proxy", "of a chain, whom the last proxy of ours saw"],
)
async def test_who_failed_to_sign_in_is_told_by_a_proxy_only_where_it_is_trusted(
    stage: Stage, proxies: str, told: str, address: str
) -> None:
    """Believed of everybody, the header would let each guess under a new address; of nobody, a proxy is one address."""
    async with house(stage, proxies=proxies) as at, httpx.AsyncClient() as client:
        for port in (at.port, at.page_port):
            url = f"http://{at.host}:{port}" + ("/api/v1/login" if port == at.port else "/enter")
            body = {"json": {"token": "sre_x"}} if port == at.port else {"data": {"token": "sre_x"}}
            await client.post(url, **body, headers={"X-Forwarded-For": told})  # type: ignore[arg-type]
    refused = [entry.detail for entry in stage.store.state.audit if entry.action == "session.refused"]
    assert len(refused) == 2, "one at each door"
    assert all(detail.startswith(f"from {address}") for detail in refused), refused


async def lines(client: httpx.AsyncClient, address: str, count: int, **headers: str) -> list[tuple[str, str]]:
    """(id, text) of so many events."""
    found: list[tuple[str, str]] = []
    place = ""
    async with asyncio.timeout(5), client.stream("GET", address, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                place = line.removeprefix("id: ")
            if line.startswith("data: "):
                found.append((place, json.loads(line.removeprefix("data: "))["text"]))
            if len(found) == count:
                break
    return found


async def test_a_reader_that_comes_back_goes_on_where_it_was(stage: Stage) -> None:
    incident = await stage.incident()
    await stage.write(incident.id, "one", "two\nlines", "three")
    async with house(stage) as at, httpx.AsyncClient(headers=VIEWER) as client:
        address = f"http://{at.host}:{at.port}/api/v1/incidents/{incident.id}/stream"
        first = await lines(client, address, 2)
        rest = asyncio.create_task(lines(client, f"{address}?after=0", 2, **{"Last-Event-ID": first[-1][0]}))
        await asyncio.sleep(0.05)
        await stage.write(incident.id, "four")
        assert first == [("1", "one"), ("2", "two\nlines")]
        assert await rest == [("3", "three"), ("4", "four")]
        wrong = await client.get(address, headers={"Last-Event-ID": "last"})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "Last-Event-ID")


async def test_streams_have_doors_too(stage: Stage) -> None:
    incident = await stage.incident()
    async with house(stage) as at, httpx.AsyncClient() as client:
        for path in ("stream", f"incidents/{incident.id}/stream"):
            assert (await client.get(f"http://{at.host}:{at.port}/api/v1/{path}")).status_code == 401


async def test_a_socket_takes_its_token_in_the_first_message_or_the_header(stage: Stage) -> None:
    incident = await stage.incident()
    await stage.write(incident.id, "one", "two")
    async with house(stage) as at:
        address = f"ws://{at.host}:{at.port}/api/v1/incidents/{incident.id}/ws"
        async with websockets.connect(address) as spoken:
            await spoken.send(json.dumps({"token": token_of(Role.VIEWER), "after": 1}))
            told = json.loads(await spoken.recv())
            assert (told["type"], told["place"], told["entry"]["text"]) == ("entry", 2, "two")
            await stage.write(incident.id, "three")
            assert json.loads(await spoken.recv())["entry"]["text"] == "three"
        async with websockets.connect(f"{address}?after=2", additional_headers=VIEWER) as headed:
            assert json.loads(await headed.recv())["entry"]["text"] == "three"


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("hello", 4400),
        ('{"token": 7}', 4400),
        ('{"token": "x", "after": -1}', 4400),
        ('{"token": "x", "more": 1}', 4400),
        ("x" * 3000, 4400),
        (b"\x00", 4400),
        ("{}", 4401),
        ('{"token": "nonsense"}', 4401),
        (json.dumps({"token": "webhook-token-of-at-least-32-characters"}), 4403),
        (json.dumps({"token": token_of(Role.VIEWER)}), 4404),
    ],
)
async def test_a_socket_that_says_the_wrong_thing_is_told_why(
    stage: Stage, first: str | bytes, code: int
) -> None:
    async with house(stage) as at:
        socket = await websockets.connect(f"ws://{at.host}:{at.port}/api/v1/incidents/inc_none/ws")
        await socket.send(first)
        with pytest.raises(websockets.ConnectionClosed):
            async with asyncio.timeout(5):
                await socket.recv()
        assert socket.close_code == code


async def test_a_token_in_a_sockets_address_is_no_token(stage: Stage) -> None:
    async with house(stage) as at:
        address = f"ws://{at.host}:{at.port}/api/v1/ws?token={token_of(Role.VIEWER)}"
        async with websockets.connect(address) as socket:
            await socket.send("{}")
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 4401


async def test_open_streams_do_not_hold_up_the_end(stage: Stage) -> None:
    incident = await stage.incident()
    async with httpx.AsyncClient(headers=VIEWER) as client:
        async with house(stage) as at:
            address = f"http://{at.host}:{at.port}/api/v1/incidents/{incident.id}/stream"
            stream = client.stream("GET", address)
            answer = await stream.__aenter__()
            socket = await websockets.connect(
                f"ws://{at.host}:{at.port}/api/v1/ws", additional_headers=VIEWER
            )
            began = stage.clock.elapsed()
        assert (stage.clock.elapsed() - began).total_seconds() < 3
        await answer.aread()
        await stream.__aexit__(None, None, None)
        await socket.close()


async def test_a_port_that_is_taken_stops_the_start_by_its_settings_name(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"AGENT_PORT is {port}"):
            await serve(Platform(parts=stage.parts), Addresses(port=port))
        with pytest.raises(SettingError, match=rf"DASHBOARD_PORT is {port}"):
            await serve(Platform(parts=stage.parts), Addresses(port=free_port(), page_port=port))


async def test_a_worker_that_dies_is_started_again_and_counted() -> None:
    stage, lives = Stage(), []

    async def worker() -> None:
        lives.append(stage.clock.elapsed())
        if len(lives) < 4:
            raise RuntimeError("again")

    await keep_alive("runner", worker, stage.parts)
    assert [each.total_seconds() for each in lives] == [0, 1, 3, 7]
    assert (
        'sre_agent_worker_restarts_total{worker="runner"} 3.0' in stage.parts.telemetry.exposition().decode()
    )


async def test_workers_end_before_what_they_stand_on() -> None:
    order: list[str] = []

    async def worker() -> None:
        order.append("work")
        try:
            await asyncio.Event().wait()
        finally:
            order.append("worker ends")

    async def start() -> None:
        order.append("start")

    async def close() -> None:
        order.append("close")

    platform = Platform(parts=Stage().parts, workers={"one": worker}, start=start, close=close)
    async with running(platform):
        await asyncio.sleep(0)
    assert order == ["start", "work", "worker ends", "close"]
    assert platform.parts.stopping.is_set()
