"""Rows of plans, rulings, approvals, steps and verifications, and of the hypotheses they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backend import dialects
from backend.columns import Row, Values, table_of
from backend.drawers.rows import add_all
from backend.models import Approval, Hypothesis, Plan, Ruling, Step, Verification


def rank(session: Session, incident_id: str, rows: Sequence[Values]) -> None:
    """Replace all hypotheses of an incident."""
    session.connection().execute(delete(table_of(Hypothesis)).where(Hypothesis.incident_id == incident_id))
    add_all(session, Hypothesis, rows)


def hypotheses(session: Session, incident_id: str) -> list[Hypothesis]:
    wanted = select(Hypothesis).where(Hypothesis.incident_id == incident_id).order_by(Hypothesis.place)
    return list(session.scalars(wanted))


def newest(session: Session, incident_id: str) -> tuple[int, str]:
    """Number and digest of the plan that was filed last; (0, "") where there is none."""
    row = session.execute(
        select(Plan.number, Plan.digest)
        .where(Plan.incident_id == incident_id)
        .order_by(Plan.number.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else (0, "")


def add(session: Session, row: Values) -> None:
    """File a plan; the very same plan again adds nothing."""
    statement = dialects.insert(session, Plan)
    session.connection().execute(
        statement.on_conflict_do_nothing(index_elements=["incident_id", "digest"]), [row]
    )


def digests(session: Session, incident_id: str) -> set[str]:
    return set(session.scalars(select(Plan.digest).where(Plan.incident_id == incident_id)))


def rule(session: Session, row: Values) -> None:
    """File a ruling, in place of an older one on the same plan."""
    _replace(session, Ruling, [row], key=("incident_id", "plan_digest"))


def advance(session: Session, rows: Sequence[Values]) -> None:
    """File how far steps are."""
    _replace(session, Step, rows, key=("incident_id", "plan_digest", "index"))


def _replace(session: Session, table: type[Row], rows: Sequence[Values], *, key: tuple[str, ...]) -> None:
    if not rows:
        return
    statement = dialects.insert(session, table)
    newest_values = {name: statement.excluded[name] for name in rows[0] if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=list(key), set_=newest_values)
    session.connection().execute(upsert, list(rows))


def approve(session: Session, row: Values) -> None:
    """Add a person's answer; the very same answer again adds nothing."""
    statement = dialects.insert(session, Approval)
    session.connection().execute(
        statement.on_conflict_do_nothing(index_elements=["incident_id", "plan_digest", "by_name", "at"]),
        [row],
    )


def verify(session: Session, row: Values) -> None:
    add_all(session, Verification, [row])


@dataclass(frozen=True)
class PlanRows:
    """Everything on file about the plans of one incident, plans newest first, the rest oldest first."""

    plans: list[Plan]
    rulings: list[Ruling]
    approvals: list[Approval]
    steps: list[Step]
    verifications: list[Verification]


def of_incident(session: Session, incident_id: str) -> PlanRows:
    return PlanRows(
        plans=list(
            session.scalars(select(Plan).where(Plan.incident_id == incident_id).order_by(Plan.number.desc()))
        ),
        rulings=list(session.scalars(select(Ruling).where(Ruling.incident_id == incident_id))),
        approvals=list(
            session.scalars(select(Approval).where(Approval.incident_id == incident_id).order_by(Approval.id))
        ),
        steps=list(session.scalars(select(Step).where(Step.incident_id == incident_id).order_by(Step.index))),
        verifications=list(
            session.scalars(
                select(Verification).where(Verification.incident_id == incident_id).order_by(Verification.id)
            )
        ),
    )


def next_number(session: Session, incident_id: str) -> int:
    last = select(func.max(Plan.number)).where(Plan.incident_id == incident_id)
    return (session.scalar(last) or 0) + 1
