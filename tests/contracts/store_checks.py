"""What the suites of the stores look at again and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sre_agent.domain.alert import Alert
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, chained
from sre_agent.domain.work import Lease
from sre_agent.ports.ledger import Desk, Placement
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import (
    FIRST,
    change,
    incident,
)

TERM = timedelta(seconds=6)


def assert_whole(entries: Sequence[JournalEntry]) -> None:
    """The chain is what it says: no gap, each link after the one before, each hash true to its content."""
    previous = GENESIS
    for seq, each in enumerate(entries, start=1):
        draft = JournalDraft.model_validate(each.model_dump(include=set(JournalDraft.model_fields)))
        assert each.seq == seq
        assert each.previous == previous
        assert each.hash == chained(each.incident_id, seq, draft, previous)
        previous = each.hash


async def opened(cabinet: Cabinet, incident_id: IncidentId = FIRST) -> None:
    await cabinet.ledger.open(incident(incident_id), change("opened", incident_id=incident_id))


async def held(cabinet: Cabinet, incident_id: IncidentId = FIRST) -> Lease:
    lease = await cabinet.leases.acquire(incident_id, "runner-1", term=TERM)
    assert lease is not None
    return lease


async def desk_for(cabinet: Cabinet, alerts: Sequence[Alert]) -> Desk:
    """The desk that a delivery of these alerts would be placed against."""
    seen: list[Desk] = []

    def look(desk: Desk, alerts: Sequence[Alert]) -> Placement:
        seen.append(desk)
        return Placement(filed=())

    await cabinet.ledger.accept(alerts, look)
    return seen[-1]
