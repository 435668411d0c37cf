"""What can go wrong with the database, in words a caller can act on."""

from __future__ import annotations

import sqlite3

from sqlalchemy import exc


class DatabaseFailed(Exception):
    """Root of this small tree."""


class DatabaseBusy(DatabaseFailed):
    """Somebody else holds the database or the connections; the same call may succeed later."""


class DatabaseUnusable(DatabaseFailed):
    """Disk full, read-only, unreadable or unreachable: a person has to mend it."""


class RowRefused(DatabaseFailed):
    """A constraint says no: the row exists already, or points at nothing."""


_SQLITE = {
    sqlite3.SQLITE_BUSY: (DatabaseBusy, "another process holds the database; try again"),
    sqlite3.SQLITE_LOCKED: (DatabaseBusy, "another connection holds the table; try again"),
    sqlite3.SQLITE_FULL: (DatabaseUnusable, "the disk is full; free some space"),
    sqlite3.SQLITE_READONLY: (
        DatabaseUnusable,
        "the database is read-only; give this process write access to the file and its folder",
    ),
    sqlite3.SQLITE_IOERR: (DatabaseUnusable, "the disk failed to read or write; look at the system log"),
    sqlite3.SQLITE_CORRUPT: (DatabaseUnusable, "the file is damaged; restore it from a backup"),
    sqlite3.SQLITE_NOTADB: (DatabaseUnusable, "the file is not a SQLite database; check DATABASE_URL"),
    sqlite3.SQLITE_CANTOPEN: (
        DatabaseUnusable,
        "the file cannot be opened; check that its folder exists and can be written to",
    ),
}

_POSTGRES = {
    "40001": (DatabaseBusy, "two transactions met; try again"),
    "40P01": (DatabaseBusy, "two transactions met; try again"),
    "55P03": (DatabaseBusy, "a row is locked by another transaction; try again"),
    "53300": (DatabaseBusy, "the server has no connection left; try again"),
    "57014": (DatabaseBusy, "the statement took too long; try again"),
    "53100": (DatabaseUnusable, "the server's disk is full; free some space"),
    "25006": (DatabaseUnusable, "the server is read-only (a standby?); check DATABASE_URL"),
}


def named(error: exc.SQLAlchemyError) -> DatabaseFailed:
    """The same failure by its meaning instead of by its driver."""
    if isinstance(error, exc.IntegrityError):
        return RowRefused(str(error.orig))
    if isinstance(error, exc.TimeoutError):
        return DatabaseBusy("every connection is in use; try again")
    orig = error.orig if isinstance(error, exc.DBAPIError) else None
    kind, advice = _meaning(orig)
    return kind(f"{advice} ({orig or error})")


def _meaning(orig: BaseException | None) -> tuple[type[DatabaseFailed], str]:
    state = getattr(orig, "sqlstate", None)
    if state is not None:
        return _POSTGRES.get(state, (DatabaseFailed, "the server refused a statement"))
    # The low byte is the primary code; the rest is detail (SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE …).
    code = getattr(orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, (DatabaseFailed, "SQLite refused a statement"))
    return DatabaseFailed, "the database failed"
