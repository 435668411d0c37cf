"""Rows of evidence, and the bodies they point at."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, func, select

from backend.columns import Values, table_of
from backend.drawers.rows import add_all, add_new, fetch, fetch_one, in_parts, run
from backend.models import Evidence, EvidenceBody

_evidence = table_of(Evidence).c
_BY_KEYS = select(table_of(Evidence)).where(
    _evidence.incident_id.in_(bindparam("incidents", expanding=True)),
    _evidence.key.in_(bindparam("some_keys", expanding=True)),
)
_LAST = (
    select(_evidence.incident_id, func.max(_evidence.number))
    .where(_evidence.incident_id.in_(bindparam("incidents", expanding=True)))
    .group_by(_evidence.incident_id)
)


def by_keys(
    connection: Connection, ids: Collection[str], keys: Collection[str]
) -> dict[tuple[str, str], Evidence]:
    """What is on file under these keys in these incidents, by incident and key."""
    return {
        (row.incident_id, row.key): row
        for some_ids in in_parts(ids)
        for some_keys in in_parts(keys)
        for row in fetch(connection, Evidence, _BY_KEYS, {"incidents": some_ids, "some_keys": some_keys})
    }


def last_numbers(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """Of each incident that has any. The caller holds their heads, so nobody else is given the same next number."""
    return {
        incident_id: number
        for some_ids in in_parts(ids)
        for incident_id, number in run(connection, _LAST, {"incidents": some_ids})
    }


def add_bodies(connection: Connection, rows: Sequence[Values]) -> None:
    """Keep bodies; of the very same one is enough."""
    add_new(connection, EvidenceBody, rows, key=("digest",))


def add(connection: Connection, rows: Sequence[Values]) -> None:
    add_all(connection, Evidence, rows)


def of_incident(connection: Connection, incident_id: str) -> list[Evidence]:
    """In the order of keeping."""
    wanted = select(Evidence).where(Evidence.incident_id == incident_id).order_by(Evidence.number)
    return fetch(connection, Evidence, wanted)


def body(connection: Connection, incident_id: str, number: int) -> EvidenceBody | None:
    wanted = (
        select(EvidenceBody)
        .join(Evidence, Evidence.digest == EvidenceBody.digest)
        .where(Evidence.incident_id == incident_id, Evidence.number == number)
    )
    return fetch_one(connection, EvidenceBody, wanted)
