"""The platform itself: accounts, tokens, audit, the call graph, counters."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import BIG, Row, Time


class Account(Row):
    """A person or a machine, with one role."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_at: Mapped[Time]
    disabled: Mapped[bool]


class Token(Row):
    """The SHA-256 of a bearer token; the token itself is never kept."""

    __tablename__ = "tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    label: Mapped[str]
    created_at: Mapped[Time]
    expires_at: Mapped[Time | None]
    revoked_at: Mapped[Time | None]
    role: Mapped[str | None]
    """The most this token may do, where that is less than its account."""

    __table_args__ = (Index(None, "account_id"),)


class Password(Row):
    """The Argon2id hash of a person's password."""

    __tablename__ = "passwords"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[Time]


class AuditEntry(Row):
    """What happened on the platform outside any incident; a hash chain of its own."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Time]
    journal_seq: Mapped[int]
    journal_hash: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
    signature: Mapped[str]

    __table_args__ = (Index(None, "at"), Index(None, "subject", "seq"))


class AuditCut(Row):
    """The signed mark that retention leaves where it took away the oldest audit entries."""

    __tablename__ = "audit_cuts"

    seq: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    hash: Mapped[str]
    signature: Mapped[str]
    at: Mapped[Time]
    by: Mapped[str]
    reason: Mapped[str]


class CallEdge(Row):
    """Who calls whom, as last seen in one namespace."""

    __tablename__ = "call_edges"

    namespace: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    callee: Mapped[str]


class Counter(Row):
    """A number that only grows; its row is also the lock that puts writers in a line."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BIG)
