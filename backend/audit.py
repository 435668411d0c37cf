"""Hash chains: how an audit entry is linked, and where a chain breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import rfc8785
from sqlalchemy import Connection, bindparam, select

from backend.drawers import counters
from backend.drawers.rows import add_all, fetch
from backend.models import AuditEntry

GENESIS = "0" * 64


class Link(NamedTuple):
    """One entry of any chain: what it claims, and the hash that its content really has."""

    seq: int
    previous: str
    hash: str
    recomputed: str


class Break(NamedTuple):
    """Where a chain stops being true, and what is wrong there."""

    seq: int
    why: str


def first_break(links: Iterable[Link], *, head: tuple[int, str] | None = None) -> Break | None:
    """The first place where a chain that should be whole is not; None where it is whole.

    `head` is the newest (seq, hash) known from elsewhere: with it, a tail that was cut off is found.
    """
    seq, last = 0, GENESIS
    for link in links:
        if link.seq != seq + 1:
            return Break(seq + 1, f"expected entry {seq + 1}, found {link.seq}: entries are missing")
        if link.previous != last:
            return Break(link.seq, "it does not follow from the entry before it")
        if link.recomputed != link.hash:
            return Break(link.seq, "its content is not what was hashed when it was written")
        seq, last = link.seq, link.hash
    if head is not None and head != (seq, last):
        return Break(
            seq + 1, f"the chain ends at {seq}, but its head was {head[0]}: the tail was cut or replaced"
        )
    return None


class AuditDraft(NamedTuple):
    """What happened on the platform, before it has its place in the chain."""

    actor: str
    action: str
    subject: str
    detail: str
    at: datetime


def link_hash(seq: int, draft: AuditDraft, previous: str) -> str:
    """SHA-256 over everything in an entry and the hash before it (RFC 8785 canonical JSON)."""
    content = {
        **draft._asdict(),
        "at": draft.at.astimezone(UTC).isoformat(),
        "seq": seq,
        "previous": previous,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def record(connection: Connection, draft: AuditDraft) -> AuditEntry:
    """Append one entry to the platform's chain."""
    seq = counters.grow(connection, counters.AUDIT)
    previous = connection.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq - 1)) or GENESIS
    row = {**draft._asdict(), "seq": seq, "previous": previous, "hash": link_hash(seq, draft, previous)}
    add_all(connection, AuditEntry, [row])
    return AuditEntry(**row)


_AFTER = (
    select(AuditEntry)
    .where(AuditEntry.seq > bindparam("after"))
    .order_by(AuditEntry.seq)
    .limit(bindparam("n"))
)


def entries(connection: Connection, *, after: int = 0, limit: int = 1000) -> list[AuditEntry]:
    """Entries with `seq` > after, in order."""
    return fetch(connection, AuditEntry, _AFTER, {"after": after, "n": limit})


def links(connection: Connection, *, page: int = 1000) -> Iterator[Link]:
    """The whole platform chain, page by page."""
    after = 0
    while found := entries(connection, after=after, limit=page):
        for entry in found:
            draft = AuditDraft(entry.actor, entry.action, entry.subject, entry.detail, entry.at)
            yield Link(entry.seq, entry.previous, entry.hash, link_hash(entry.seq, draft, entry.previous))
        after = found[-1].seq


def head(connection: Connection) -> tuple[int, str]:
    """(seq, hash) of the newest entry, as the counter remembers it; the hash is empty if that entry is gone."""
    seq = counters.read(connection, counters.AUDIT)
    if seq == 0:
        return 0, GENESIS
    return seq, connection.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq)) or ""
