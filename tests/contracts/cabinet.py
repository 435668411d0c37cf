"""The stores of one platform, for the suites that every adapter and its understudy pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sre_agent.adapters.accounts import SqlAccounts
from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.guests import SqlGuests
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.leases import SqlLeases
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.outbox import SqlOutbox
from sre_agent.adapters.store import Store
from sre_agent.adapters.trust_book import SqlTrustBook
from sre_agent.ports.accounts import Accounts
from sre_agent.ports.archive import Archive
from sre_agent.ports.audit import AuditTrail
from sre_agent.ports.ledger import Ledger
from sre_agent.ports.notify import Guests, Outbox
from sre_agent.ports.streams import Bulletin
from sre_agent.ports.trust import TrustBook
from sre_agent.ports.work import Jobs, Leases
from sre_agent.testing.accounts import MemoryAccounts
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.audit import MemoryAuditTrail
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock
from sre_agent.testing.guests import MemoryGuests
from sre_agent.testing.jobs import MemoryJobs
from sre_agent.testing.leases import MemoryLeases
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.outbox import MemoryOutbox
from sre_agent.testing.store import MemoryStore
from sre_agent.testing.trust_book import MemoryTrustBook


@dataclass(frozen=True)
class Cabinet:
    """All of them look at the same state, and at the same clock."""

    clock: HandClock
    ledger: Ledger
    archive: Archive
    jobs: Jobs
    leases: Leases
    accounts: Accounts
    audit: AuditTrail
    bulletin: Bulletin
    outbox: Outbox
    guests: Guests
    trust: TrustBook


def in_memory() -> Cabinet:
    clock = HandClock()
    store, bulletin = MemoryStore(clock), MemoryBulletin()
    return Cabinet(
        clock=clock,
        ledger=MemoryLedger(store, bulletin),
        archive=MemoryArchive(store),
        jobs=MemoryJobs(store),
        leases=MemoryLeases(store),
        accounts=MemoryAccounts(store),
        audit=MemoryAuditTrail(store),
        bulletin=bulletin,
        outbox=MemoryOutbox(store),
        guests=MemoryGuests(store),
        trust=MemoryTrustBook(store),
    )


def on(store: Store, clock: HandClock) -> Cabinet:
    bulletin = SqlBulletin(store)
    return Cabinet(
        clock=clock,
        ledger=SqlLedger(store, bulletin),
        archive=SqlArchive(store),
        jobs=SqlJobs(store),
        leases=SqlLeases(store),
        accounts=SqlAccounts(store),
        audit=SqlAuditTrail(store),
        bulletin=bulletin,
        outbox=SqlOutbox(store),
        guests=SqlGuests(store),
        trust=SqlTrustBook(store),
    )


@asynccontextmanager
async def on_disk(file: Path, *, via: Literal["threads", "loop"] = "threads") -> AsyncIterator[Cabinet]:
    """On a database that is migrated already."""
    clock = HandClock()
    store = Store(f"sqlite+aiosqlite:///{file}", clock, via=via)
    try:
        yield on(store, clock)
    finally:
        await store.close()
