"""Rows of alerts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend import dialects
from backend.columns import Values
from backend.drawers.rows import in_parts
from backend.models import Alert, Incident

_KEPT = ("fingerprint", "starts_at", "received_at")
"""What an alert keeps from its first arrival, however often its state changes."""


def file(session: Session, rows: Sequence[Values]) -> None:
    """Add alerts, or bring those on file to their newest state."""
    if not rows:
        return
    statement = dialects.insert(session, Alert)
    newest = {name: statement.excluded[name] for name in rows[0] if name not in _KEPT}
    upsert = statement.on_conflict_do_update(index_elements=["fingerprint", "starts_at"], set_=newest)
    session.connection().execute(upsert, list(rows))


def by_fingerprints(
    session: Session, fingerprints: Collection[str], starts: Collection[datetime]
) -> list[Alert]:
    """Alerts on file with one of these fingerprints and one of these beginnings."""
    rows: list[Alert] = []
    for part in in_parts(fingerprints):
        for beginnings in in_parts(starts):
            rows += session.scalars(
                select(Alert).where(Alert.fingerprint.in_(part), Alert.starts_at.in_(beginnings))
            )
    return rows


def firings(session: Session, fingerprints: Collection[str], since: datetime) -> dict[str, int]:
    """How often each of these began to fire since then; those that did not are left out."""
    counts: dict[str, int] = {}
    for part in in_parts(fingerprints):
        found = session.execute(
            select(Alert.fingerprint, func.count())
            .where(Alert.fingerprint.in_(part), Alert.starts_at > since)
            .group_by(Alert.fingerprint)
        )
        counts.update((fingerprint, count) for fingerprint, count in found)
    return counts


def finished(session: Session, fingerprints: Collection[str]) -> dict[str, str]:
    """Fingerprint → id of the newest finished incident that it belonged to."""
    newest: dict[str, str] = {}
    for part in in_parts(fingerprints):
        found = session.execute(
            select(Alert.fingerprint, Incident.id)
            .join(Incident, Incident.id == Alert.incident_id)
            .where(Alert.fingerprint.in_(part), Incident.is_open.is_(False))
            .order_by(Incident.opened_at, Incident.id)
            .distinct()
        )
        newest.update((fingerprint, incident_id) for fingerprint, incident_id in found)
    return newest


def of_incidents(session: Session, ids: Collection[str]) -> list[Alert]:
    """In the order of arrival."""
    rows: list[Alert] = []
    for part in in_parts(ids):
        rows += session.scalars(select(Alert).where(Alert.incident_id.in_(part)).order_by(Alert.id))
    return rows


def unfiled(session: Session, limit: int) -> list[Alert]:
    """Those that belong to no incident, newest first."""
    wanted = (
        select(Alert)
        .where(Alert.incident_id.is_(None))
        .order_by(Alert.received_at.desc(), Alert.id.desc())
        .limit(limit)
    )
    return list(session.scalars(wanted))
