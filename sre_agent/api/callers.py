"""Who is calling, and what their role lets them do: one table for all routes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.api.origin import COOKIE, SAFE_METHODS, is_from_another_site, proves
from sre_agent.api.parts import ApiParts
from sre_agent.api.problems import Refusal, of_error
from sre_agent.domain.law import ALERTMANAGER, Actor, Role
from sre_agent.errors import NotAllowed, SreAgentError
from sre_agent.ports.accounts import SESSION

_DOORS: Final = ("/login", "/sign-in", "/oidc/start", "/oidc/callback")
OPEN_PATHS: Final = frozenset({"/healthz", "/docs", *(f"/api/v1{door}" for door in _DOORS)})
"""Liveness, a page that holds no data (it asks for a token and reads the rest with it), and the doors themselves."""
OPEN_ROUTES: Final = frozenset({"/healthz", "/docs", *_DOORS})
"""The same, as their routers name them."""

LEAST_ROLE: Final[Mapping[str, Role]] = {
    "get_me": Role.VIEWER,
    "get_session": Role.VIEWER,
    "close_session": Role.VIEWER,
    "change_password": Role.VIEWER,
    "get_metrics": Role.VIEWER,
    "get_readiness": Role.VIEWER,
    "get_openapi": Role.VIEWER,
    "list_incidents": Role.VIEWER,
    "get_incident": Role.VIEWER,
    "list_incident_alerts": Role.VIEWER,
    "list_alerts_left_alone": Role.VIEWER,
    "get_journal": Role.VIEWER,
    "stream_incident": Role.VIEWER,
    "stream_all": Role.VIEWER,
    "list_evidence": Role.VIEWER,
    "get_evidence_body": Role.VIEWER,
    "get_snapshot": Role.VIEWER,
    "list_hypotheses": Role.VIEWER,
    "get_topology": Role.VIEWER,
    "list_log_signatures": Role.VIEWER,
    "list_similar_incidents": Role.VIEWER,
    "list_plans": Role.VIEWER,
    "get_plan": Role.VIEWER,
    "get_postmortem": Role.VIEWER,
    "get_postmortem_markdown": Role.VIEWER,
    "get_policies": Role.VIEWER,
    "explain_policy": Role.VIEWER,
    "list_servers": Role.VIEWER,
    "list_tools": Role.VIEWER,
    "list_integrations": Role.VIEWER,
    "get_evals": Role.VIEWER,
    "get_signals": Role.VIEWER,
    "get_setup": Role.VIEWER,
    "test_integration": Role.RESPONDER,
    "send_test_alert": Role.RESPONDER,
    "look_at_plan": Role.RESPONDER,
    "replay_incident": Role.RESPONDER,
    "receive_alerts": Role.RESPONDER,
    "ask_question": Role.RESPONDER,
    "cancel_incident": Role.RESPONDER,
    "retry_incident": Role.RESPONDER,
    # Who may answer for a plan is said by the ruling on it; nobody below a responder may try.
    "approve_plan": Role.RESPONDER,
    "reject_plan": Role.RESPONDER,
    "break_glass": Role.APPROVER,
    # An auditor may prove, without being able to change, who approved what.
    "list_audit": Role.APPROVER,
    "verify_audit": Role.APPROVER,
    "export_audit": Role.APPROVER,
    "cut_audit": Role.ADMIN,
    "list_mitigations": Role.VIEWER,
    # Whoever may say yes to the step may say what becomes of it.
    "restore_mitigation": Role.APPROVER,
    "keep_mitigation": Role.APPROVER,
    "list_trust": Role.VIEWER,
    "list_trust_samples": Role.VIEWER,
    "promote_trust": Role.ADMIN,
    # Whoever may let it act may also stop it.
    "demote_trust": Role.APPROVER,
    "list_notifications": Role.VIEWER,
    "test_notifications": Role.ADMIN,
    "list_user_links": Role.ADMIN,
    "link_user": Role.ADMIN,
    "unlink_user": Role.ADMIN,
    "simulate_policy": Role.ADMIN,
    "list_accounts": Role.ADMIN,
    "create_account": Role.ADMIN,
    "issue_token": Role.ADMIN,
    "revoke_tokens": Role.ADMIN,
    "set_password": Role.ADMIN,
    "issue_link": Role.ADMIN,
}
"""Operation → the least role that may do it. An operation that is not in it cannot be served."""

FOR_ALERTMANAGER: Final = frozenset({"receive_alerts"})
"""What the webhook's own token opens, and nothing else."""


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
