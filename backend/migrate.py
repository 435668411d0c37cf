"""Bring a database to the tables this program expects; safe when several processes start at once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, exc
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from backend import dialects
from backend.errors import DatabaseUnusable, named

T = TypeVar("T")
_FOLDER = Path(__file__).parent / "migrations"
_WAL_ATTEMPTS = 100
_OTHERS_MIGRATE_SECONDS = 60
"""Whoever starts at the same time migrates first, which on a busy machine takes longer than any write afterwards."""


class Revisions(NamedTuple):
    """What a database has (empty: nothing yet), and what this program expects."""

    found: str
    expected: str


def upgrade(url: str) -> None:
    """Create the tables, or bring them to the newest revision; does nothing where that is so already.

    Blocks; from an event loop, call it in a thread. One process at a time does the work, in one
    transaction: another one waits, and then finds it done. Raises DatabaseFailed.
    """
    target = dialects.parsed(url)
    if dialects.is_sqlite(target):
        _make_file(Path(str(target.database)))
    _on_connection(target, _upgrade)


def revisions(url: str) -> Revisions:
    """What the database has and what is expected of it. Raises DatabaseFailed."""
    return _on_connection(dialects.parsed(url), _revisions)


def _upgrade(connection: Connection) -> None:
    dialects.lock_schema(connection)
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as unknown:
        found, expected = _revisions(connection)
        raise DatabaseUnusable(
            f"expected a database at revision {expected} or older, found {found}: a newer version of this "
            "program made it; use that version, or another DATABASE_URL"
        ) from unknown


def _revisions(connection: Connection) -> Revisions:
    found = MigrationContext.configure(connection).get_current_revision()
    return Revisions(found or "", ScriptDirectory.from_config(_config()).get_current_head() or "")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _make_file(path: Path) -> None:
    """The database file in WAL mode, so that readers never wait for writers; the mode stays with the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(path, isolation_level=None) as connection:
            _switch_to_wal(connection)
        connection.close()
    except (OSError, sqlite3.Error) as failure:
        code = getattr(failure, "sqlite_errorname", "")
        raise DatabaseUnusable(
            f"the database {path} cannot be made ready: {failure} {code}".strip()
        ) from failure


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    for attempt in range(_WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as busy:
            # SQLite does not wait by itself here when another process switches at this very moment.
            if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(0.05)
        else:
            return


def _on_connection(target: URL, work: Callable[[Connection], T]) -> T:
    try:
        if dialects.is_sqlite(target):
            return _in_thread(target, work)
        return asyncio.run(_on_loop(target, work))
    except exc.SQLAlchemyError as failure:
        raise named(failure) from failure


def _in_thread(target: URL, work: Callable[[Connection], T]) -> T:
    engine = create_engine(
        dialects.synchronous(target), **dialects.options(target, connections=1, writing=True)
    )
    dialects.prepare(engine, writing=True, patience_seconds=_OTHERS_MIGRATE_SECONDS)
    try:
        with engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


async def _on_loop(target: URL, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(target, **dialects.options(target, connections=1, writing=True))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
