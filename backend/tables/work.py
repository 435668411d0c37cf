"""Who works on what: jobs and leases."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import BIG, Row, Time


class Job(Row):
    """Work to do. Ids are never used twice, so that a late `finish` cannot hit a stranger."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    kind: Mapped[str]
    lock: Mapped[str]
    incident_id: Mapped[str | None]
    state: Mapped[str]
    run_at: Mapped[Time]
    priority: Mapped[int]
    attempts: Mapped[int]
    owner: Mapped[str]
    held_until: Mapped[Time | None]
    error: Mapped[str]

    __table_args__ = (
        Index(
            "uq_jobs_queued_twin",
            "lock",
            "kind",
            unique=True,
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(None, "state", "priority", "run_at", "id"),
        Index(None, "lock", "state"),
        {"sqlite_autoincrement": True},
    )


class Lease(Row):
    """Who works on an incident; the row stays when the lease is given back, so that the fence only grows."""

    __tablename__ = "leases"

    incident_id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    fence: Mapped[int]
    expires_at: Mapped[Time]
