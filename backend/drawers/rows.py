"""Adding many rows at once, and asking for many keys at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Executable, insert
from sqlalchemy.orm import Session

from backend.columns import Row, Values, table_of

K = TypeVar("K")

MANY = 500
"""Keys in one IN list; the databases allow 32,766 parameters a statement."""


def add_all(session: Session, table: type[Row], rows: Sequence[Values]) -> None:
    """Insert the rows by one prepared statement, without the unit of work."""
    if rows:
        session.connection().execute(insert(table_of(table)), list(rows))


def changed(session: Session, statement: Executable) -> int:
    """Run an UPDATE or DELETE; how many rows it hit."""
    return cast("CursorResult[Any]", session.connection().execute(statement)).rowcount


def in_parts(keys: Collection[K]) -> Iterator[list[K]]:
    """The keys, each once, in lists short enough for one statement."""
    rest = iter(dict.fromkeys(keys))
    while part := list(islice(rest, MANY)):
        yield part
