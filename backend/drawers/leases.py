"""Rows of leases: one holder at a time, and a fence that only grows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, Executable, and_, bindparam, select, update

from backend import dialects
from backend.columns import table_of
from backend.drawers.rows import changed, fetch, in_parts, run
from backend.models import Lease

_HELD = select(Lease).where(Lease.incident_id.in_(bindparam("incidents", expanding=True))).with_for_update()


def acquire(
    connection: Connection, incident_id: str, owner: str, *, now: datetime, until: datetime
) -> int | None:
    """Take the lease if it is free or has expired, in one compare-and-set; the new fence, or None."""
    row = {"incident_id": incident_id, "owner": owner, "fence": 1, "expires_at": until}
    statement = _acquire(connection.dialect.name)
    fence = run(connection, statement, {**row, "now": now}).scalar_one_or_none()
    return None if fence is None else int(fence)


@lru_cache
def _acquire(dialect: str) -> Executable:
    statement = dialects.insert(dialect, Lease)
    old, new = table_of(Lease).c, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["incident_id"],
        set_={"owner": new.owner, "fence": old.fence + 1, "expires_at": new.expires_at},
        where=old.expires_at <= bindparam("now", type_=old.expires_at.type),
    ).returning(old.fence)


class Held(NamedTuple):
    """What the holder of a lease says it holds."""

    incident_id: str
    owner: str
    fence: int


def extend(connection: Connection, held: Held, *, now: datetime, until: datetime) -> bool:
    """Let a lease that is still held end at `until` (now: give it back); False where it is not held."""
    still_held = and_(
        Lease.incident_id == held.incident_id,
        Lease.owner == held.owner,
        Lease.fence == held.fence,
        Lease.expires_at > now,
    )
    return changed(connection, update(table_of(Lease)).where(still_held).values(expires_at=until)) == 1


def forfeit(connection: Connection, owners: Collection[str], *, now: datetime) -> int:
    """Let all that these owners hold end now; how many there were."""
    held = and_(Lease.owner.in_(owners), Lease.expires_at > now)
    return changed(connection, update(table_of(Lease)).where(held).values(expires_at=now))


def current(connection: Connection, ids: Collection[str]) -> dict[str, Lease]:
    """The leases of these incidents, held against other writers until the transaction ends."""
    found: dict[str, Lease] = {}
    for part in in_parts(ids):
        found.update((row.incident_id, row) for row in fetch(connection, Lease, _HELD, {"incidents": part}))
    return found
