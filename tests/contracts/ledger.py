"""What every Ledger promises; run for the one on the database and for its understudy."""

from __future__ import annotations

from tests.contracts.ledger_intake import IntakeContract
from tests.contracts.ledger_journal import ChangeContract, JournalContract
from tests.contracts.ledger_leads import LeadContract
from tests.contracts.ledger_records import (
    EvidenceContract,
    GlassContract,
    MitigationContract,
    PlanContract,
    RevisionContract,
)


class LedgerContract(
    JournalContract,
    ChangeContract,
    PlanContract,
    MitigationContract,
    GlassContract,
    RevisionContract,
    EvidenceContract,
    IntakeContract,
    LeadContract,
):
    """All of it; whoever runs it gives the fixture `cabinet`."""
