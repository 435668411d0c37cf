"""A driver's failure is told by its meaning."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import exc

from backend.errors import DatabaseBusy, DatabaseFailed, DatabaseUnusable, RowRefused, named


class OfPostgres(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"state {sqlstate}")
        self.sqlstate = sqlstate


def of_sqlite(code: int) -> exc.OperationalError:
    orig = sqlite3.OperationalError("something")
    orig.sqlite_errorcode = code
    return exc.OperationalError("SELECT 1", {}, orig)


@pytest.mark.parametrize(
    ("code", "kind", "advice"),
    [
        (sqlite3.SQLITE_BUSY, DatabaseBusy, "try again"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseBusy, "try again"),
        (sqlite3.SQLITE_LOCKED, DatabaseBusy, "try again"),
        (sqlite3.SQLITE_FULL, DatabaseUnusable, "disk is full"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, DatabaseUnusable, "read-only"),
        (sqlite3.SQLITE_IOERR_WRITE, DatabaseUnusable, "disk failed"),
        (sqlite3.SQLITE_CORRUPT, DatabaseUnusable, "damaged"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, DatabaseUnusable, "cannot be opened"),
        (sqlite3.SQLITE_NOTADB, DatabaseUnusable, "DATABASE_URL"),
        (sqlite3.SQLITE_ERROR, DatabaseFailed, "refused a statement"),
    ],
)
def test_sqlite_codes_and_their_finer_forms_have_a_meaning(
    code: int, kind: type[DatabaseFailed], advice: str
) -> None:
    failure = named(of_sqlite(code))
    assert type(failure) is kind
    assert advice in str(failure)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40001", DatabaseBusy),
        ("40P01", DatabaseBusy),
        ("53100", DatabaseUnusable),
        ("25006", DatabaseUnusable),
        ("42601", DatabaseFailed),
    ],
)
def test_sql_states_of_a_server_have_a_meaning(state: str, kind: type[DatabaseFailed]) -> None:
    assert type(named(exc.DBAPIError("SELECT 1", {}, OfPostgres(state)))) is kind


def test_a_constraint_and_an_exhausted_pool_are_told_apart() -> None:
    assert type(named(exc.IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")))) is RowRefused
    assert type(named(exc.TimeoutError("pool"))) is DatabaseBusy
    assert type(named(exc.SQLAlchemyError("other"))) is DatabaseFailed
