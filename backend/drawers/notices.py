"""Rows of messages on their way to people outside: gathered from the journal, claimed, sent or given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from backend import dialects
from backend.columns import table_of
from backend.drawers import counters, journal
from backend.drawers.rows import add_new, fetch, fetch_one, run
from backend.models import JournalEntry, Notice

WAITING = "waiting"
DELIVERED = "delivered"
GIVEN_UP = "given_up"
_entry = table_of(JournalEntry)
_notice = table_of(Notice)
_NEWS = (
    select(_entry.c.position, _entry.c.incident_id)
    .where(
        _entry.c.position > bindparam("after"),
        _entry.c.position <= bindparam("last"),
        _entry.c.kind.in_(bindparam("kinds", expanding=True)),
        _entry.c.at >= bindparam("since", type_=JournalEntry.at.type),
    )
    .order_by(_entry.c.position)
)
_DUE = (
    select(Notice)
    .where(Notice.state == WAITING, Notice.next_at <= bindparam("now", type_=Notice.next_at.type))
    .order_by(Notice.next_at, Notice.id)
    .limit(1)
)


class Wanted(NamedTuple):
    """Which entries of the journal are news, for which channels, and how old news may be."""

    kinds: Sequence[str]
    channels: Sequence[str]
    since: datetime


def news_until(connection: Connection, wanted: Wanted, *, looked: int) -> tuple[int, bool]:
    """The journal's last position, and whether there is news between where we looked last and there."""
    known = counters.every(connection)
    after, last = max(known[counters.NOTICES], looked), known[counters.POSITIONS]
    about = {"after": after, "last": last, "kinds": list(wanted.kinds), "since": wanted.since}
    return last, run(connection, _NEWS, about).first() is not None


def gather(connection: Connection, wanted: Wanted, *, now: datetime) -> int:
    """Queue what is new in the journal for every channel, once; how many messages were queued.

    The place that was reached is kept in the same transaction, so that nothing is left out or queued twice.
    """
    after = counters.hold(connection, counters.NOTICES)
    last = journal.last_position(connection)
    about = {"after": after, "last": last, "kinds": list(wanted.kinds), "since": wanted.since}
    found = run(connection, _NEWS, about).all()
    fresh = {
        "state": WAITING,
        "attempts": 0,
        "error": "",
        "next_at": now,
        "created_at": now,
        "ended_at": None,
    }
    for position, incident_id in found:
        for channel in wanted.channels:
            row = {**fresh, "channel": channel, "position": position, "incident_id": incident_id}
            add_new(connection, Notice, [row], key=("channel", "position"))
    counters.grow(connection, counters.NOTICES, last - after)
    return len(found) * len(wanted.channels)


def is_due(connection: Connection, now: datetime) -> bool:
    return run(connection, _DUE, {"now": now}).first() is not None


def claim(connection: Connection, *, now: datetime, until: datetime) -> Notice | None:
    """Take the next message that is due; where nobody reports on it, it is due again at `until`."""
    if not dialects.has_one_writer(connection):
        counters.hold(connection, counters.NOTICES)
    found = fetch_one(connection, Notice, _DUE, {"now": now})
    if found is None:
        return None
    found.attempts, found.next_at = found.attempts + 1, until
    taken = {"attempts": found.attempts, "next_at": until}
    connection.execute(update(_notice).where(_notice.c.id == found.id).values(taken))
    return found


def end(connection: Connection, notice: tuple[int, int], state: str, *, now: datetime, error: str) -> None:
    """Say how a claimed message (id and attempt) ended; a late word about an older attempt changes nothing."""
    _say(connection, notice, {"state": state, "ended_at": now, "error": error})


def again(connection: Connection, notice: tuple[int, int], *, next_at: datetime, error: str) -> None:
    _say(connection, notice, {"next_at": next_at, "error": error})


def _say(connection: Connection, notice: tuple[int, int], values: dict[str, object]) -> None:
    ours = (_notice.c.id == notice[0], _notice.c.attempts == notice[1], _notice.c.state == WAITING)
    connection.execute(update(_notice).where(*ours).values(values))


def newest(connection: Connection, *, limit: int) -> list[Notice]:
    return fetch(connection, Notice, select(Notice).order_by(Notice.id.desc()).limit(limit))


def forget(connection: Connection, *, before: datetime) -> None:
    """Remove messages that ended long ago."""
    connection.execute(delete(_notice).where(_notice.c.ended_at < before))
