"""Who is calling, and whether the table of roles lets them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.api.origin import COOKIE, SAFE_METHODS, is_from_another_site, proves
from sre_agent.api.parts import ApiParts
from sre_agent.api.problems import Refusal, of_error
from sre_agent.api.roles import FOR_ALERTMANAGER, LEAST_ROLE, OPEN_PATHS, OPEN_ROUTES
from sre_agent.domain.law import ALERTMANAGER, Actor, Role
from sre_agent.errors import NotAllowed, SreAgentError
from sre_agent.ports.accounts import SESSION


@dataclass(frozen=True)
class Caller:
    """An account, or Alertmanager with the webhook's token (which has no role)."""

    name: str
    role: Role | None

    @property
    def actor(self) -> Actor:
        return Actor(name=self.name, role=self.role)

    def may(self, operation: str) -> bool:
        if self.role is None:
            return operation in FOR_ALERTMANAGER
        return self.role.rank >= LEAST_ROLE[operation].rank


async def caller_with(token: str, parts: ApiParts) -> Caller | None:
    """Whose token this is. Nothing is compared in a way whose time would tell how much of it was right."""
    if not token:
        return None
    if webhook := _webhook(token, parts):
        return webhook
    account = await parts.accounts.by_token(token)
    return Caller(name=account.name, role=account.role) if account else None


def _webhook(token: str, parts: ApiParts) -> Caller | None:
    known = parts.settings.webhook_token
    if known and token and hmac.compare_digest(_hash(token), _hash(known)):
        return Caller(name=ALERTMANAGER.name, role=None)
    return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def bearer(headers: Headers) -> str:
    """The token in `Authorization: Bearer …`; empty where there is none. A session's cookie is not one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    return "" if token.startswith(SESSION) else token


def webhook_password(headers: Headers) -> str:
    """The password of basic authentication, which Alertmanager can send too; its user name says nothing."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def session_in(headers: Headers) -> str:
    """The session in the cookie; empty where there is none, or where a token says who it is."""
    if "authorization" in headers:
        return ""
    value = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return value if value.startswith(SESSION) else ""


class Gate:
    """In front of every HTTP route, known or not: whoever cannot say who they are learns nothing, not even 404."""

    def __init__(self, app: ASGIApp, parts: ApiParts) -> None:
        self._app = app
        self._parts = parts
        self._public_host = urlsplit(parts.settings.public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            writes = scope["method"] not in SAFE_METHODS
            if writes and is_from_another_site(headers, self._public_host):
                raise Refusal("cross-site", "a browser sent this from a page of another site; open our own")
            if scope["path"] not in OPEN_PATHS:
                try:
                    scope.setdefault("state", {})["caller"] = await self._identify(headers, writes=writes)
                except SreAgentError as error:
                    await of_error(error, scope["path"])(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _identify(self, headers: Headers, *, writes: bool) -> Caller:
        session = session_in(headers)
        token = bearer(headers) or session
        caller = await caller_with(token, self._parts) or _webhook(webhook_password(headers), self._parts)
        if caller and session and writes and not proves(headers, session):
            raise Refusal(
                "cross-site", "a write within a session needs its X-CSRF-Token; see GET /api/v1/session"
            )
        if caller is None:
            self._parts.telemetry.callers_refused.labels("unknown token" if token else "no token").inc()
            why = "this token or session is unknown, expired or revoked" if token else "no token was sent"
            raise Refusal(
                "unauthenticated",
                f"{why}; send `Authorization: Bearer <token>`",
                headers={"WWW-Authenticate": 'Bearer realm="sre-agent"'},
            )
        return caller


class GuardedRoute(APIRoute):
    """A route that looks at the caller's role before it reads a byte of the body."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] not in OPEN_PATHS and scope["method"] in (self.methods or ()):
            self._check_role(scope)
        await super().handle(scope, receive, send)

    def _check_role(self, scope: Scope) -> None:
        """Raises NotAllowed."""
        caller: Caller = scope["state"]["caller"]
        operation = self.operation_id or ""
        if not caller.may(operation):
            parts: ApiParts = scope["app"].state.parts
            parts.telemetry.callers_refused.labels("role").inc()
            raise NotAllowed(
                f"{operation} needs the role {LEAST_ROLE[operation]}; {caller.name} {_has(caller)}"
            )


def _has(caller: Caller) -> str:
    return f"has {caller.role}" if caller.role else "has the webhook's token, which only posts alerts"


def check_table(routers: Iterable[APIRouter]) -> None:
    """Every route is in the table, and every line of the table is a route. Raises ValueError."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    guarded = {route.operation_id for route in routes if route.path not in OPEN_ROUTES}
    if wrong := guarded ^ set(LEAST_ROLE):
        raise ValueError(f"operations and the table of roles differ in {sorted(map(str, wrong))}")
    if bare := [route.path for route in routes if not isinstance(route, GuardedRoute)]:
        raise ValueError(f"routes that do not look at the caller's role: {bare}")


# Not for waiting: the framework runs a plain function in a thread of its own, which costs more than the whole route.
async def parts_of(request: Request) -> ApiParts:
    parts: ApiParts = request.app.state.parts
    return parts


async def caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Parts = Annotated[ApiParts, Depends(parts_of)]
Who = Annotated[Caller, Depends(caller_of)]
