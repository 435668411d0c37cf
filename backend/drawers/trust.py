"""Rows of the trust ladder."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from backend.columns import Values, table_of
from backend.drawers import counters
from backend.drawers.rows import add_new, fetch, fetch_one, put_all, run
from backend.models import Counter, JournalEntry, TrustRung, TrustSample

PENDING = "pending"
_KEY = ("incident_id", "plan_digest", "step")
_counter = table_of(Counter)
_entry = table_of(JournalEntry)
_TOUCHED = (
    select(_entry.c.incident_id)
    .where(
        _entry.c.position > bindparam("after"),
        _entry.c.position <= bindparam("last"),
        _entry.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .distinct()
)


def rungs(connection: Connection) -> list[TrustRung]:
    return fetch(connection, TrustRung, select(TrustRung).order_by(TrustRung.service, TrustRung.action))


def rung(connection: Connection, service: str, action: str) -> TrustRung | None:
    named = (TrustRung.service == service, TrustRung.action == action)
    return fetch_one(connection, TrustRung, select(TrustRung).where(*named))


def put_rung(connection: Connection, row: Values) -> None:
    put_all(connection, TrustRung, [row], key=("service", "action"))


def samples(connection: Connection, *, service: str, action: str, limit: int) -> list[TrustSample]:
    """Newest first; of one service and one action where they are given."""
    wanted = select(TrustSample).order_by(TrustSample.planned_at.desc(), TrustSample.step).limit(limit)
    if service:
        wanted = wanted.where(TrustSample.service == service)
    if action:
        wanted = wanted.where(TrustSample.action == action)
    return fetch(connection, TrustSample, wanted)


def of_incident(connection: Connection, incident_id: str) -> list[TrustSample]:
    order = (TrustSample.planned_at, TrustSample.plan_digest, TrustSample.step)
    wanted = select(TrustSample).where(TrustSample.incident_id == incident_id).order_by(*order)
    return fetch(connection, TrustSample, wanted)


def put_sample(connection: Connection, row: Values, *, is_pending: bool) -> None:
    """A pending one never replaces what is on file; any other one does."""
    if is_pending:
        add_new(connection, TrustSample, [row], key=_KEY)
    else:
        put_all(connection, TrustSample, [row], key=_KEY)


def pending(connection: Connection, *, limit: int) -> list[TrustSample]:
    """Oldest first."""
    wanted = select(TrustSample).where(TrustSample.agreement == PENDING)
    return fetch(
        connection, TrustSample, wanted.order_by(TrustSample.planned_at, TrustSample.step).limit(limit)
    )


def touched(connection: Connection, kinds: Sequence[str]) -> tuple[list[str], int]:
    """Incidents of which such an entry was written since the place that was reached, and the place now."""
    known = counters.every(connection)
    after, last = known[counters.TRUST], known[counters.POSITIONS]
    rows = run(connection, _TOUCHED, {"after": after, "last": last, "kinds": list(kinds)})
    return [row[0] for row in rows], last


def reached(connection: Connection, position: int) -> None:
    """Never goes back."""
    named = (_counter.c.name == counters.TRUST, _counter.c.value < position)
    connection.execute(update(_counter).where(*named).values(value=position))
