"""Rows of jobs: a queue that survives its workers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased

from backend import dialects
from backend.columns import Values, table_of
from backend.drawers import counters
from backend.drawers.rows import changed, fetch_one, run
from backend.models import Job

QUEUED = "queued"
RUNNING = "running"
_other = aliased(Job)
_now = bindparam("now", type_=Job.run_at.type)
_lock_held = exists().where(
    _other.lock == Job.lock, _other.state == RUNNING, _other.held_until > _now, _other.id != Job.id
)
_is_due = or_(Job.state == QUEUED, and_(Job.state == RUNNING, Job.held_until <= _now))


_NEXT = (
    select(Job)
    .where(Job.run_at <= _now, _is_due, ~_lock_held)
    .order_by(Job.priority, Job.run_at, Job.id)
    .limit(1)
)


def defer(connection: Connection, rows: Iterable[Values]) -> None:
    """Queue jobs. A queued twin (same lock, same kind) stays alone and takes the sooner time and the greater urgency."""
    rows = [{"state": QUEUED, "attempts": 0, "owner": "", "error": "", **row} for row in rows]
    if not rows:
        return
    connection.execute(_defer(connection.dialect.name), rows)


@lru_cache
def _defer(dialect: str) -> Insert:
    statement = dialects.insert(dialect, Job)
    old, new = table_of(Job).c, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["lock", "kind"],
        index_where=text(f"state = '{QUEUED}'"),
        set_={
            "run_at": case((new.run_at < old.run_at, new.run_at), else_=old.run_at),
            "priority": case((new.priority < old.priority, new.priority), else_=old.priority),
        },
    )


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether a claim would find something; asks without taking part in the line of writers."""
    return run(connection, _NEXT, {"now": now}).first() is not None


def claim(connection: Connection, owner: str, *, now: datetime, until: datetime) -> Job | None:
    """Take the next due job whose lock is free, most urgent first."""
    if not dialects.has_one_writer(connection):
        counters.hold(connection, counters.CLAIMS)
    job = fetch_one(connection, Job, _NEXT, {"now": now})
    if job is None:
        return None
    job.state, job.owner, job.held_until, job.attempts = RUNNING, owner, until, job.attempts + 1
    taken = {"state": RUNNING, "owner": owner, "held_until": until, "attempts": job.attempts}
    connection.execute(update(table_of(Job)).where(Job.id == job.id).values(taken))
    return job


def renew(
    connection: Connection, job: tuple[int, int], owner: str, *, now: datetime, until: datetime
) -> bool:
    """Extend a claim (`job` is id and attempt) that is still good; False where it is not."""
    still_good = and_(_ours(job, owner), Job.held_until > now)
    return changed(connection, update(table_of(Job)).where(still_good).values(held_until=until)) == 1


def finish(connection: Connection, job: tuple[int, int], owner: str) -> None:
    """Remove a job that is still ours; somebody else's is left alone."""
    connection.execute(delete(table_of(Job)).where(_ours(job, owner)))


def retry(connection: Connection, job: tuple[int, int], owner: str, *, run_at: datetime, error: str) -> None:
    """Queue a job that is still ours again; a twin that was queued meanwhile is taken into it."""
    ours = fetch_one(connection, Job, select(Job).where(_ours(job, owner)).with_for_update())
    if ours is None:
        return
    twin = and_(Job.lock == ours.lock, Job.kind == ours.kind, Job.state == QUEUED)
    waiting = connection.execute(select(Job.run_at, Job.priority).where(twin)).all()
    connection.execute(delete(table_of(Job)).where(twin))
    again = {
        "state": QUEUED,
        "owner": "",
        "held_until": None,
        "error": error,
        "run_at": min([run_at, *(row[0] for row in waiting)]),
        "priority": min([ours.priority, *(row[1] for row in waiting)]),
    }
    connection.execute(update(table_of(Job)).where(Job.id == ours.id).values(again))


def resume(connection: Connection, owners: Collection[str], *, now: datetime) -> int:
    """Due now: what these owners had claimed, and what was put off after a fault; how many there were."""
    claimed = and_(Job.state == RUNNING, Job.owner.in_(owners), Job.held_until > now)
    put_off = and_(Job.state == QUEUED, Job.error != "", Job.run_at > now)
    given_up = changed(connection, update(table_of(Job)).where(claimed).values(held_until=now))
    return given_up + changed(connection, update(table_of(Job)).where(put_off).values(run_at=now))


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(Job)) or 0


def _ours(job: tuple[int, int], owner: str) -> ColumnElement[bool]:
    return and_(Job.id == job[0], Job.attempts == job[1], Job.owner == owner, Job.state == RUNNING)
