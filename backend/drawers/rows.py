"""Adding, replacing and asking for many rows at once, by statements that are built only once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Executable, Insert, Result, insert

from backend import dialects
from backend.columns import Row, Values, table_of

K = TypeVar("K")
R = TypeVar("R", bound=Row)

MANY = 500
"""Keys in one IN list; the databases allow 32,766 parameters a statement."""


def run(
    connection: Connection, statement: Executable, values: Values | None = None
) -> Result[*tuple[Any, ...]]:
    return connection.execute(statement, values)


def fetch(
    connection: Connection, table: type[R], statement: Executable, values: Values | None = None
) -> list[R]:
    """Whole rows of one table, in the order of the statement."""
    return [table(**row._mapping) for row in run(connection, statement, values)]


def fetch_one(
    connection: Connection, table: type[R], statement: Executable, values: Values | None = None
) -> R | None:
    """The first row, if there is one."""
    row = run(connection, statement, values).first()
    return None if row is None else table(**row._mapping)


def changed(connection: Connection, statement: Executable) -> int:
    """Run an UPDATE or DELETE; how many rows it hit."""
    return cast("CursorResult[*tuple[Any, ...]]", run(connection, statement)).rowcount


def add_all(connection: Connection, table: type[Row], rows: Sequence[Values]) -> None:
    """Insert the rows by one prepared statement."""
    if rows:
        connection.execute(_insert(table), list(rows))


def add_new(
    connection: Connection, table: type[Row], rows: Sequence[Values], *, key: tuple[str, ...]
) -> None:
    """Insert those rows of whose key there is none yet."""
    if rows:
        connection.execute(_insert_new(connection.dialect.name, table, key), list(rows))


def put_all(
    connection: Connection,
    table: type[Row],
    rows: Sequence[Values],
    *,
    key: tuple[str, ...],
    keep: tuple[str, ...] = (),
) -> None:
    """Insert the rows; one with a known key replaces what is there, but for the columns to keep."""
    if rows:
        columns = tuple(name for name in rows[0] if name not in key + keep)
        statement = _upsert(connection.dialect.name, table, key, columns)
        connection.execute(statement, list(rows))


@lru_cache
def _insert(table: type[Row]) -> Insert:
    return insert(table_of(table))


@lru_cache
def _insert_new(dialect: str, table: type[Row], key: tuple[str, ...]) -> Insert:
    return dialects.insert(dialect, table).on_conflict_do_nothing(index_elements=list(key))


@lru_cache
def _upsert(dialect: str, table: type[Row], key: tuple[str, ...], columns: tuple[str, ...]) -> Insert:
    statement = dialects.insert(dialect, table)
    newest = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=list(key), set_=newest)


def in_parts(keys: Collection[K]) -> Iterator[list[K]]:
    """The keys, each once, in lists short enough for one statement."""
    rest = iter(dict.fromkeys(keys))
    while part := list(islice(rest, MANY)):
        yield part
