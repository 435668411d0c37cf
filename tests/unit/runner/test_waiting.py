"""A changed law wakes whatever waits for people, and nothing else."""

from __future__ import annotations

from sre_agent.domain.incident import Status
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock
from sre_agent.testing.jobs import MemoryJobs
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.store import MemoryStore
from sre_agent.waiting import wake_waiting
from tests.contracts.store_examples import FIRST, NOW, SECOND, incident


async def test_only_incidents_that_wait_for_an_answer_are_woken_and_each_once() -> None:
    store = MemoryStore(HandClock())
    ledger, jobs = MemoryLedger(store, MemoryBulletin()), MemoryJobs(store)
    for each in (FIRST, SECOND):
        await ledger.open(incident(each), ChangeSet(incident_id=each, at=NOW))
    waits = IncidentUpdate(status=Status.AWAITING_APPROVAL)
    await ledger.write(ChangeSet(incident_id=FIRST, at=NOW, update=waits))
    for _ in range(2):
        assert await wake_waiting(MemoryArchive(store), jobs, store.clock) == 1
    assert [each.job.incident_id for each in store.state.jobs.values()] == [FIRST]
