"""The journal as server-sent events; a reader that lost its connection goes on where it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from sre_agent.api.callers import GuardedRoute, Parts, bearer, session_in
from sre_agent.api.following import Journal, follow, journal_of
from sre_agent.api.parts import ApiParts
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalEntry
from sre_agent.errors import BadInput

router = APIRouter(route_class=GuardedRoute, tags=["journal"])

_DESCRIPTION: Final = (
    "Events named `entry`; `id` is the place to resume from, `data` a JournalEntry as JSON. "
    "Comments are signs of life. The stream ends when the token is revoked or the platform stops."
)
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "the place to resume from"},
        "event": {"const": "entry"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JournalEntry"},
        },
    },
    "required": ["id", "event", "data"],
}
"""One event as a reader of server-sent events has it, not the line that carries it."""
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": _DESCRIPTION,
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}

_After = Annotated[int | None, Query(ge=0, description="the place of the last entry you have")]
_LastEventId = Annotated[
    str, Header(description="the same, as browsers send it when they reconnect", max_length=20)
]


@router.get(
    "/incidents/{incident_id}/stream",
    operation_id="stream_incident",
    response_class=StreamingResponse,
    responses=_RESPONSES,
)
async def stream_incident(
    parts: Parts,
    request: Request,
    incident_id: IncidentId,
    after: _After = None,
    last_event_id: _LastEventId = "",
) -> StreamingResponse:
    """One incident's journal from `after` on, as it grows. Places are the entries' `seq`."""
    await parts.archive.incident(incident_id)
    return _stream(parts, request, journal_of(parts, incident_id), _place(after, last_event_id))


@router.get("/stream", operation_id="stream_all", response_class=StreamingResponse, responses=_RESPONSES)
async def stream_all(
    parts: Parts, request: Request, after: _After = None, last_event_id: _LastEventId = ""
) -> StreamingResponse:
    """The journals of all incidents from `after` on, as they grow. Places are the entries' `position`."""
    return _stream(parts, request, journal_of(parts, None), _place(after, last_event_id))


def _place(after: int | None, last_event_id: str) -> int:
    """A reconnecting browser sends its header beside the old address: the header is newer."""
    if not last_event_id:
        return after or 0
    if not last_event_id.isdecimal():
        raise BadInput("Last-Event-ID: should be a number, the `id` of the last event", field="Last-Event-ID")
    return int(last_event_id)


def _stream(parts: ApiParts, request: Request, journal: Journal, after: int) -> StreamingResponse:
    events = _events(parts, journal, after, bearer(request.headers) or session_in(request.headers))
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(parts: ApiParts, journal: Journal, after: int, token: str) -> AsyncIterator[bytes]:
    with parts.telemetry.streams_open.labels("sse").track_inprogress():
        yield b"retry: 2000\n\n"
        async for entry in follow(journal, parts, after=after, token=token):
            yield b": alive\n\n" if entry is None else event(entry, journal.place(entry))


def event(entry: JournalEntry, place: int) -> bytes:
    """JSON has no line breaks of its own, so an entry is one `data` line whatever text it holds."""
    return f"id: {place}\nevent: entry\ndata: {entry.model_dump_json()}\n\n".encode()
