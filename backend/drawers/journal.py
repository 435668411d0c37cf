"""Rows of the journal, and the places they are given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend import dialects
from backend.columns import Values
from backend.drawers import counters
from backend.drawers.rows import add_all, in_parts
from backend.models import JournalEntry

_POSITIONS = "journal"


def line_up(session: Session) -> None:
    """Wait until every writer before us has committed; first of all, so that no two wait for each other."""
    if not dialects.has_one_writer(session):
        counters.hold(session, _POSITIONS)


def reserve(session: Session, count: int) -> int:
    """The first of `count` positions. They are ours when we commit, and nobody commits in between."""
    return counters.grow(session, _POSITIONS, count) - count + 1


def last_position(session: Session) -> int:
    return counters.read(session, _POSITIONS)


def append(session: Session, rows: Sequence[Values]) -> None:
    add_all(session, JournalEntry, rows)


def keys_on_file(session: Session, ids: Collection[str], keys: Collection[str]) -> set[tuple[str, str]]:
    """Which (incident, key) pairs made of these exist already."""
    found: set[tuple[str, str]] = set()
    for some_ids in in_parts(ids):
        for some_keys in in_parts(keys):
            rows = session.execute(
                select(JournalEntry.incident_id, JournalEntry.key).where(
                    JournalEntry.incident_id.in_(some_ids), JournalEntry.key.in_(some_keys)
                )
            )
            found.update((incident_id, key) for incident_id, key in rows)
    return found


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


def of_incident(session: Session, incident_id: str, *, after: int, limit: int) -> list[JournalEntry]:
    """Entries with `seq` > after, in order."""
    return list(session.scalars(_OF_INCIDENT, {"of": incident_id, "after": after, "n": limit}))


def of_all(session: Session, *, after: int, limit: int) -> list[JournalEntry]:
    """Entries with `position` > after, in order."""
    return list(session.scalars(_OF_ALL, {"after": after, "n": limit}))
