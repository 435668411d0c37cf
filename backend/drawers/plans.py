"""Rows of plans, rulings, approvals, steps and verifications, and of the hypotheses they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, select

from backend.columns import Values, table_of
from backend.drawers.rows import add_all, add_new, fetch, put_all, run
from backend.models import Approval, Hypothesis, Plan, Ruling, Step, Verification

_of: BindParameter[str] = bindparam("of")
_PLANS = select(Plan).where(Plan.incident_id == _of).order_by(Plan.number.desc())
_RULINGS = select(Ruling).where(Ruling.incident_id == _of)
_APPROVALS = select(Approval).where(Approval.incident_id == _of).order_by(Approval.id)
_STEPS = select(Step).where(Step.incident_id == _of).order_by(Step.index)
_VERIFICATIONS = select(Verification).where(Verification.incident_id == _of).order_by(Verification.id)


def rank(connection: Connection, incident_id: str, rows: Sequence[Values]) -> None:
    """Replace all hypotheses of an incident."""
    connection.execute(delete(table_of(Hypothesis)).where(Hypothesis.incident_id == incident_id))
    add_all(connection, Hypothesis, rows)


def hypotheses(connection: Connection, incident_id: str) -> list[Hypothesis]:
    wanted = select(Hypothesis).where(Hypothesis.incident_id == incident_id).order_by(Hypothesis.place)
    return fetch(connection, Hypothesis, wanted)


def newest(connection: Connection, incident_id: str) -> tuple[int, str]:
    """Number and digest of the plan that was filed last; (0, "") where there is none."""
    row = connection.execute(
        select(Plan.number, Plan.digest)
        .where(Plan.incident_id == incident_id)
        .order_by(Plan.number.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else (0, "")


def add(connection: Connection, row: Values) -> None:
    """File a plan; the very same plan again adds nothing."""
    add_new(connection, Plan, [row], key=("incident_id", "digest"))


def digests(connection: Connection, incident_id: str) -> set[str]:
    rows = run(connection, select(Plan.digest).where(Plan.incident_id == incident_id))
    return {row[0] for row in rows}


def rule(connection: Connection, row: Values) -> None:
    """File a ruling, in place of an older one on the same plan."""
    put_all(connection, Ruling, [row], key=("incident_id", "plan_digest"))


def advance(connection: Connection, rows: Sequence[Values]) -> None:
    """File how far steps are."""
    put_all(connection, Step, rows, key=("incident_id", "plan_digest", "index"))


def approve(connection: Connection, row: Values) -> None:
    """Add a person's answer; the very same answer again adds nothing."""
    add_new(connection, Approval, [row], key=("incident_id", "plan_digest", "by_name", "at"))


def answers(connection: Connection, incident_id: str, plan_digest: str) -> int:
    """How many answers to this plan are on file."""
    about = (Approval.incident_id == incident_id, Approval.plan_digest == plan_digest)
    return int(run(connection, select(func.count()).select_from(Approval).where(*about)).scalar_one())


def verify(connection: Connection, row: Values) -> None:
    add_all(connection, Verification, [row])


@dataclass(frozen=True)
class PlanRows:
    """Everything on file about the plans of one incident, plans newest first, the rest oldest first."""

    plans: list[Plan]
    rulings: list[Ruling]
    approvals: list[Approval]
    steps: list[Step]
    verifications: list[Verification]


def of_incident(connection: Connection, incident_id: str) -> PlanRows:
    about = {"of": incident_id}
    return PlanRows(
        plans=fetch(connection, Plan, _PLANS, about),
        rulings=fetch(connection, Ruling, _RULINGS, about),
        approvals=fetch(connection, Approval, _APPROVALS, about),
        steps=fetch(connection, Step, _STEPS, about),
        verifications=fetch(connection, Verification, _VERIFICATIONS, about),
    )
