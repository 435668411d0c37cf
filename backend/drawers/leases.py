"""Rows of leases: one holder at a time, and a fence that only grows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from backend import dialects
from backend.columns import table_of
from backend.drawers.rows import changed, in_parts
from backend.models import Lease


def acquire(session: Session, incident_id: str, owner: str, *, now: datetime, until: datetime) -> int | None:
    """Take the lease if it is free or has expired, in one compare-and-set; the new fence, or None."""
    statement = dialects.insert(session, Lease)
    row = {"incident_id": incident_id, "owner": owner, "fence": 1, "expires_at": until}
    taken = statement.on_conflict_do_update(
        index_elements=["incident_id"],
        set_={"owner": owner, "fence": Lease.fence + 1, "expires_at": until},
        where=Lease.expires_at <= now,
    ).returning(Lease.fence)
    fence = session.connection().execute(taken, row).scalar_one_or_none()
    return None if fence is None else int(fence)


class Held(NamedTuple):
    """What the holder of a lease says it holds."""

    incident_id: str
    owner: str
    fence: int


def extend(session: Session, held: Held, *, now: datetime, until: datetime) -> bool:
    """Let a lease that is still held end at `until` (now: give it back); False where it is not held."""
    still_held = and_(
        Lease.incident_id == held.incident_id,
        Lease.owner == held.owner,
        Lease.fence == held.fence,
        Lease.expires_at > now,
    )
    return changed(session, update(table_of(Lease)).where(still_held).values(expires_at=until)) == 1


def current(session: Session, ids: Collection[str]) -> dict[str, Lease]:
    """The leases of these incidents, held against other writers until the transaction ends."""
    found: dict[str, Lease] = {}
    for part in in_parts(ids):
        rows = session.scalars(select(Lease).where(Lease.incident_id.in_(part)).with_for_update())
        found.update((row.incident_id, row) for row in rows)
    return found
