"""Rows of incidents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Update, bindparam, case, func, or_, select, update

from backend.columns import Values, table_of
from backend.drawers.rows import add_all, fetch, fetch_one, in_parts, run
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


_incident = table_of(Incident).c
_HEAD = select(
    _incident.id,
    _incident.status,
    _incident.revision,
    _incident.alerts_revision,
    _incident.alert_count,
    _incident.head_seq,
    _incident.head_hash,
)
_is_wanted = _incident.id.in_(bindparam("ids", expanding=True))
_OPEN = _HEAD.where(_incident.is_open).order_by(_incident.opened_at.desc()).limit(bindparam("n"))
_TOUCHED = _HEAD.where(_incident.revision > bindparam("after"))
_HELD = _HEAD.where(_is_wanted).with_for_update()
_LEADING = select(table_of(Incident)).where(
    _incident.leads_since.is_not(None), _incident.cause_entity == bindparam("blamed")
)
_BY_IDS = select(table_of(Incident)).where(_is_wanted)


_A_DAY: Final = timedelta(days=1)
_HANDED_OVER = (
    select(table_of(Incident))
    .where(
        _incident.status == "escalated",
        _incident.opened_at > bindparam("opened", type_=_incident.opened_at.type),
        _incident.closed_at > bindparam("since", type_=_incident.closed_at.type),
        _incident.group_key == bindparam("key"),
    )
    .order_by(_incident.opened_at.desc(), _incident.id.desc())
    .limit(1)
)


def add(connection: Connection, rows: Sequence[Values]) -> None:
    add_all(connection, Incident, rows)


def change(connection: Connection, changes: Mapping[str, Values]) -> None:
    """Set the given columns of each incident; those that set the same columns go together."""
    alike: dict[tuple[str, ...], list[Values]] = defaultdict(list)
    for incident_id, values in changes.items():
        alike[tuple(sorted(values))].append({"the_id": incident_id, **values})
    for columns, rows in alike.items():
        connection.execute(_update(columns), rows)


@lru_cache
def _update(columns: tuple[str, ...]) -> Update:
    values: Values = {column: bindparam(column) for column in columns}
    return update(table_of(Incident)).where(_incident.id == bindparam("the_id")).values(values)


def heads(connection: Connection, ids: Collection[str]) -> dict[str, Head]:
    """The heads of these incidents, held against other writers until the transaction ends."""
    found = [Head._make(row) for part in in_parts(ids) for row in run(connection, _HELD, {"ids": part})]
    return {head.id: head for head in found}


def open_heads(connection: Connection, limit: int) -> list[Head]:
    """The heads of the newest open incidents."""
    return [Head._make(row) for row in run(connection, _OPEN, {"n": limit})]


def touched_heads(connection: Connection, after: int) -> list[Head]:
    """The heads of all incidents, open or finished, that were written to after this revision."""
    return [Head._make(row) for row in run(connection, _TOUCHED, {"after": after})]


def by_ids(connection: Connection, ids: Collection[str]) -> list[Incident]:
    return [row for part in in_parts(ids) for row in fetch(connection, Incident, _BY_IDS, {"ids": part})]


def leading(connection: Connection, blamed: str) -> list[Incident]:
    """All that ever took the lead on this object (its JSON text), open or not."""
    return fetch(connection, Incident, _LEADING, {"blamed": blamed})


def handed_over(connection: Connection, key: str, *, since: datetime) -> Incident | None:
    """The newest about this that was handed over since then; one that was under way for over a day is not looked for."""
    return fetch_one(
        connection, Incident, _HANDED_OVER, {"key": key, "since": since, "opened": since - _A_DAY}
    )


_SEVERITY = case({"critical": 0, "high": 1, "warning": 2}, value=Incident.severity, else_=3)
_NEWEST = (Incident.opened_at.desc(), Incident.id.desc())
_ORDERS: Final[Mapping[str, Sequence[ColumnElement[Any]]]] = {
    "newest": _NEWEST,
    "oldest": (Incident.opened_at.asc(), Incident.id.asc()),
    "worst": (_SEVERITY, *_NEWEST),
}


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
    order: str = "newest"


def search(connection: Connection, wanted: Search, *, offset: int, limit: int) -> tuple[list[Incident], int]:
    """One page of all of them in the order that is wanted, and how many there are in all."""
    where = list(_conditions(wanted))
    total = connection.scalar(select(func.count()).select_from(Incident).where(*where)) or 0
    page = select(Incident).where(*where).order_by(*_ORDERS[wanted.order]).offset(offset).limit(limit)
    return fetch(connection, Incident, page), total


class Unfinished(NamedTuple):
    """How many open incidents of one severity and status a cluster has, and since when the oldest is open."""

    cluster: str
    severity: str
    status: str
    number: int
    oldest: datetime


def unfinished(connection: Connection) -> list[Unfinished]:
    alike = (_incident.cluster, _incident.severity, _incident.status)
    counted = select(*alike, func.count(), func.min(_incident.opened_at)).where(_incident.is_open)
    return [Unfinished(*row) for row in connection.execute(counted.group_by(*alike))]


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
