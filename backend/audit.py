"""Rows of the platform's audit trail; how they are chained and signed is said by who appends them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, or_, select

from backend.columns import Values, table_of
from backend.drawers import counters
from backend.drawers.rows import add_all, changed, fetch, fetch_one
from backend.models import AuditCut, AuditEntry

Make = Callable[[int, str], Values]
"""(sequence number, hash of the entry before or an empty text) → the row."""

_entry = table_of(AuditEntry).c
_AFTER = (
    select(AuditEntry)
    .where(AuditEntry.seq > bindparam("after"))
    .order_by(AuditEntry.seq)
    .limit(bindparam("n"))
)


@dataclass(frozen=True)
class AuditSearch:
    """All given conditions must hold; empty ones say nothing."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


def append(connection: Connection, make: Make) -> Values:
    """Append one entry in its place; the row as it was written. The counter's row is the line writers wait in."""
    seq = counters.grow(connection, counters.AUDIT)
    row = make(seq, hash_at(connection, seq - 1))
    add_all(connection, AuditEntry, [row])
    return row


def hash_at(connection: Connection, seq: int) -> str:
    """The hash of one entry, or of the cut that took it away; empty where neither is there."""
    found = connection.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq))
    if found is None:
        found = connection.scalar(select(AuditCut.hash).where(AuditCut.seq == seq))
    return found or ""


def entries(connection: Connection, *, after: int = 0, limit: int = 1000) -> list[AuditEntry]:
    """Entries with `seq` > after, in order."""
    return fetch(connection, AuditEntry, _AFTER, {"after": after, "n": limit})


def search(
    connection: Connection, wanted: AuditSearch, *, offset: int, limit: int
) -> tuple[list[AuditEntry], int]:
    """One page of what is wanted, newest first, and how many there are."""
    where = _conditions(wanted)
    newest = select(AuditEntry).where(*where).order_by(AuditEntry.seq.desc()).offset(offset).limit(limit)
    total = connection.scalar(select(func.count()).select_from(table_of(AuditEntry)).where(*where))
    return fetch(connection, AuditEntry, newest), int(total or 0)


def _conditions(wanted: AuditSearch) -> list[ColumnElement[bool]]:
    texts = (_entry.actor, _entry.action, _entry.subject, _entry.detail, _entry.reason)
    conditions: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (wanted.actor, lambda: _entry.actor == wanted.actor),
        (wanted.action, lambda: _entry.action.startswith(wanted.action, autoescape=True)),
        (wanted.subject, lambda: _entry.subject == wanted.subject),
        (wanted.text, lambda: or_(*(column.icontains(wanted.text, autoescape=True) for column in texts))),
        (wanted.since, lambda: _entry.at >= wanted.since),
        (wanted.until, lambda: _entry.at < wanted.until),
    ]
    return [condition() for given, condition in conditions if given]


def last_seq(connection: Connection) -> int:
    """The last sequence number that was ever given."""
    return counters.read(connection, counters.AUDIT)


def last_before(connection: Connection, moment: datetime) -> AuditEntry | None:
    """The last entry that is older than this, and none before it is younger."""
    first_younger = connection.scalar(select(func.min(AuditEntry.seq)).where(AuditEntry.at >= moment))
    older = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)
    if first_younger is not None:
        older = older.where(AuditEntry.seq < first_younger)
    return fetch_one(connection, AuditEntry, older)


def cut(connection: Connection, mark: Values) -> int:
    """Take away the entries up to the mark's seq, and leave the mark; how many they were."""
    add_all(connection, AuditCut, [mark])
    return changed(connection, delete(table_of(AuditEntry)).where(AuditEntry.seq <= mark["seq"]))


def last_cut(connection: Connection) -> AuditCut | None:
    return fetch_one(connection, AuditCut, select(AuditCut).order_by(AuditCut.seq.desc()).limit(1))
