"""Rows of the journal, and the places they are given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from backend import dialects
from backend.columns import Values, table_of
from backend.drawers import counters
from backend.drawers.rows import add_all, fetch, in_parts, run
from backend.models import JournalEntry

_entry = table_of(JournalEntry)
_KEYS = select(_entry.c.incident_id, _entry.c.key).where(
    _entry.c.incident_id.in_(bindparam("incidents", expanding=True)),
    _entry.c.key.in_(bindparam("some_keys", expanding=True)),
)
_OF_INCIDENT = (
    select(JournalEntry)
    .where(JournalEntry.incident_id == bindparam("of"), JournalEntry.seq > bindparam("after"))
    .order_by(JournalEntry.seq)
    .limit(bindparam("n"))
)
_OF_ALL = (
    select(JournalEntry)
    .where(JournalEntry.position > bindparam("after"))
    .order_by(JournalEntry.position)
    .limit(bindparam("n"))
)
_RECENT = (
    select(JournalEntry)
    .where(
        JournalEntry.position > bindparam("beyond"),
        JournalEntry.kind.in_(bindparam("kinds", expanding=True)),
        JournalEntry.at >= bindparam("since"),
    )
    .order_by(JournalEntry.position.desc())
    .limit(bindparam("n"))
)
_FARTHEST = 100_000
"""So many of the newest entries are looked through: kinds and times have no index, and a reader waits."""


def line_up(connection: Connection) -> None:
    """Wait until every writer before us has committed; first of all, so that no two wait for each other."""
    if not dialects.has_one_writer(connection):
        counters.hold(connection, counters.POSITIONS)


def reserve(connection: Connection, count: int) -> tuple[int, int]:
    """The first of `count` positions, and the revision of this transaction.

    They are ours when we commit, and nobody else commits in between.
    """
    last, revision = counters.grow_journal(connection, count)
    return last - count + 1, revision


def last_position(connection: Connection) -> int:
    return counters.read(connection, counters.POSITIONS)


def append(connection: Connection, rows: Sequence[Values]) -> None:
    add_all(connection, JournalEntry, rows)


def keys_on_file(connection: Connection, ids: Collection[str], keys: Collection[str]) -> set[tuple[str, str]]:
    """Which (incident, key) pairs made of these exist already."""
    return {
        (incident_id, key)
        for some_ids in in_parts(ids)
        for some_keys in in_parts(keys)
        for incident_id, key in run(connection, _KEYS, {"incidents": some_ids, "some_keys": some_keys})
    }


def of_incident(connection: Connection, incident_id: str, *, after: int, limit: int) -> list[JournalEntry]:
    """Entries with `seq` > after, in order."""
    return fetch(connection, JournalEntry, _OF_INCIDENT, {"of": incident_id, "after": after, "n": limit})


def of_all(connection: Connection, *, after: int, limit: int) -> list[JournalEntry]:
    """Entries with `position` > after, in order."""
    return fetch(connection, JournalEntry, _OF_ALL, {"after": after, "n": limit})


def recent(
    connection: Connection, kinds: Collection[str], *, since: datetime, limit: int
) -> list[JournalEntry]:
    """Entries of these kinds, of that time or later, newest first; only the newest of the journal are looked through."""
    beyond = last_position(connection) - _FARTHEST
    values = {"beyond": beyond, "kinds": list(kinds), "since": since, "n": limit}
    return fetch(connection, JournalEntry, _RECENT, values)
