"""What was seen and what is thought of it: evidence, its bodies, hypotheses."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import BIG, INCIDENT, Json, Row, Time


class EvidenceBody(Row):
    """What a tool answered, compressed, under the SHA-256 of its bytes: kept once however often it was seen."""

    __tablename__ = "evidence_bodies"

    digest: Mapped[str] = mapped_column(primary_key=True)
    encoding: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BIG)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Evidence(Row):
    """One kept answer of one incident; `number` counts from 1 and makes its id."""

    __tablename__ = "evidence"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    specialist: Mapped[str]
    server: Mapped[str]
    tool: Mapped[str]
    arguments: Mapped[Json]
    window_start: Mapped[Time | None]
    window_end: Mapped[Time | None]
    excerpt: Mapped[str]
    digest: Mapped[str] = mapped_column(ForeignKey("evidence_bodies.digest"))
    size_bytes: Mapped[int] = mapped_column(BIG)
    taken_at: Mapped[Time]
    turn: Mapped[int]

    __table_args__ = (UniqueConstraint("incident_id", "key"), Index(None, "digest"))


class Hypothesis(Row):
    """The incident's hypotheses as last ranked; the whole set is replaced at once."""

    __tablename__ = "hypotheses"

    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cause: Mapped[str]
    layer: Mapped[str]
    confidence: Mapped[float]
    body: Mapped[Json]

    __table_args__ = (Index(None, "cause"),)
