"""Plans, and everything said and done about them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import BIG, INCIDENT, Json, Row, Time


class Plan(Row):
    """A plan as it was made; never changed afterwards. `number` is the order of filing."""

    __tablename__ = "plans"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    attempt: Mapped[int]
    cause: Mapped[str]
    body: Mapped[Json]
    made_at: Mapped[Time]

    __table_args__ = (UniqueConstraint("incident_id", "number"),)


class Ruling(Row):
    """The newest verdict on a plan, with the law it was given under."""

    __tablename__ = "rulings"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    plan_digest: Mapped[str] = mapped_column(primary_key=True)
    law_digest: Mapped[str]
    verdict: Mapped[str]
    body: Mapped[Json]


class Approval(Row):
    """A person's answer to one exact plan."""

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT))
    plan_digest: Mapped[str]
    answer: Mapped[str]
    by_name: Mapped[str]
    by_role: Mapped[str | None]
    reason: Mapped[str]
    at: Mapped[Time]
    expires_at: Mapped[Time]
    break_glass: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (UniqueConstraint("incident_id", "plan_digest", "by_name", "at"),)


class Step(Row):
    """How far one step of one plan is: the intent written before the call, then its result."""

    __tablename__ = "steps"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    plan_digest: Mapped[str] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    state: Mapped[str]
    fence: Mapped[int]
    at: Mapped[Time]
    result: Mapped[Json]
    error: Mapped[str]

    __table_args__ = (Index(None, "state"),)


class Verification(Row):
    """What the signals said after a plan (empty digest: there was no plan to judge)."""

    __tablename__ = "verifications"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT))
    plan_digest: Mapped[str]
    recovery: Mapped[str]
    body: Mapped[Json]
    at: Mapped[Time]

    __table_args__ = (Index(None, "incident_id", "id"),)
