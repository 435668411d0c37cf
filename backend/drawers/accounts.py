"""Rows of accounts and of the digests of their tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from backend import dialects
from backend.columns import Values, table_of
from backend.drawers.rows import add_all, changed
from backend.models import Account, Token

_now = bindparam("now", type_=Token.created_at.type)
_BY_TOKEN = (
    select(Account)
    .join(Token, Token.account_id == Account.id)
    .where(
        Token.digest == bindparam("digest"),
        Token.revoked_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > _now),
        Account.disabled.is_(False),
    )
)


def by_token(session: Session, digest: str, *, now: datetime) -> Account | None:
    """The account that a token with this digest opens now."""
    return session.scalar(_BY_TOKEN, {"digest": digest, "now": now})


def by_name(session: Session, name: str) -> Account | None:
    return session.scalar(select(Account).where(Account.name == name))


def every(session: Session) -> list[Account]:
    return list(session.scalars(select(Account).order_by(Account.name)))


def add(session: Session, row: Values) -> None:
    """Raises RowRefused where the name is taken."""
    add_all(session, Account, [row])


def set_role(session: Session, account_id: str, role: str) -> None:
    session.connection().execute(update(table_of(Account)).where(Account.id == account_id).values(role=role))


def owner_of(session: Session, digest: str) -> str | None:
    """The id of the account this token was made for, be it revoked or not."""
    return session.scalar(select(Token.account_id).where(Token.digest == digest))


def add_token(session: Session, row: Values) -> None:
    """Keep a token's digest; where it is on file, it is good again."""
    statement = dialects.insert(session, Token)
    again = {
        "revoked_at": None,
        "expires_at": statement.excluded.expires_at,
        "label": statement.excluded.label,
    }
    upsert = statement.on_conflict_do_update(index_elements=["digest"], set_=again)
    session.connection().execute(upsert, [row])


def revoke(session: Session, account_id: str, *, at: datetime, label: str = "", but: str = "") -> int:
    """Revoke the account's tokens (with this label; all but one digest); how many were still good."""
    which = [Token.account_id == account_id, Token.revoked_at.is_(None), Token.digest != but]
    if label:
        which.append(Token.label == label)
    statement = update(table_of(Token)).where(*which).values(revoked_at=at)
    return changed(session, statement)
