"""The stores' understudies keep the promises of the ports."""

from __future__ import annotations

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.archive import ArchiveContract
from tests.contracts.audit import AuditContract
from tests.contracts.cabinet import Cabinet, in_memory
from tests.contracts.guests import GuestsContract
from tests.contracts.jobs import JobsContract
from tests.contracts.leases import LeasesContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.trust import TrustBookContract


@pytest.fixture
def cabinet() -> Cabinet:
    return in_memory()


class TestMemoryLedger(LedgerContract):
    pass


class TestMemoryArchive(ArchiveContract):
    pass


class TestMemoryJobs(JobsContract):
    pass


class TestMemoryLeases(LeasesContract):
    pass


class TestMemoryAccounts(AccountsContract):
    pass


class TestMemoryAuditTrail(AuditContract):
    pass


class TestMemoryOutbox(OutboxContract):
    pass


class TestMemoryGuests(GuestsContract):
    pass


class TestMemoryTrustBook(TrustBookContract):
    pass
