"""Who speaks slowly, or not at all, holds no door: connections are bounded in time and in number, at the door that agent and tool servers share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
import websockets

from mcp_servers.kit import doors
from tests.components.api.served import house, stage_of_now
from tests.components.mcp_processes import free_port

HOST = "Host: a\r\n"
OF_HEAD = ["", "G", f"GET / HTTP/1.1\r\n{HOST}X: ", "\r\n"]
OF_BODY = [
    f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\n{{",
    f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n",
]
SOON = 5.0


async def echo(scope: Any, receive: Any, send: Any) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(doors, "BODY_SECONDS", 0.2)


class SmallDoor(doors.BoundedHeads):
    most_connections = 5


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[int]:
    config = uvicorn.Config(
        echo, port=free_port(), http=SmallDoor, lifespan="off", log_config=None, ws="none"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # without its handlers of signals
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield config.port
    server.should_exit = True
    await serving


async def hung_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, byte: bytes) -> bytes:
    """What is answered before the end, sending a byte now and then until it comes."""

    async def drip() -> None:
        with contextlib.suppress(OSError):
            while byte:
                writer.write(byte)
                await writer.drain()
                await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    try:
        async with asyncio.timeout(SOON):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        dripping.cancel()
        writer.close()


@pytest.mark.promise("KEEP-13")
async def test_a_request_that_never_ends_is_hung_up_on_in_time() -> None:
    async with served() as port:
        for beginning, drop in [(each, b"a") for each in OF_HEAD[1:3] + OF_BODY[:1]] + [
            ("", b""),
            ("\r\n", b"\r\n"),
            (OF_BODY[1], b"1\r\na\r\n"),
        ]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(beginning.encode())
            answer = await hung_up(reader, writer, drop)
            assert b" 200 " not in answer, beginning


@pytest.mark.promise("KEEP-13")
async def test_a_connection_that_was_only_opened_is_closed_without_a_word() -> None:
    """An answer to nothing would be read as the answer to what is sent next: Alertmanager does not repeat after a 408."""
    async with served() as port:
        assert await hung_up(*await asyncio.open_connection("127.0.0.1", port), b"") == b""


@pytest.mark.promise("KEEP-13")
async def test_after_a_good_request_the_next_has_to_come_in_time_too() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET / HTTP/1.1\r\n{HOST}\r\n".encode())
        assert b" 200 " in await reader.readline()
        writer.write(b"GET / HT")
        assert b" 200 " not in await hung_up(reader, writer, b"x")


@pytest.mark.promise("KEEP-13")
async def test_the_one_that_waited_longest_makes_room_for_the_next_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doors, "HEAD_SECONDS", 30.0)
    async with served() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET / HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
        async with asyncio.timeout(SOON):
            assert b" 200 " in await reader.read()
            with contextlib.suppress(ConnectionResetError):
                assert b" 200 " not in await held[0][0].read()
        for _, each in [*held, (reader, writer)]:
            each.close()


async def test_answers_that_take_long_and_sockets_that_are_quiet_are_left_alone() -> None:
    stage = stage_of_now()
    async with house(stage) as at, websockets.connect(f"ws://{at.host}:{at.port}/api/v1/ws") as socket:
        await asyncio.sleep(0.5)
        await socket.send("{}")
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4401
