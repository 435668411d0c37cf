"""The trust ladder: where each service and kind of action stands, and what that rests on."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import INCIDENT, Row, Time


class TrustRung(Row):
    """The level that a person, or a wrong act, gave to a service and kind of action."""

    __tablename__ = "trust_rungs"

    service: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    since: Mapped[Time]
    by: Mapped[str]
    reason: Mapped[str]
    cause: Mapped[str]


class TrustSample(Row):
    """One planned step, and whether people or the world agreed with it."""

    __tablename__ = "trust_samples"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    plan_digest: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    service: Mapped[str]
    action: Mapped[str]
    level: Mapped[str]
    agreement: Mapped[str]
    wrong: Mapped[bool]
    why: Mapped[str]
    planned_at: Mapped[Time]

    __table_args__ = (Index(None, "service", "action", "planned_at"), Index(None, "agreement", "planned_at"))
