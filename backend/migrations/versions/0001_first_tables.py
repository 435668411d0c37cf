"""The first tables; long, because a revision is one file and says everything itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
QUEUED = sa.text("state = 'queued'")
TABLES = (
    *("incidents", "alerts", "journal", "evidence_bodies", "evidence", "hypotheses"),
    *("plans", "rulings", "approvals", "steps", "verifications"),
    *("jobs", "leases", "accounts", "tokens", "audit", "call_edges", "counters"),
)


def upgrade() -> None:
    _incidents()
    _alerts_and_journal()
    _findings()
    _plans()
    _steps()
    _work()
    _accounts()
    _platform()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _all(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _some(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=True) for name in names]


def _indexes(table: str, *indexes: tuple[str, ...]) -> None:
    for columns in indexes:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _of_incident() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        *_all(sa.String, "id", "title", "status", "origin", "severity", "namespace", "cluster", "question"),
        *_all(sa.String, "group_key", "cause", "summary", "head_hash"),
        *_some(sa.String, "outcome", "merged_into"),
        *_some(sa.Text, "entity", "cause_entity"),
        *_some(sa.Double, "confidence"),
        *_all(UtcTime(), "opened_at", "updated_at"),
        *_some(UtcTime(), "closed_at", "first_hypothesis_at"),
        *_all(sa.Boolean, "is_open"),
        *_all(sa.Integer, "alert_count", "head_seq"),
        *_all(BIG, "revision", "alerts_revision"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["merged_into"], ["incidents.id"]),
    )
    _indexes(
        "incidents",
        ("opened_at", "id"),
        ("is_open", "opened_at"),
        ("status", "opened_at"),
        ("severity", "opened_at"),
        ("namespace", "opened_at"),
        ("merged_into",),
        ("revision",),
    )


def _alerts_and_journal() -> None:
    op.create_table(
        "alerts",
        *_all(BIG, "id"),
        *_all(sa.String, "fingerprint", "name", "status", "severity", "generator_url", "grouped_by"),
        *_all(sa.String, "not_investigated_because"),
        *_some(sa.String, "incident_id"),
        *_all(sa.Text, "labels", "annotations"),
        *_some(sa.Text, "entity"),
        *_all(UtcTime(), "starts_at", "received_at"),
        *_some(UtcTime(), "ends_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint", "starts_at"),
        _of_incident(),
    )
    _indexes("alerts", ("incident_id", "id"), ("received_at",))
    op.create_table(
        "journal",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        *_all(sa.String, "incident_id", "key", "kind", "actor", "text", "previous", "hash"),
        *_all(sa.Text, "body"),
        *_all(sa.Integer, "seq"),
        *_all(UtcTime(), "at"),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("incident_id", "seq"),
        sa.UniqueConstraint("incident_id", "key"),
        _of_incident(),
    )


def _findings() -> None:
    op.create_table(
        "evidence_bodies",
        *_all(sa.String, "digest", "encoding"),
        *_all(BIG, "size_bytes"),
        *_all(sa.LargeBinary, "body"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "evidence",
        *_all(sa.String, "incident_id", "key", "specialist", "server", "tool", "excerpt", "digest"),
        *_all(sa.Text, "arguments"),
        *_all(sa.Integer, "number", "turn"),
        *_all(BIG, "size_bytes"),
        *_all(UtcTime(), "taken_at"),
        *_some(UtcTime(), "window_start", "window_end"),
        sa.PrimaryKeyConstraint("incident_id", "number"),
        sa.UniqueConstraint("incident_id", "key"),
        _of_incident(),
        sa.ForeignKeyConstraint(["digest"], ["evidence_bodies.digest"]),
    )
    _indexes("evidence", ("digest",))
    op.create_table(
        "hypotheses",
        *_all(sa.String, "incident_id", "cause", "layer"),
        *_all(sa.Integer, "place"),
        *_all(sa.Double, "confidence"),
        *_all(sa.Text, "body"),
        sa.PrimaryKeyConstraint("incident_id", "place"),
        _of_incident(),
    )
    _indexes("hypotheses", ("cause",))


def _plans() -> None:
    op.create_table(
        "plans",
        *_all(sa.String, "incident_id", "digest", "cause"),
        *_all(sa.Integer, "number", "attempt"),
        *_all(sa.Text, "body"),
        *_all(UtcTime(), "made_at"),
        sa.PrimaryKeyConstraint("incident_id", "digest"),
        sa.UniqueConstraint("incident_id", "number"),
        _of_incident(),
    )
    op.create_table(
        "rulings",
        *_all(sa.String, "incident_id", "plan_digest", "law_digest", "verdict"),
        *_all(sa.Text, "body"),
        sa.PrimaryKeyConstraint("incident_id", "plan_digest"),
        _of_incident(),
    )
    op.create_table(
        "approvals",
        *_all(BIG, "id"),
        *_all(sa.String, "incident_id", "plan_digest", "answer", "by_name", "reason"),
        *_some(sa.String, "by_role"),
        *_all(UtcTime(), "at", "expires_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "plan_digest", "by_name", "at"),
        _of_incident(),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        *_all(sa.String, "incident_id", "plan_digest", "key", "state", "error"),
        *_all(sa.Integer, "index", "fence"),
        *_all(sa.Text, "result"),
        *_all(UtcTime(), "at"),
        sa.PrimaryKeyConstraint("incident_id", "plan_digest", "index"),
        _of_incident(),
    )
    _indexes("steps", ("state",))
    op.create_table(
        "verifications",
        *_all(BIG, "id"),
        *_all(sa.String, "incident_id", "plan_digest", "recovery"),
        *_all(sa.Text, "body"),
        *_all(UtcTime(), "at"),
        sa.PrimaryKeyConstraint("id"),
        _of_incident(),
    )
    _indexes("verifications", ("incident_id", "id"))


def _work() -> None:
    op.create_table(
        "jobs",
        *_all(BIG, "id"),
        *_all(sa.String, "kind", "lock", "state", "owner", "error"),
        *_some(sa.String, "incident_id"),
        *_all(sa.Integer, "priority", "attempts"),
        *_all(UtcTime(), "run_at"),
        *_some(UtcTime(), "held_until"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _indexes("jobs", ("state", "priority", "run_at", "id"), ("lock", "state"))
    op.create_index(
        "uq_jobs_queued_twin",
        "jobs",
        ["lock", "kind"],
        unique=True,
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    op.create_table(
        "leases",
        *_all(sa.String, "incident_id", "owner"),
        *_all(sa.Integer, "fence"),
        *_all(UtcTime(), "expires_at"),
        sa.PrimaryKeyConstraint("incident_id"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_all(sa.String, "id", "name", "role"),
        *_all(sa.Boolean, "disabled"),
        *_all(UtcTime(), "created_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "tokens",
        *_all(sa.String, "digest", "account_id", "label"),
        *_all(UtcTime(), "created_at"),
        *_some(UtcTime(), "expires_at", "revoked_at"),
        sa.PrimaryKeyConstraint("digest"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    _indexes("tokens", ("account_id",))


def _platform() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        *_all(sa.String, "actor", "action", "subject", "detail", "previous", "hash"),
        *_all(UtcTime(), "at"),
        sa.PrimaryKeyConstraint("seq"),
    )
    _indexes("audit", ("at",), ("subject", "seq"))
    op.create_table(
        "call_edges",
        *_all(sa.String, "namespace", "caller", "callee"),
        *_all(sa.Integer, "place"),
        sa.PrimaryKeyConstraint("namespace", "caller", "place"),
    )
    counters = op.create_table(
        "counters", *_all(sa.String, "name"), *_all(BIG, "value"), sa.PrimaryKeyConstraint("name")
    )
    rows = [{"name": name, "value": 0} for name in ("journal", "incidents", "audit", "calls", "jobs")]
    op.bulk_insert(counters, rows)
