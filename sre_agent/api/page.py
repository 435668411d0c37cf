"""One plain read-only page of incidents, without a line of script: for port 3000, until there is a dashboard.

It reads like every reader, with a token: pasted once, kept in this process's memory, and held by the browser only as
the name of a session that scripts cannot read and other sites cannot send.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sre_agent.api import page_frame, page_views
from sre_agent.api.callers import Caller, caller_with
from sre_agent.api.origin import is_from_another_site
from sre_agent.api.page_views import Dossier
from sre_agent.api.parts import ApiParts
from sre_agent.api.problems import Refusal
from sre_agent.api.sessions import address_of, count_failure, is_secure, refuse_haste, tell
from sre_agent.api.shield import Shield
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalEntry
from sre_agent.errors import NotFound, Retryable
from sre_agent.ports.archive import IncidentFilter, Page

COOKIE: Final = "sre_agent_session"
_MOST_SESSIONS: Final = 1000
_MOST_ENTRIES: Final = 1000
_PAGE_SIZE: Final = 50
_UNFINISHED: Final = tuple(status for status in Status if not status.is_final)


@dataclass
class Sessions:
    """Token by session, forgotten after a while and when the process ends."""

    parts: ApiParts

    def __post_init__(self) -> None:
        self._open: dict[str, tuple[str, timedelta]] = {}

    async def enter(self, token: str) -> str | None:
        """A new session; None where the token may not read."""
        if await self._reader(token) is None:
            return None
        self._forget()
        session = secrets.token_urlsafe(32)
        self._open[session] = (token, self.parts.clock.elapsed() + self.parts.settings.session_time)
        return session

    async def caller(self, session: str) -> Caller | None:
        """Who it is; looked up anew each time, so that a revoked token shuts its sessions too."""
        token, until = self._open.get(session, ("", timedelta()))
        return await self._reader(token) if self.parts.clock.elapsed() < until else None

    def leave(self, session: str) -> None:
        self._open.pop(session, None)

    async def _reader(self, token: str) -> Caller | None:
        caller = await caller_with(token, self.parts)
        return caller if caller and caller.may("list_incidents") else None

    def _forget(self) -> None:
        now = self.parts.clock.elapsed()
        self._open = {name: each for name, each in self._open.items() if now < each[1]}
        while len(self._open) >= _MOST_SESSIONS:
            del self._open[next(iter(self._open))]


def page(parts: ApiParts) -> ASGIApp:
    """The page as an ASGI app of its own."""
    sessions = Sessions(parts)
    app = Starlette(
        routes=[
            Route("/", _guarded(_list)),
            Route("/incidents/{incident_id}", _guarded(_incident)),
            Route("/left-alone", _guarded(_left_alone)),
            Route("/enter", _enter, methods=["POST"]),
            Route("/leave", _leave, methods=["POST"]),
            Route("/healthz", _alive),
        ],
        exception_handlers={
            NotFound: _not_found,
            Refusal: _refused,
            HTTPException: _not_found,
            Retryable: _not_now,
            Exception: _broken,
        },
    )
    app.state.parts, app.state.sessions = parts, sessions
    return Shield(app, limit=16_384, media_type="application/x-www-form-urlencoded", clock=parts.clock)


Handler = Callable[[Request, ApiParts, str], Awaitable[str]]


def _guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sessions: Sessions = request.app.state.sessions
        caller = await sessions.caller(request.cookies.get(COOKIE, ""))
        if caller is None:
            return _html(page_frame.login(), status=401)
        return _html(await handler(request, sessions.parts, caller.name))

    return endpoint


async def _list(request: Request, parts: ApiParts, who: str) -> str:
    show = "unfinished" if request.query_params.get("show") == "unfinished" else "all"
    number = request.query_params.get("page", "1")
    where = IncidentFilter(statuses=_UNFINISHED if show == "unfinished" else ())
    wanted = Page(
        number=int(number) if number.isdecimal() and 1 <= int(number) <= 100_000 else 1, size=_PAGE_SIZE
    )
    return page_views.incident_list(await parts.archive.incidents(where, wanted), show=show, who=who)


async def _incident(request: Request, parts: ApiParts, who: str) -> str:
    each = IncidentId(request.path_params["incident_id"])
    dossier = Dossier(
        incident=await parts.archive.incident(each),
        alerts=await parts.archive.alerts(each),
        journal=await _newest_entries(parts, each),
        hypotheses=await parts.archive.hypotheses(each),
        plans=await parts.archive.plans(each),
    )
    return page_views.incident(dossier, who=who)


async def _newest_entries(parts: ApiParts, each: IncidentId) -> tuple[JournalEntry, ...]:
    newest: deque[JournalEntry] = deque(maxlen=_MOST_ENTRIES)
    after = 0
    while entries := await parts.archive.journal(each, after=after, limit=_MOST_ENTRIES):
        newest.extend(entries)
        after = entries[-1].seq
    return tuple(newest)


async def _left_alone(request: Request, parts: ApiParts, who: str) -> str:
    return page_views.left_alone(await parts.archive.unfiled_alerts(200), who=who)


async def _enter(request: Request) -> Response:
    sessions: Sessions = request.app.state.sessions
    parts, address = sessions.parts, address_of(request)
    _refuse_other_sites(request, parts)
    keys = [("address", address)]
    refuse_haste(parts, keys)
    said = parse_qs((await request.body()).decode("utf-8", "replace"))
    session = await sessions.enter(said.get("token", [""])[0].strip())
    caller = await sessions.caller(session) if session else None
    if session is None or caller is None:
        count_failure(parts, keys, address)
        parts.telemetry.callers_refused.labels("unknown token").inc()
        await tell(parts, "somebody", "session.refused", "", f"from {address}, at the plain page")
        return _html(
            page_frame.login("This token is unknown, expired or revoked, or may not read."), status=401
        )
    await tell(
        parts, caller.name, "session.opened", caller.name, f"from {address}, with a token, at the plain page"
    )
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE,
        session,
        max_age=int(parts.settings.session_time.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(parts, request),
    )
    return answer


def _refuse_other_sites(request: Request, parts: ApiParts) -> None:
    """Another site's form could sign a browser in as somebody else, or out."""
    if is_from_another_site(request.headers, urlsplit(parts.settings.public_url).netloc):
        raise Refusal("cross-site", "a browser sent this from a page of another site; open our own")


async def _leave(request: Request) -> Response:
    sessions: Sessions = request.app.state.sessions
    _refuse_other_sites(request, sessions.parts)
    value = request.cookies.get(COOKIE, "")
    caller = await sessions.caller(value)
    sessions.leave(value)
    if caller:
        await tell(sessions.parts, caller.name, "session.closed", caller.name, "signed out of the plain page")
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _refused(request: Request, error: Exception) -> Response:
    refusal = cast(Refusal, error)
    answer = _html(page_frame.message("Not taken", str(refusal.detail)), status=refusal.status_code)
    answer.headers.update(refusal.headers or {})
    return answer


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _html(page_frame.message("There is no such page", str(request.url.path)), status=status)


async def _not_now(request: Request, error: Exception) -> Response:
    return _html(
        page_frame.message("Not now", f"{error}. This page may be loaded again at once."), status=503
    )


async def _broken(request: Request, error: Exception) -> Response:
    return _html(
        page_frame.message("Something broke on our side", "The error is in the platform's log."), status=500
    )


def _html(text: str, *, status: int = 200) -> Response:
    return HTMLResponse(text, status_code=status, headers={"content-security-policy": page_frame.policy()})
