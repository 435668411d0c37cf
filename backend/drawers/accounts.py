"""Rows of accounts and of the digests of their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select, update

from backend.columns import Values, table_of
from backend.drawers.rows import add_all, changed, fetch, fetch_one, put_all, run
from backend.models import Account, Password, Token

_now = bindparam("now", type_=Token.created_at.type)
_BY_TOKEN = (
    select(*table_of(Account).c, Token.role.label("most"), Token.expires_at.label("until"))
    .join(Token, Token.account_id == Account.id)
    .where(
        Token.digest == bindparam("digest"),
        Token.revoked_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > _now),
        Account.disabled.is_(False),
    )
)


class Opened(NamedTuple):
    """What a token opens: an account, the most it may do there, and until when."""

    account: Account
    most: str | None
    until: datetime | None


def by_token(connection: Connection, digest: str, *, now: datetime) -> Opened | None:
    """What a token with this digest opens now."""
    row = run(connection, _BY_TOKEN, {"digest": digest, "now": now}).first()
    if row is None:
        return None
    columns = dict(row._mapping)
    most, until = columns.pop("most"), columns.pop("until")
    return Opened(Account(**columns), most, until)


def by_name(connection: Connection, name: str) -> Account | None:
    return fetch_one(connection, Account, select(Account).where(Account.name == name))


def spelt_like(connection: Connection, name: str) -> Account | None:
    """One whose name differs in nothing but capitals, if in anything."""
    return fetch_one(
        connection, Account, select(Account).where(func.lower(Account.name) == name.lower()).limit(1)
    )


def by_id(connection: Connection, account_id: str) -> Account | None:
    return fetch_one(connection, Account, select(Account).where(Account.id == account_id))


def every(connection: Connection) -> list[Account]:
    return fetch(connection, Account, select(Account).order_by(Account.name))


def add(connection: Connection, row: Values) -> None:
    """Raises RowRefused where the name is taken."""
    add_all(connection, Account, [row])


def set_role(connection: Connection, account_id: str, role: str) -> None:
    connection.execute(update(table_of(Account)).where(Account.id == account_id).values(role=role))


def owner_of(connection: Connection, digest: str) -> str | None:
    """The id of the account this token was made for, be it revoked or not."""
    return connection.scalar(select(Token.account_id).where(Token.digest == digest))


def add_token(connection: Connection, row: Values) -> None:
    """Keep a token's digest; where it is on file, it is good again."""
    put_all(connection, Token, [row], key=("digest",), keep=("account_id", "created_at"))


def revoke(connection: Connection, account_id: str, *, at: datetime, label: str = "", but: str = "") -> int:
    """Revoke the account's tokens (with this label; all but one digest); how many were still good."""
    which = [Token.account_id == account_id, Token.revoked_at.is_(None), Token.digest != but]
    if label:
        which.append(Token.label == label)
    statement = update(table_of(Token)).where(*which).values(revoked_at=at)
    return changed(connection, statement)


def revoke_one(connection: Connection, digest: str, *, at: datetime) -> bool:
    """Whether it was still good; of two who come at once, one hears yes."""
    which = (Token.digest == digest, Token.revoked_at.is_(None))
    return changed(connection, update(table_of(Token)).where(*which).values(revoked_at=at)) == 1


def password_of(connection: Connection, account_id: str) -> str | None:
    return connection.scalar(select(Password.hash).where(Password.account_id == account_id))


def set_password(connection: Connection, row: Values) -> None:
    put_all(connection, Password, [row], key=("account_id",))
