"""Who may call us: accounts, their roles and their tokens; and who you are yourself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path

from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts
from sre_agent.api.sessions import is_of_a_provider
from sre_agent.api.views import AccountForm, AccountList, Me, Name, TokenForm, TokenIssued, TokensRevoked
from sre_agent.domain.audit import AuditDraft
from sre_agent.errors import BadInput
from sre_agent.ports.accounts import Account

BESIDE_A_PROVIDER: Final = timedelta(days=30)
"""How long a token may live whose owner an identity provider may stop vouching for."""
router = APIRouter(route_class=GuardedRoute, tags=["accounts"])

_Name = Annotated[Name, Path()]


@router.get("/me", operation_id="get_me")
async def get_me(who: Who) -> Me:
    return Me(name=who.name, role=who.role)


@router.get("/accounts", operation_id="list_accounts")
async def list_accounts(parts: Parts) -> AccountList:
    return AccountList(items=await parts.accounts.all())


@router.post("/accounts", operation_id="create_account", status_code=201)
async def create_account(parts: Parts, who: Who, form: AccountForm) -> Account:
    """A person or a machine with one role; it can do nothing before a token is issued to it."""
    account = await parts.accounts.create(form.name, form.role)
    await _audit(parts, who.name, "account.created", form.name, f"role {form.role}")
    return account


@router.post("/accounts/{name}/tokens", operation_id="issue_token", status_code=201)
async def issue_token(parts: Parts, who: Who, name: _Name, form: TokenForm) -> TokenIssued:
    """A new token, shown this once. Tokens issued before stay valid until they expire or are revoked.

    One for an account of the identity provider lives thirty days at most, and so long where no end is given: it
    outlives what the provider says of its owner by no more.
    """
    expires_at, now = form.expires_at, parts.clock.now()
    if expires_at is not None and expires_at <= now:
        raise BadInput("expires_at: must lie in the future", field="expires_at")
    if await is_of_a_provider(parts, name):
        latest = now + BESIDE_A_PROVIDER
        expires_at = expires_at or latest
        if expires_at > latest:
            told = f"expires_at: at most {latest:%Y-%m-%d}, as {name} signs in at the identity provider"
            raise BadInput(told, field="expires_at")
    label = parts.redact(form.label)
    token = await parts.accounts.issue_token(name, label=label, expires_at=expires_at, role=form.role)
    limits = f"label {label}, at most {form.role or 'as the account'}, expires {expires_at or 'never'}"
    await _audit(parts, who.name, "token.issued", name, limits)
    return TokenIssued(name=name, token=token, expires_at=expires_at)


@router.delete("/accounts/{name}/tokens", operation_id="revoke_tokens")
async def revoke_tokens(parts: Parts, who: Who, name: _Name) -> TokensRevoked:
    """All tokens of an account, at once; open streams that use them end within moments."""
    revoked = await parts.accounts.revoke_tokens(name)
    await _audit(parts, who.name, "tokens.revoked", name, f"{revoked} token(s)")
    return TokensRevoked(name=name, revoked=revoked)


async def _audit(parts: ApiParts, actor: str, action: str, subject: str, detail: str) -> None:
    at = parts.clock.now()
    await parts.audit.record(AuditDraft(actor=actor, action=action, subject=subject, detail=detail, at=at))
