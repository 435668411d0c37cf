"""The journal over a WebSocket, for readers that cannot set headers on a stream.

The token comes in the `Authorization` header or in the first message, never in the address, where it would end up in
logs: `{"token": "…", "after": 17}`. Then come `{"type": "entry", "place": 18, "entry": {…}}` and, in quiet times,
`{"type": "alive"}`. Closed with 4400 (bad first message), 4401 (token), 4403 (role), 4404 (no such incident),
1001 (the platform stops, or the token is no longer good: connect again, `after` the last place).
"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from fastapi import APIRouter, WebSocket
from pydantic import Field, ValidationError
from starlette.websockets import WebSocketDisconnect

from sre_agent.api.callers import bearer, caller_with
from sre_agent.api.following import follow, journal_of
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import Form
from sre_agent.domain.ids import IncidentId
from sre_agent.errors import NotFound, Retryable

router = APIRouter()

_FIRST_MESSAGE_SECONDS: Final = 5
_LONGEST_MESSAGE: Final = 2000


class _Closed(NamedTuple):
    code: int
    reason: str


_BAD_MESSAGE: Final = _Closed(4400, 'the first message must be {"token": "…", "after": 0}')
_NO_TOKEN: Final = _Closed(4401, "the token is missing, unknown, expired or revoked")
_NO_ROLE: Final = _Closed(4403, "this token may not read journals")
_NO_INCIDENT: Final = _Closed(4404, "there is no such incident")
_GOING_AWAY: Final = _Closed(1001, "connect again, after the last place you have")


class _Hello(Form):
    token: str = ""
    after: int = Field(0, ge=0)


@router.websocket("/incidents/{incident_id}/ws", name="socket_incident")
async def socket_incident(socket: WebSocket, incident_id: IncidentId) -> None:
    """One incident's journal; places are the entries' `seq`."""
    await _serve(socket, incident_id)


@router.websocket("/ws", name="socket_all")
async def socket_all(socket: WebSocket) -> None:
    """The journals of all incidents; places are the entries' `position`."""
    await _serve(socket, None)


async def _serve(socket: WebSocket, incident_id: IncidentId | None) -> None:
    parts: ApiParts = socket.app.state.parts
    await socket.accept()
    try:
        closed = await _welcome(socket, parts, incident_id)
    except (WebSocketDisconnect, asyncio.CancelledError):
        return
    await socket.close(closed.code, closed.reason)


async def _welcome(socket: WebSocket, parts: ApiParts, incident_id: IncidentId | None) -> _Closed:
    hello = await _hello(socket)
    if hello is None:
        return _BAD_MESSAGE
    caller = await caller_with(hello.token, parts)
    if caller is None:
        parts.telemetry.callers_refused.labels("unknown token" if hello.token else "no token").inc()
        return _NO_TOKEN
    if not caller.may("stream_all"):
        return _NO_ROLE
    try:
        if incident_id is not None:
            await parts.archive.incident(incident_id)
    except NotFound:
        return _NO_INCIDENT
    return await _until_one_leaves(socket, parts, incident_id, hello)


async def _hello(socket: WebSocket) -> _Hello | None:
    """From the header and the address, or from the first message; None where neither makes sense."""
    token = bearer(socket.headers)
    try:
        if token:
            after = socket.query_params.get("after", "0")
            return _Hello(token=token, after=int(after))
        async with asyncio.timeout(_FIRST_MESSAGE_SECONDS):
            text = await socket.receive_text()
        return _Hello.model_validate_json(text) if len(text) <= _LONGEST_MESSAGE else None
    except (ValidationError, ValueError, KeyError, TimeoutError):
        return None


async def _until_one_leaves(
    socket: WebSocket, parts: ApiParts, incident_id: IncidentId | None, hello: _Hello
) -> _Closed:
    """Send until there is nothing more to send for, or the reader hangs up."""
    sending = asyncio.create_task(_send(socket, parts, incident_id, hello))
    leaving = asyncio.create_task(_hung_up(socket))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            raise WebSocketDisconnect
        return sending.result()
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send(socket: WebSocket, parts: ApiParts, incident_id: IncidentId | None, hello: _Hello) -> _Closed:
    journal = journal_of(parts, incident_id)
    with parts.telemetry.streams_open.labels("websocket").track_inprogress():
        try:
            async for entry in follow(journal, parts, after=hello.after, token=hello.token):
                if entry is None:
                    await socket.send_text('{"type":"alive"}')
                else:
                    place = journal.place(entry)
                    await socket.send_text(
                        f'{{"type":"entry","place":{place},"entry":{entry.model_dump_json()}}}'
                    )
        except Retryable:
            return _GOING_AWAY
    return _GOING_AWAY


async def _hung_up(socket: WebSocket) -> None:
    """Readers have nothing to say after the first message; whatever they send is let fall."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue
