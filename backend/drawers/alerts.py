"""Rows of alerts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from backend.columns import Values, table_of
from backend.drawers.rows import fetch, in_parts, put_all, run
from backend.models import Alert, Incident

_alert, _incident = table_of(Alert), table_of(Incident)
_is_wanted = _alert.c.fingerprint.in_(bindparam("fingerprints", expanding=True))
_SEEN = select(_alert.c.fingerprint).where(_is_wanted).distinct()
_KNOWN = select(_alert).where(_is_wanted, _alert.c.starts_at.in_(bindparam("starts", expanding=True)))
_FIRINGS = (
    select(_alert.c.fingerprint, func.count())
    .where(_is_wanted, _alert.c.starts_at > bindparam("since"))
    .group_by(_alert.c.fingerprint)
)
_FINISHED = (
    select(_alert.c.fingerprint, _incident.c.id, _incident.c.opened_at)
    .join(_incident, _incident.c.id == _alert.c.incident_id)
    .where(_is_wanted, _incident.c.is_open.is_(False))
    .order_by(_incident.c.opened_at, _incident.c.id)
    .distinct()
)
_OF_INCIDENTS = (
    select(_alert)
    .where(_alert.c.incident_id.in_(bindparam("incidents", expanding=True)))
    .order_by(_alert.c.id)
)


def file(connection: Connection, rows: Sequence[Values]) -> None:
    """Add alerts, or bring those on file to their newest state; they keep their first arrival."""
    put_all(connection, Alert, rows, key=("fingerprint", "starts_at"), keep=("received_at",))


def seen(connection: Connection, fingerprints: Collection[str]) -> set[str]:
    """Those of which anything is on file."""
    return {
        row[0] for part in in_parts(fingerprints) for row in run(connection, _SEEN, {"fingerprints": part})
    }


def by_fingerprints(
    connection: Connection, fingerprints: Collection[str], starts: Collection[datetime]
) -> list[Alert]:
    """Alerts on file with one of these fingerprints and one of these beginnings."""
    return [
        row
        for part in in_parts(fingerprints)
        for beginnings in in_parts(starts)
        for row in fetch(connection, Alert, _KNOWN, {"fingerprints": part, "starts": beginnings})
    ]


def firings(connection: Connection, fingerprints: Collection[str], since: datetime) -> dict[str, int]:
    """How often each of these began to fire since then; those that did not are left out."""
    return {
        fingerprint: count
        for part in in_parts(fingerprints)
        for fingerprint, count in run(connection, _FIRINGS, {"fingerprints": part, "since": since})
    }


def finished(connection: Connection, fingerprints: Collection[str]) -> dict[str, str]:
    """Fingerprint → id of the newest finished incident that it belonged to."""
    return {
        fingerprint: incident_id
        for part in in_parts(fingerprints)
        for fingerprint, incident_id, _ in run(connection, _FINISHED, {"fingerprints": part})
    }


def of_incidents(connection: Connection, ids: Collection[str]) -> list[Alert]:
    """In the order of arrival."""
    return [
        row for part in in_parts(ids) for row in fetch(connection, Alert, _OF_INCIDENTS, {"incidents": part})
    ]


def unfiled(connection: Connection, limit: int) -> list[Alert]:
    """Those that belong to no incident, newest first."""
    wanted = (
        select(Alert)
        .where(Alert.incident_id.is_(None))
        .order_by(Alert.received_at.desc(), Alert.id.desc())
        .limit(limit)
    )
    return fetch(connection, Alert, wanted)
