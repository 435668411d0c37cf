"""What people are told outside: messages on their way, who is who elsewhere, and requests that were seen."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import BIG, Row, Time


class Notice(Row):
    """One journal entry on its way through one channel. What it says is composed when it is sent."""

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    channel: Mapped[str]
    position: Mapped[int] = mapped_column(BIG)
    incident_id: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[Time]
    error: Mapped[str]
    created_at: Mapped[Time]
    ended_at: Mapped[Time | None]

    __table_args__ = (
        UniqueConstraint("channel", "position"),
        Index(None, "state", "next_at", "id"),
        {"sqlite_autoincrement": True},
    )


class UserLink(Row):
    """Whose account answers when a known user of another system speaks."""

    __tablename__ = "user_links"

    system: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    made_by: Mapped[str]
    made_at: Mapped[Time]

    __table_args__ = (Index(None, "account_id"),)


class SeenRequest(Row):
    """The digest of a signed request that was taken; the same one again is a replay."""

    __tablename__ = "seen_requests"

    digest: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[Time]

    __table_args__ = (Index(None, "seen_at"),)
