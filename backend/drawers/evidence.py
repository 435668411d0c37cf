"""Rows of evidence, and the bodies they point at."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend import dialects
from backend.columns import Values
from backend.drawers.rows import add_all
from backend.models import Evidence, EvidenceBody


def by_key(session: Session, incident_id: str, key: str) -> Evidence | None:
    return session.scalar(select(Evidence).where(Evidence.incident_id == incident_id, Evidence.key == key))


def next_number(session: Session, incident_id: str) -> int:
    """The caller holds the incident's head, so nobody else is given the same number."""
    last = select(func.max(Evidence.number)).where(Evidence.incident_id == incident_id)
    return (session.scalar(last) or 0) + 1


def add_body(session: Session, row: Values) -> None:
    """Keep a body, unless the very same is kept already."""
    statement = dialects.insert(session, EvidenceBody).on_conflict_do_nothing(index_elements=["digest"])
    session.connection().execute(statement, [row])


def add(session: Session, row: Values) -> None:
    add_all(session, Evidence, [row])


def of_incident(session: Session, incident_id: str) -> list[Evidence]:
    """In the order of keeping."""
    wanted = select(Evidence).where(Evidence.incident_id == incident_id).order_by(Evidence.number)
    return list(session.scalars(wanted))


def body(session: Session, incident_id: str, number: int) -> EvidenceBody | None:
    return session.scalar(
        select(EvidenceBody)
        .join(Evidence, Evidence.digest == EvidenceBody.digest)
        .where(Evidence.incident_id == incident_id, Evidence.number == number)
    )
