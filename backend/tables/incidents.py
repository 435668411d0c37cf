"""Incidents, their alerts and their journal."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import BIG, INCIDENT, Json, Row, Time


class Incident(Row):
    """What people query; `head_*` is the newest link of its journal.

    `revision` is the number of the last transaction that touched it, `alerts_revision` of the last that
    touched its alerts: whoever keeps a copy asks for what is newer, and reads nothing twice.
    """

    __tablename__ = "incidents"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    status: Mapped[str]
    is_open: Mapped[bool]
    origin: Mapped[str]
    severity: Mapped[str]
    entity: Mapped[Json | None]
    namespace: Mapped[str]
    cluster: Mapped[str]
    question: Mapped[str]
    group_key: Mapped[str]
    outcome: Mapped[str | None]
    cause: Mapped[str]
    cause_entity: Mapped[Json | None]
    confidence: Mapped[float | None]
    summary: Mapped[str]
    merged_into: Mapped[str | None] = mapped_column(ForeignKey(INCIDENT))
    opened_at: Mapped[Time]
    updated_at: Mapped[Time]
    closed_at: Mapped[Time | None]
    first_hypothesis_at: Mapped[Time | None]
    alert_count: Mapped[int]
    leads_since: Mapped[Time | None]
    revision: Mapped[int] = mapped_column(BIG)
    alerts_revision: Mapped[int] = mapped_column(BIG)
    head_seq: Mapped[int]
    head_hash: Mapped[str]

    __table_args__ = (
        Index(None, "opened_at", "id"),
        Index(None, "is_open", "opened_at"),
        Index(None, "status", "opened_at"),
        Index(None, "severity", "opened_at"),
        Index(None, "namespace", "opened_at"),
        Index(None, "merged_into"),
        Index(None, "cause_entity"),
        Index(None, "revision"),
    )


class Alert(Row):
    """The present state of one alert; its identity is (fingerprint, starts_at), `id` the order of arrival."""

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    fingerprint: Mapped[str]
    starts_at: Mapped[Time]
    ends_at: Mapped[Time | None]
    name: Mapped[str]
    status: Mapped[str]
    severity: Mapped[str]
    labels: Mapped[Json]
    annotations: Mapped[Json]
    generator_url: Mapped[str]
    entity: Mapped[Json | None]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey(INCIDENT))
    grouped_by: Mapped[str]
    not_investigated_because: Mapped[str]
    received_at: Mapped[Time]

    __table_args__ = (
        UniqueConstraint("fingerprint", "starts_at"),
        Index(None, "incident_id", "id"),
        Index(None, "received_at"),
    )


class JournalEntry(Row):
    """One link of an incident's chain; `position` counts over all incidents, without gaps, in commit order."""

    __tablename__ = "journal"

    position: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    incident_id: Mapped[str] = mapped_column(ForeignKey(INCIDENT))
    seq: Mapped[int]
    key: Mapped[str]
    kind: Mapped[str]
    actor: Mapped[str]
    text: Mapped[str]
    body: Mapped[Json]
    at: Mapped[Time]
    previous: Mapped[str]
    hash: Mapped[str]

    __table_args__ = (UniqueConstraint("incident_id", "seq"), UniqueConstraint("incident_id", "key"))
