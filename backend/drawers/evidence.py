"""Rows of evidence, and the bodies they point at."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from backend.columns import Values
from backend.drawers.rows import add_all, add_new, fetch, fetch_one
from backend.models import Evidence, EvidenceBody


def by_key(connection: Connection, incident_id: str, key: str) -> Evidence | None:
    wanted = select(Evidence).where(Evidence.incident_id == incident_id, Evidence.key == key)
    return fetch_one(connection, Evidence, wanted)


def next_number(connection: Connection, incident_id: str) -> int:
    """The caller holds the incident's head, so nobody else is given the same number."""
    last = select(func.max(Evidence.number)).where(Evidence.incident_id == incident_id)
    return (connection.scalar(last) or 0) + 1


def add_body(connection: Connection, row: Values) -> None:
    """Keep a body, unless the very same is kept already."""
    add_new(connection, EvidenceBody, row, key=("digest",))


def add(connection: Connection, row: Values) -> None:
    add_all(connection, Evidence, [row])


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
