"""Signing in and out from a browser: a token, a password or a one-time link becomes a session that no script can read."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field, model_validator

from sre_agent.api.callers import GuardedRoute, Parts, Who, bearer, session_in
from sre_agent.api.origin import COOKIE, csrf_of
from sre_agent.api.parts import ApiParts
from sre_agent.api.problems import Refusal
from sre_agent.api.views import Form, Name, View
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.frozen import Moment
from sre_agent.domain.identity import is_vouched_for
from sre_agent.domain.law import Role
from sre_agent.errors import BadInput, NotAllowed, NotFound
from sre_agent.ports.accounts import Session

router = APIRouter(route_class=GuardedRoute, tags=["accounts"])

_Secret = Annotated[str, Field(max_length=1000)]
_NewPassword = Annotated[str, Field(min_length=12, max_length=1000)]
_LINK_LIVES: Final = timedelta(hours=1)
_REFUSED: Final = "what you entered opens nothing: it is unknown, wrong, expired, used or revoked"


class LoginForm(Form):
    """A token alone (an API token, or the word of a one-time link), or a name with its password."""

    token: _Secret = ""
    name: Name | None = None
    password: _Secret = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> LoginForm:
        if bool(self.token) == bool(self.name):
            raise ValueError("give a token, or a name and a password")
        return self


class SessionView(View):
    """Who is signed in here. `csrf` goes into the header X-CSRF-Token of every write."""

    name: str
    role: Role
    csrf: str
    expires_at: Moment | None = None


class DoorView(View):
    session: SessionView | None = Field(description="none: nobody is signed in here")


class PasswordForm(Form):
    password: _NewPassword


class PasswordChangeForm(Form):
    current: _Secret = Field(description="the present password; empty where there is none yet")
    password: _NewPassword


class LinkIssued(View):
    name: str
    link: str = Field(
        description="put after `/#link=` of the dashboard's address; used up by the first who comes"
    )
    expires_at: Moment


class Done(View):
    done: bool = True


@router.post("/login", operation_id="open_session")
async def open_session(parts: Parts, request: Request, response: Response, form: LoginForm) -> SessionView:
    """Begin a session. Its cookie is HttpOnly and SameSite=Strict; after several failures one has to wait (429)."""
    address = address_of(request)
    keys = [("address", address), *([("account", form.name)] if form.name else [])]
    refuse_haste(parts, keys)
    session = await _opened(parts, form)
    if session is None:
        count_failure(parts, keys, address)
        await tell(parts, form.name or "somebody", "session.refused", form.name or "", f"from {address}")
        raise Refusal("unauthenticated", _REFUSED, headers={"WWW-Authenticate": 'Bearer realm="sre-agent"'})
    if form.name:
        # Not the address's own count: with one account of theirs, somebody could go on guessing for ever.
        parts.logins["account"].forget(form.name, source=address)
    name, how = session.account.name, "a password" if form.name else "a token"
    await tell(parts, name, "session.opened", name, f"from {address}, with {how}")
    set_cookie(parts, request, response, session)
    return _view(session)


@router.get("/login", operation_id="get_door")
async def get_door(parts: Parts, request: Request) -> DoorView:
    """Whether this browser is signed in. A page asks before it can know, so *nobody* is an answer and no refusal."""
    value = session_in(request.headers)
    account = await parts.accounts.by_token(value) if value else None
    if account is None:
        return DoorView(session=None)
    return DoorView(session=SessionView(name=account.name, role=account.role, csrf=csrf_of(value)))


@router.get("/session", operation_id="get_session")
async def get_session(who: Who, request: Request) -> SessionView:
    """Who the session's cookie is for, and what writes must carry; for a page that was loaded again."""
    value = request.cookies.get(COOKIE, "")
    if bearer(request.headers) or not value or who.role is None:
        raise NotFound("you have no session: you came with a token")
    return SessionView(name=who.name, role=who.role, csrf=csrf_of(value))


@router.delete("/session", operation_id="close_session")
async def close_session(parts: Parts, who: Who, request: Request, response: Response) -> Done:
    """Sign out: the session is over, also for whoever copied its cookie."""
    if value := request.cookies.get(COOKIE, ""):
        await parts.accounts.close(value)
        await tell(parts, who.name, "session.closed", who.name, "signed out")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return Done()


@router.post("/me/password", operation_id="change_password")
async def change_password(parts: Parts, who: Who, request: Request, form: PasswordChangeForm) -> Done:
    """Set your own password, after proving that you know the present one; your other sessions end.

    Who signs in at an identity provider has none, unless an administrator gave them one: it would outlive its word.
    """
    keys = [("account", who.name)]
    refuse_haste(parts, keys)
    has_one = await parts.accounts.has_password(who.name)
    if not has_one and await is_of_a_provider(parts, who.name):
        await tell(
            parts, who.name, "password.refused", who.name, "the account signs in at an identity provider"
        )
        raise NotAllowed(
            "this account signs in at the identity provider; an administrator may set a password"
        )
    if has_one and not await knows_password(parts, who.name, form.current):
        count_failure(parts, keys, address_of(request))
        await tell(
            parts, who.name, "password.refused", who.name, f"from {address_of(request)}: not the present one"
        )
        raise NotAllowed("current: this is not your present password")
    await _set_password(parts, who.name, form.password, keep=request.cookies.get(COOKIE, ""))
    await tell(parts, who.name, "password.changed", who.name, "by its owner")
    return Done()


@router.put("/accounts/{name}/password", operation_id="set_password")
async def set_password(parts: Parts, who: Who, name: Name, form: PasswordForm) -> Done:
    """An administrator sets somebody's password, and their sessions end; revoke their tokens too where that is the reason."""
    await _set_password(parts, name, form.password)
    beside = ", beside the identity provider" if await is_of_a_provider(parts, name) else ""
    await tell(parts, who.name, "password.set", name, f"by an administrator{beside}")
    return Done()


@router.post("/accounts/{name}/link", operation_id="issue_link", status_code=201)
async def issue_link(parts: Parts, who: Who, name: Name) -> LinkIssued:
    """The word of a link that signs this account in once, within an hour; links issued before end."""
    account = next((each for each in await parts.accounts.all() if each.name == name), None)
    if account is None:
        raise NotFound(f"there is no account named {name}")
    expires_at = parts.clock.now() + _LINK_LIVES
    word = await parts.accounts.issue_link(name, account.role, expires_at=expires_at)
    await tell(parts, who.name, "link.issued", name, f"expires {expires_at.isoformat(timespec='seconds')}")
    return LinkIssued(name=name, link=word, expires_at=expires_at)


async def is_of_a_provider(parts: ApiParts, name: str) -> bool:
    """Whether an identity provider says who may come into this account."""
    return any(each.name == name and is_vouched_for(each.id) for each in await parts.accounts.all())


async def _set_password(parts: ApiParts, name: str, password: str, *, keep: str = "") -> None:
    if name.casefold() in password.casefold():
        raise BadInput("password: must not contain the account's name", field="password")
    await parts.accounts.set_password(name, password, keep=keep)


async def _opened(parts: ApiParts, form: LoginForm) -> Session | None:
    until = parts.clock.now() + parts.settings.session_time
    if form.name:
        return await parts.accounts.open_with_password(form.name, form.password, until=until)
    return await parts.accounts.open_session(form.token, until=until)


def refuse_haste(parts: ApiParts, keys: list[tuple[str, str]]) -> None:
    """Raises Refusal (429) where one of these (kind of key, key) failed too often of late."""
    now = parts.clock.elapsed()
    wait = max(parts.logins[kind].wait(key, now) for kind, key in keys)
    if wait > timedelta():
        seconds = ceil(wait.total_seconds())
        told = f"too many failed tries; try again in {seconds} s"
        raise Refusal("too-many-requests", told, headers={"Retry-After": str(seconds)})


def count_failure(parts: ApiParts, keys: list[tuple[str, str]], address: str) -> None:
    for kind, key in keys:
        parts.logins[kind].failed(key, parts.clock.elapsed(), source=address)


async def knows_password(parts: ApiParts, name: str, password: str) -> bool:
    """Whether it is this account's; the session that proves it is closed at once."""
    until = parts.clock.now() + timedelta(seconds=1)
    session = await parts.accounts.open_with_password(name, password, until=until)
    if session is not None:
        await parts.accounts.close(session.value)
    return session is not None


def address_of(request: Request) -> str:
    """Where the caller speaks from, as the connection says."""
    return request.client.host if request.client else "nowhere"


def is_secure(parts: ApiParts, request: Request) -> bool:
    """Whether cookies may say that they go over TLS alone: here, or between people and a proxy in front of us."""
    return request.url.scheme == "https" or parts.settings.public_url.startswith("https://")


def _view(session: Session) -> SessionView:
    account = session.account
    return SessionView(
        name=account.name, role=account.role, csrf=csrf_of(session.value), expires_at=session.expires_at
    )


def set_cookie(parts: ApiParts, request: Request, response: Response, session: Session) -> None:
    """A cookie that no script reads and no other site makes a browser send."""
    response.set_cookie(
        COOKIE,
        session.value,
        max_age=max(0, int((session.expires_at - parts.clock.now()).total_seconds())),
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_secure(parts, request),
    )


async def tell(parts: ApiParts, actor: str, action: str, subject: str, detail: str) -> None:
    """One more entry of the audit trail."""
    draft = AuditDraft(actor=actor, action=action, subject=subject, detail=detail, at=parts.clock.now())
    await parts.audit.record(draft)
