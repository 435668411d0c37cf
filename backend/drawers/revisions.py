"""Versions of post-mortems: added and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from backend.columns import Values
from backend.drawers.rows import add_all, fetch
from backend.models import Revision


def add(connection: Connection, rows: Sequence[Values]) -> None:
    add_all(connection, Revision, rows)


def newest(connection: Connection, incident_id: str) -> int:
    """Its number; 0 where there is none."""
    last = select(func.max(Revision.number)).where(Revision.incident_id == incident_id)
    return connection.scalar(last) or 0


def of_incident(connection: Connection, incident_id: str) -> list[Revision]:
    """The first first."""
    wanted = select(Revision).where(Revision.incident_id == incident_id).order_by(Revision.number)
    return fetch(connection, Revision, wanted)
