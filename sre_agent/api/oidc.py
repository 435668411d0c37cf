"""Signing in at the company's identity provider (OpenID Connect): there, back, and the same session as everybody has."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, RedirectResponse

from sre_agent.api import page_frame
from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.departures import LIVES, Away
from sre_agent.api.parts import ApiParts, IdentityParts
from sre_agent.api.problems import MEDIA_TYPE, Problem, Refusal, problem_of
from sre_agent.api.sessions import address_of, count_failure, is_secure, refuse_haste, set_cookie, tell
from sre_agent.api.views import View
from sre_agent.errors import IdentityRefused, NotFound, SreAgentError
from sre_agent.ports.accounts import Session

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])

COOKIE: Final = "sre_agent_sign_in"
PATH: Final = "/api/v1/oidc"
_PASSED_ON: Final = ("retry-after", "www-authenticate")
_PAGE: Final = r"^/([A-Za-z0-9._~?&=%-][A-Za-z0-9._~/?&=%-]*)?$"
"""A path of this site: with a second slash, or a backslash, browsers read the name of another one."""


class SignInWays(View):
    """How one may sign in here; a token always opens a session."""

    oidc: str = ""
    """The identity provider's name; empty: none is set up."""


class Return(BaseModel):
    """What the browser comes back with; providers add words of their own, which are not read."""

    model_config = ConfigDict(frozen=True)

    # All of them together must fit into an address that HTTP servers still read.
    state: Annotated[str, Field(max_length=100)] = ""
    code: Annotated[str, Field(max_length=3000)] = ""
    error: Annotated[str, Field(max_length=200)] = ""
    iss: Annotated[str, Field(max_length=500)] = ""


@router.get("/sign-in", operation_id="get_sign_in_ways")
async def get_sign_in_ways(parts: Parts) -> SignInWays:
    """What the door has to show; for everybody."""
    return SignInWays(oidc=parts.identity.provider.issuer if parts.identity else "")


class _RouteForBrowsers(GuardedRoute):
    """People come here by a link: where it fails, a browser gets a page to read instead of a problem detail."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            try:
                return await handle(request)
            except (Refusal, SreAgentError, RequestValidationError) as failure:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                return await _as_a_page(request, failure)

        return handle_for_people


async def _as_a_page(request: Request, failure: Exception) -> Response:
    """The same status and headers as the problem detail, and its sentence with a way back."""
    told = await problem_of(request, failure)
    parts: ApiParts = request.app.state.parts
    text = parts.redact(Problem.model_validate_json(bytes(told.body)).detail)
    page = page_frame.message(
        "You are not signed in", text, back=parts.settings.public_url or "/", back_says="Back to the door"
    )
    headers = {name: told.headers[name] for name in _PASSED_ON if name in told.headers}
    answer = HTMLResponse(page, told.status_code, headers)
    answer.headers["content-security-policy"] = page_frame.policy()
    return answer


_FOR_BROWSERS: Final[Any] = {
    "status_code": 303,
    "response_class": RedirectResponse,
    "responses": {
        status: {
            "content": {
                "text/html": {"schema": {"type": "string"}},
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
            }
        }
        for status in (401, 404, 422, 429, 503)
    },
}
journeys = APIRouter(route_class=_RouteForBrowsers, tags=["accounts"])


@journeys.get("/oidc/start", operation_id="start_oidc", **_FOR_BROWSERS)
async def start_oidc(
    parts: Parts, request: Request, page: Annotated[str, Query(pattern=_PAGE, max_length=500)] = "/"
) -> RedirectResponse:
    """Send the browser to the identity provider; `page` is where it lands afterwards."""
    identity = _identity(parts)
    refuse_haste(parts, [("address", address_of(request))])
    departure = await identity.provider.depart()
    identity.departures.left(departure, parts.clock.elapsed(), page=page)
    answer = RedirectResponse(departure.address, status_code=303)
    # Lax, not Strict: the way back is a link on somebody else's site.
    answer.set_cookie(
        COOKIE,
        departure.state,
        max_age=int(LIVES.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=is_secure(parts, request),
    )
    return answer


@journeys.get("/oidc/callback", operation_id="finish_oidc", **_FOR_BROWSERS)
async def finish_oidc(parts: Parts, request: Request, came: Annotated[Return, Query()]) -> RedirectResponse:
    """Where the identity provider sends the browser back to: begins the session, once for each start."""
    identity = _identity(parts)
    refuse_haste(parts, [("address", address_of(request))])
    away = identity.departures.back(came.state, request.cookies.get(COOKIE, ""), parts.clock.elapsed())
    try:
        away = _checked(identity, away, came)
        session = await _opened(parts, identity, away, came.code)
    except IdentityRefused as refusal:
        await _note_refusal(parts, request, str(refusal))
        raise Refusal(
            "unauthenticated", str(refusal), headers={"WWW-Authenticate": 'Bearer realm="sre-agent"'}
        ) from refusal
    name = session.account.name
    await tell(
        parts, name, "session.opened", name, f"from {address_of(request)}, by {identity.provider.issuer}"
    )
    answer = RedirectResponse(away.page, status_code=303)
    answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
    set_cookie(parts, request, answer, session)
    return answer


def _identity(parts: ApiParts) -> IdentityParts:
    if parts.identity is None:
        raise NotFound(
            "no identity provider is set up here (OIDC_ISSUER); sign in with a token or a password"
        )
    return parts.identity


def _checked(identity: IdentityParts, away: Away | None, came: Return) -> Away:
    """Raises IdentityRefused. `iss` says who sent the browser back (RFC 9207), where the provider says so."""
    if away is None:
        raise IdentityRefused(
            "this sign-in was not begun in this browser, is older than ten minutes, or was used before; begin again"
        )
    if came.iss and came.iss != identity.provider.issuer:
        raise IdentityRefused("somebody other than the identity provider sent you back; begin again")
    if came.error or not came.code:
        raise IdentityRefused("the identity provider did not let you in; begin again, or ask who runs it")
    return away


async def _opened(parts: ApiParts, identity: IdentityParts, away: Away, code: str) -> Session:
    vouched = await identity.provider.arrive(away.departure, code)
    until = parts.clock.now() + parts.settings.session_time
    session = await parts.accounts.open_vouched(vouched, until=until)
    if session is None:
        raise IdentityRefused(f"the account of {vouched.name} is disabled here; an administrator can say why")
    return session


async def _note_refusal(parts: ApiParts, request: Request, why: str) -> None:
    address = address_of(request)
    count_failure(parts, [("address", address)], address)
    await tell(parts, "somebody", "session.refused", "", f"from {address}: {why}")
