"""The stores on a database keep the promises of the ports, whichever way transactions are run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.archive import ArchiveContract
from tests.contracts.audit import AuditContract
from tests.contracts.cabinet import Cabinet, on_disk
from tests.contracts.guests import GuestsContract
from tests.contracts.jobs import JobsContract
from tests.contracts.leases import LeasesContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.trust import TrustBookContract


@pytest.fixture(params=["threads", "loop"])
async def cabinet(request: pytest.FixtureRequest, database: Path) -> AsyncIterator[Cabinet]:
    async with on_disk(database, via=request.param) as cabinet:
        yield cabinet


class TestSqlLedger(LedgerContract):
    pass


class TestSqlArchive(ArchiveContract):
    pass


class TestSqlJobs(JobsContract):
    pass


class TestSqlLeases(LeasesContract):
    pass


class TestSqlAccounts(AccountsContract):
    pass


class TestSqlAuditTrail(AuditContract):
    pass


class TestSqlOutbox(OutboxContract):
    pass


class TestSqlGuests(GuestsContract):
    pass


class TestSqlTrustBook(TrustBookContract):
    pass
