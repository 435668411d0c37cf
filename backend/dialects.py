"""Everything that differs between SQLite and PostgreSQL, in one place."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event, exc, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url

from backend.columns import Row, table_of

BUSY_MILLISECONDS = 5000
_TRY_AGAIN_SECONDS = 0.001
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes carry the primary one in their last byte."""
_MIGRATION_LOCK = 0x5E_A6E7
"""Any number will do, as long as nobody else in the same PostgreSQL database uses it."""


def parsed(url: str) -> URL:
    """The URL of a database on disk or of a server whose driver is here. Raises ValueError."""
    found = make_url(url)
    if found.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"expected sqlite or postgresql, found {found.get_backend_name()}")
    if is_sqlite(found) and found.database in (None, "", ":memory:"):
        raise ValueError("expected a file, found a database in memory, which forgets everything")
    dialect = found.get_dialect()
    if not is_sqlite(found) and not dialect.is_async:
        raise ValueError(f"expected an asynchronous driver such as asyncpg, found {dialect.driver}")
    dialect.import_dbapi()
    return found


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def synchronous(url: URL) -> URL:
    """The same database through the driver that is called from a thread of our own."""
    return url.set(drivername="sqlite" if is_sqlite(url) else url.get_backend_name())


def options(url: URL, *, connections: int, writing: bool) -> dict[str, Any]:
    """Arguments for `create_engine`."""
    shared: dict[str, Any] = {"pool_size": connections, "max_overflow": 0}
    if not is_sqlite(url):
        # Writers lock the rows they depend on; readers look several times and must see one state.
        isolation = "READ COMMITTED" if writing else "REPEATABLE READ"
        return {**shared, "pool_pre_ping": True, "isolation_level": isolation}
    # A connection moves between threads of its pool, never two at once.
    return {**shared, "connect_args": {"check_same_thread": False, "cached_statements": 256}}


def prepare(engine: Engine, *, writing: bool, patience_seconds: float = 0) -> None:
    """Set up each new connection, and how its transactions begin.

    A thread that writes waits `patience_seconds` for its turn, or as long as everything else waits if that is longer.
    """
    if engine.dialect.name != "sqlite":
        return

    in_threads = not engine.dialect.is_async

    def configure(connection: Any, _record: object) -> None:
        # The driver must not begin transactions on its own: it would begin at the first write, after the
        # reads that the write depends on, and updates would be lost without any error.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _pragmas(writing=writing, waits=not (writing and in_threads)):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        if writing and in_threads:
            _begin_in_turn(connection, patience_seconds)
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin)


def _begin_in_turn(connection: Connection, patience_seconds: float) -> None:
    """Begin to write as soon as another process has written; to be called in a thread that may sleep.

    SQLite's own waiting sleeps longer each time, up to 100 ms: beside a process that writes one short
    transaction after another it was seen to wait 230 ms for a lock that is never held for more than a few.
    """
    until = time.monotonic() + max(patience_seconds, BUSY_MILLISECONDS / 1000)
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except exc.OperationalError as refused:
            code = getattr(refused.orig, "sqlite_errorcode", 0)
            if code & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_TRY_AGAIN_SECONDS)


def _pragmas(*, writing: bool, waits: bool) -> Sequence[str]:
    shared = (f"busy_timeout={BUSY_MILLISECONDS * waits}", "foreign_keys=ON", "temp_store=MEMORY")
    if not writing:
        return (*shared, "query_only=ON")
    return (*shared, "synchronous=FULL", "cache_size=-8000", "journal_size_limit=67108864")


def clock(connection: Connection) -> datetime:
    """The time by the one clock that all writers of this database share.

    SQLite is used by processes of one machine: its clock is the operating system's. A PostgreSQL
    server is asked itself, so that workers on machines with different clocks agree on what is late.
    """
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def has_one_writer(connection: Connection) -> bool:
    """Whether a writing transaction is alone from its beginning, so that it need not lock any row."""
    return connection.dialect.name == "sqlite"


Insert = sqlite.Insert | postgresql.Insert


def insert(dialect: str, table: type[Row]) -> Insert:
    """An INSERT that can say ON CONFLICT, which both know in the same words."""
    maker = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return maker(table_of(table))


def lock_schema(connection: Connection) -> None:
    """Let one process at a time migrate; SQLite's BEGIN IMMEDIATE has done that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
