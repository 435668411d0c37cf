"""What people made of a post-mortem."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import INCIDENT, Row, Time


class Revision(Row):
    """One version; without a text, the draft stands again. Rows are only added."""

    __tablename__ = "revisions"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    by: Mapped[str]
    note: Mapped[str]
    at: Mapped[Time]
