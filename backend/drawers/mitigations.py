"""Rows of steps that were done for a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from backend.columns import Values
from backend.drawers.rows import fetch, fetch_one, put_all
from backend.models import Mitigation


def put(connection: Connection, rows: Sequence[Values]) -> None:
    """File each as it stands now."""
    put_all(connection, Mitigation, rows, key=("key",))


def search(
    connection: Connection, *, incident_id: str | None, states: Sequence[str], limit: int
) -> list[Mitigation]:
    """The first to expire first."""
    wanted = select(Mitigation).order_by(Mitigation.expires_at, Mitigation.key).limit(limit)
    if incident_id is not None:
        wanted = wanted.where(Mitigation.incident_id == incident_id)
    if states:
        wanted = wanted.where(Mitigation.state.in_(states))
    return fetch(connection, Mitigation, wanted)


def named(connection: Connection, key: str) -> Mitigation | None:
    return fetch_one(connection, Mitigation, select(Mitigation).where(Mitigation.key == key))
