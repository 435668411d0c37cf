"""A chain that somebody laid hands on is found, and the place is named."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.store import Store
from sre_agent.errors import NotFound
from sre_agent.testing.clock import HandClock
from tests.contracts.cabinet import on
from tests.contracts.store_examples import FIRST, SECOND, change, incident


@pytest.fixture
async def trail(database: Path) -> AsyncIterator[SqlAuditTrail]:
    """Ten entries in an incident's journal."""
    store = Store(f"sqlite+aiosqlite:///{database}", HandClock())
    cabinet, trail = on(store, HandClock()), SqlAuditTrail(store)
    await cabinet.ledger.open(incident(), change("opened"))
    await cabinet.ledger.write(change(*(f"k{n}" for n in range(9))))
    yield trail
    await store.close()


def tamper(database: Path, statement: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.promise("KEEP-1")
async def test_an_untouched_journal_is_whole(trail: SqlAuditTrail) -> None:
    assert await trail.first_break_of(FIRST) is None


async def test_the_chain_of_an_unknown_incident_is_not_found(trail: SqlAuditTrail) -> None:
    with pytest.raises(NotFound):
        await trail.first_break_of(SECOND)


@pytest.mark.promise("KEEP-1")
@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        ("UPDATE journal SET text = 'nothing to see' WHERE seq = 4", 4, "content"),
        ("UPDATE journal SET body = '{\"a\":1}' WHERE seq = 1", 1, "content"),
        ("UPDATE journal SET at = '2020-01-01 00:00:00.000000' WHERE seq = 9", 9, "content"),
        ("UPDATE journal SET actor = 'somebody' WHERE seq = 10", 10, "content"),
        ("UPDATE journal SET hash = previous WHERE seq = 5", 5, "content"),
        ("DELETE FROM journal WHERE seq = 3", 3, "missing"),
        ("DELETE FROM journal WHERE seq = 1", 1, "missing"),
        ("DELETE FROM journal WHERE seq > 7", 8, "tail"),
        ("DELETE FROM journal", 1, "tail"),
        # One that hides before the beginning is not read: what is missed is the entry it was.
        ("UPDATE journal SET seq = -seq WHERE seq = 2", 2, "missing"),
    ],
)
async def test_a_journal_that_was_changed_says_where(
    trail: SqlAuditTrail, database: Path, statement: str, seq: int, why: str
) -> None:
    tamper(database, statement)
    found = await trail.first_break_of(FIRST)
    assert found is not None
    assert (found.seq, why in found.why) == (seq, True)
