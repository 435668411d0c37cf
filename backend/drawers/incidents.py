"""Rows of incidents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from backend.columns import Values, table_of
from backend.drawers.rows import add_all, in_parts
from backend.models import Incident


class Head(NamedTuple):
    """What a writer needs to know of an incident before it may add to it."""

    id: str
    status: str
    revision: int
    alerts_revision: int
    alert_count: int
    seq: int
    hash: str


_HEAD = (
    Incident.id,
    Incident.status,
    Incident.revision,
    Incident.alerts_revision,
    Incident.alert_count,
    Incident.head_seq,
    Incident.head_hash,
)
_OPEN = select(*_HEAD).where(Incident.is_open).order_by(Incident.opened_at.desc()).limit(bindparam("n"))


def add(session: Session, rows: Sequence[Values]) -> None:
    add_all(session, Incident, rows)


def change(session: Session, changes: Mapping[str, Values]) -> None:
    """Set the given columns of each incident; those that set the same columns go together."""
    alike: dict[tuple[str, ...], list[Values]] = defaultdict(list)
    for incident_id, values in changes.items():
        alike[tuple(sorted(values))].append({"the_id": incident_id, **values})
    for columns, rows in alike.items():
        statement = (
            update(table_of(Incident))
            .where(Incident.id == bindparam("the_id"))
            .values({column: bindparam(column) for column in columns})
        )
        session.connection().execute(statement, rows)


def heads(session: Session, ids: Collection[str]) -> dict[str, Head]:
    """The heads of these incidents, held against other writers until the transaction ends."""
    found: dict[str, Head] = {}
    for part in in_parts(ids):
        rows = session.execute(select(*_HEAD).where(Incident.id.in_(part)).with_for_update())
        found.update((row[0], Head._make(row)) for row in rows)
    return found


def open_heads(session: Session, limit: int) -> list[Head]:
    """The heads of the newest open incidents."""
    return [Head._make(row) for row in session.execute(_OPEN, {"n": limit})]


def by_ids(session: Session, ids: Collection[str]) -> list[Incident]:
    rows: list[Incident] = []
    for part in in_parts(ids):
        rows += session.scalars(select(Incident).where(Incident.id.in_(part)))
    return rows


@dataclass(frozen=True)
class Search:
    """Conditions that must all hold; empty ones do not count."""

    statuses: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    origin: str = ""
    namespace: str = ""
    cluster: str = ""
    text: str = ""
    opened_after: datetime | None = None
    opened_before: datetime | None = None


def search(session: Session, wanted: Search, *, offset: int, limit: int) -> tuple[list[Incident], int]:
    """One page, newest first, and how many there are in all."""
    where = list(_conditions(wanted))
    total = session.scalar(select(func.count()).select_from(Incident).where(*where)) or 0
    page = (
        select(Incident)
        .where(*where)
        .order_by(Incident.opened_at.desc(), Incident.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return list(session.scalars(page)), total


def _conditions(wanted: Search) -> Iterable[ColumnElement[bool]]:
    exact = {
        Incident.origin: wanted.origin,
        Incident.namespace: wanted.namespace,
        Incident.cluster: wanted.cluster,
    }
    yield from (column == value for column, value in exact.items() if value)
    several = {Incident.status: wanted.statuses, Incident.severity: wanted.severities}
    yield from (column.in_(values) for column, values in several.items() if values)
    if wanted.opened_after is not None:
        yield Incident.opened_at >= wanted.opened_after
    if wanted.opened_before is not None:
        yield Incident.opened_at < wanted.opened_before
    if wanted.text:
        columns = (Incident.title, Incident.summary, Incident.namespace, Incident.cause)
        yield or_(*(column.icontains(wanted.text, autoescape=True) for column in columns))
