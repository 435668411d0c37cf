"""Steps that were done for a time."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import INCIDENT, Json, Row, Time


class Mitigation(Row):
    """One step with its expiry, and what became of it; `key` is the step's own."""

    __tablename__ = "mitigations"

    key: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT))
    state: Mapped[str]
    expires_at: Mapped[Time]
    body: Mapped[Json]

    __table_args__ = (Index(None, "incident_id"), Index(None, "state", "expires_at"))
