"""Rows of who is who in other systems, and of signed requests that were seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from backend import dialects
from backend.columns import Values, table_of
from backend.drawers.rows import changed, fetch_one, put_all, run
from backend.models import Account, SeenRequest, UserLink

_link = table_of(UserLink)
_seen = table_of(SeenRequest)


def put(connection: Connection, row: Values) -> None:
    """One user of another system has one account here; a second link replaces the first."""
    put_all(connection, UserLink, [row], key=("system", "external_id"))


def remove(connection: Connection, system: str, external_id: str) -> bool:
    named = (_link.c.system == system, _link.c.external_id == external_id)
    return changed(connection, delete(_link).where(*named)) > 0


def every(connection: Connection) -> list[tuple[str, str, str, str, datetime]]:
    """(system, external id, account name, made by, made at) of every link."""
    wanted = (
        select(_link.c.system, _link.c.external_id, Account.name, _link.c.made_by, _link.c.made_at)
        .join(Account, Account.id == _link.c.account_id)
        .order_by(_link.c.system, _link.c.external_id)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in run(connection, wanted)]


def account_of(connection: Connection, system: str, external_id: str) -> Account | None:
    """The account of a known user; None also where it is disabled."""
    named = (UserLink.system == system, UserLink.external_id == external_id, Account.disabled.is_(False))
    wanted = select(Account).join(UserLink, UserLink.account_id == Account.id).where(*named)
    return fetch_one(connection, Account, wanted)


def see(connection: Connection, digest: str, *, now: datetime, forget_before: datetime) -> bool:
    """Remember a request; False where it was seen before."""
    connection.execute(delete(_seen).where(_seen.c.seen_at < forget_before))
    statement = dialects.insert(connection.dialect.name, SeenRequest).on_conflict_do_nothing(
        index_elements=["digest"]
    )
    return changed(connection, statement.values(digest=digest, seen_at=now)) == 1
