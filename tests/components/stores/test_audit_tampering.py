"""Whoever lays hands on the audit trail is found out, whatever they do; each is done here."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.key_pairs import make_key_pair
from sre_agent.adapters.seal import HeadFile, seal_from
from sre_agent.adapters.store import Store
from sre_agent.domain.audit import AuditDraft, AuditEntry, AuditHead, link_hash
from sre_agent.errors import Conflict, SettingError
from sre_agent.testing.clock import HandClock
from tests.contracts.cabinet import on
from tests.contracts.store_examples import FIRST, NOW, approval, change, incident, plan


@dataclass
class House:
    """A platform's folder: database, key and head; opened anew for each deed, as after a restart."""

    folder: Path
    database: Path

    @property
    def head_file(self) -> Path:
        return self.folder / "audit-head.json"

    @asynccontextmanager
    async def trail(self) -> AsyncIterator[SqlAuditTrail]:
        async with self.store() as store:
            yield SqlAuditTrail(store)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        seal = seal_from(self.folder / "keys" / "audit.key", self.head_file)
        store = Store(f"sqlite+aiosqlite:///{self.database}", HandClock(), seal=seal)
        try:
            yield store
        finally:
            await store.close()

    async def record(self, number: int = 1, *, first: int = 0) -> None:
        async with self.trail() as trail:
            for each in range(first, first + number):
                await trail.record(draft(each))

    async def broken_at(self) -> int | None:
        async with self.trail() as trail:
            proof = await trail.verify()
        assert proof.whole == (proof.broken_at is None)
        return proof.broken_at

    def tamper(self, *statements: str | tuple[str, tuple[object, ...]]) -> None:
        connection = sqlite3.connect(self.database)
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(*((statement,) if isinstance(statement, str) else statement))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def draft(number: int = 0) -> AuditDraft:
    return AuditDraft(actor="ada", action="token.issued", subject=f"s{number}", reason="asked", at=NOW)


@pytest.fixture
async def house(database: Path, tmp_path: Path) -> House:
    make_key_pair(tmp_path / "keys" / "audit.key", tmp_path / "keys" / "audit.pub")
    house = House(tmp_path, database)
    await house.record(10)
    return house


async def test_an_untouched_trail_is_whole_and_its_newest_head_lies_outside(house: House) -> None:
    assert await house.broken_at() is None
    head = HeadFile(house.head_file).read()
    assert head is not None
    assert head.seq == 10
    assert stat.S_IMODE(house.head_file.stat().st_mode) == 0o600


@pytest.mark.promise("KEEP-7")
@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit SET detail = 'nothing' WHERE seq = 6", 6),
        ("UPDATE audit SET actor = 'bob' WHERE seq = 6", 6),
        ("UPDATE audit SET reason = 'another' WHERE seq = 1", 1),
        ("UPDATE audit SET reason = '' WHERE seq = 1", 1),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 10", 10),
        ("UPDATE audit SET previous = hash WHERE seq = 3", 3),
        ("UPDATE audit SET signature = '' WHERE seq = 4", 4),
        ("UPDATE audit SET signature = (SELECT signature FROM audit WHERE seq = 5) WHERE seq = 4", 4),
        ("UPDATE audit SET journal_seq = 3 WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq > 8", 9),
        ("DELETE FROM audit", 1),
    ],
)
async def test_an_edit_or_a_deletion_is_named(house: House, statement: str, seq: int) -> None:
    house.tamper(statement)
    assert await house.broken_at() == seq


@pytest.mark.promise("KEEP-7")
async def test_two_entries_that_changed_places_are_named(house: House) -> None:
    house.tamper(
        "UPDATE audit SET seq = 99 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 99",
    )
    assert await house.broken_at() == 4


@pytest.mark.promise("KEEP-7")
async def test_a_tail_cut_off_together_with_its_counter_is_seen_by_the_head_outside(house: House) -> None:
    house.tamper("DELETE FROM audit WHERE seq > 8", "UPDATE counters SET value = 8 WHERE name = 'audit'")
    assert await house.broken_at() == 9


@pytest.mark.promise("KEEP-7")
async def test_an_older_copy_of_the_database_is_seen_by_the_head_outside(
    house: House, tmp_path: Path
) -> None:
    house.tamper()
    shutil.copy(house.database, tmp_path / "older.db")
    await house.record(3)
    assert await house.broken_at() is None
    house.tamper()
    shutil.copy(tmp_path / "older.db", house.database)
    assert await house.broken_at() == 11


@pytest.mark.promise("KEEP-7")
async def test_new_entries_do_not_cover_an_older_copy(house: House, tmp_path: Path) -> None:
    house.tamper()
    shutil.copy(house.database, tmp_path / "older.db")
    await house.record(3)
    house.tamper()
    shutil.copy(tmp_path / "older.db", house.database)
    await house.record(20, first=500)
    assert await house.broken_at() == 13


@pytest.mark.promise("KEEP-7")
async def test_a_chain_made_anew_without_the_key_is_not_believed(house: House) -> None:
    """With everything in the database under their hands: every hash after the edit is right again."""
    async with house.trail() as trail:
        entries = await trail.entries_after(0)
    previous = entries[4].previous
    statements: list[tuple[str, tuple[object, ...]]] = []
    for entry in entries[4:]:
        changed = AuditDraft.model_validate(
            {name: getattr(entry, name) for name in AuditDraft.model_fields} | {"actor": "nobody"}
        )
        digest = link_hash(entry.seq, changed, previous)
        statements.append(
            (
                "UPDATE audit SET actor = 'nobody', previous = ?, hash = ? WHERE seq = ?",
                (previous, digest, entry.seq),
            )
        )
        previous = digest
    house.tamper(*statements)
    assert await house.broken_at() == 5


@pytest.mark.promise("KEEP-7")
async def test_stripping_all_signatures_does_not_help(house: House) -> None:
    house.tamper(
        "UPDATE audit SET signature = '' WHERE seq < 10", "UPDATE audit SET signature = 'x' WHERE seq = 10"
    )
    assert await house.broken_at() == 10


async def test_an_entry_signed_by_another_key_is_not_believed(house: House, tmp_path: Path) -> None:
    make_key_pair(tmp_path / "other" / "audit.key", tmp_path / "other" / "audit.pub")
    (tmp_path / "other" / "audit.key").replace(tmp_path / "keys" / "audit.key")
    assert await house.broken_at() == 1


async def test_a_head_that_is_gone_is_said(house: House) -> None:
    house.head_file.unlink()
    async with house.trail() as trail:
        proof = await trail.verify()
    assert not proof.whole
    assert "AUDIT_HEAD_FILE" in proof.why


@pytest.mark.promise("KEEP-7")
async def test_a_trail_written_anew_without_signatures_is_named_also_where_the_head_outside_is_gone(
    house: House,
) -> None:
    house.tamper("UPDATE audit SET signature = ''")
    house.head_file.unlink()
    assert await house.broken_at() == 10


async def test_a_head_file_with_something_else_in_it_is_said(house: House) -> None:
    house.head_file.write_text("{}x")
    with pytest.raises(SettingError, match="AUDIT_HEAD_FILE"):
        await house.broken_at()


def test_an_older_head_never_replaces_a_newer_one(tmp_path: Path) -> None:
    file = HeadFile(tmp_path / "head.json")
    for seq in (3, 1, 2):
        file.write(AuditHead(seq=seq, hash=f"{seq}"))
    assert file.read() == AuditHead(seq=3, hash="3")


def test_a_key_that_others_may_read_signs_nothing(tmp_path: Path) -> None:
    key = tmp_path / "audit.key"
    make_key_pair(key, tmp_path / "audit.pub")
    key.chmod(0o644)
    with pytest.raises(SettingError, match="others may read"):
        seal_from(key, tmp_path / "head.json")


@pytest.mark.promise("KEEP-7")
@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("DELETE FROM audit_cuts", 1),
        ("UPDATE audit_cuts SET hash = (SELECT previous FROM audit WHERE seq = 12)", 11),
        ("DELETE FROM audit WHERE seq = 11", 11),
    ],
)
async def test_a_forged_cut_is_named(house: House, statement: str, seq: int) -> None:
    async with house.trail() as trail:
        await trail.record(draft().model_copy(update={"at": NOW + timedelta(days=400)}))
        later = NOW + timedelta(days=400)
        mark = await trail.cut(NOW + timedelta(days=300), by="ada", reason="a year is over", at=later)
    assert mark.seq == 10
    assert await house.broken_at() is None
    house.tamper(statement)
    broken = await house.broken_at()
    assert broken is not None
    assert abs(broken - seq) <= 1


async def test_nothing_is_cut_from_a_trail_that_is_broken(house: House) -> None:
    house.tamper("UPDATE audit SET detail = 'nothing' WHERE seq = 6")
    async with house.trail() as trail:
        with pytest.raises(Conflict, match="broken at entry 6"):
            await trail.cut(NOW + timedelta(days=1), by="ada", reason="x", at=NOW)


@pytest.mark.promise("KEEP-7")
@pytest.mark.parametrize("deed", ["rewrite", "delete"])
async def test_a_journal_rewritten_as_a_whole_is_seen_by_the_trail_that_vouches_for_it(
    house: House, deed: str
) -> None:
    """A journal has no signature of its own; the approval in the trail signs what it was given on."""
    async with house.store() as store:
        cabinet, made = on(store, HandClock()), plan()
        await cabinet.ledger.open(incident(), change("opened", plan=made))
        (answered,) = await cabinet.ledger.write(change("answered", approval=approval(made)))
        entry = (await cabinet.audit.entries_after(10))[0]
        proof = await cabinet.audit.verify()
    assert isinstance(entry, AuditEntry)
    assert (entry.journal_seq, proof.whole, proof.journals) == (answered.seq, True, 1)
    if deed == "delete":
        house.tamper(
            ("DELETE FROM journal WHERE seq = ?", (answered.seq,)),
            ("UPDATE incidents SET head_seq = ?, head_hash = ?", (answered.seq - 1, answered.previous)),
        )
    else:
        house.tamper(("UPDATE journal SET hash = ? WHERE seq = ?", ("1" * 64, answered.seq)))
    async with house.trail() as trail:
        proof = await trail.verify()
    assert (proof.whole, proof.incident, proof.broken_at) == (False, FIRST, answered.seq)
