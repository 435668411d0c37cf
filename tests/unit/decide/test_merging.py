"""Two incidents with one root cause become one, and never both of each other."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from sre_agent.decide.merging import merged
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin, Outcome, Status, leader_of
from sre_agent.domain.journal import Kind
from sre_agent.domain.work import Lease
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.run import Limits, Run
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock
from sre_agent.testing.grants import ReadableGrants
from sre_agent.testing.leases import MemoryLeases
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.store import MemoryStore
from tests.contracts.store_examples import CART, FIRST, NOW, SECOND, alert, change, incident, into

LATER = NOW + timedelta(minutes=10)
DATABASE = EntityRef(kind="StatefulSet", name="db", namespace="shop", cluster="lab")


def diagnosed(incident_id: IncidentId, *, minutes: int = 0, **fields: object) -> Incident:
    known = {"cause": "oom_killed", "cause_entity": CART, **fields}
    return incident(incident_id, at=NOW + timedelta(minutes=minutes), **known)


def leading(incident_id: IncidentId, **fields: object) -> Incident:
    return diagnosed(incident_id, **{"leads_since": NOW, **fields})


def leader(one: Incident, *others: Incident, now: datetime = LATER) -> Incident | None:
    assert one.cause_entity is not None
    return leader_of(one, one.cause_entity, [one, *others], now)


def test_who_planned_first_leads_whichever_was_opened_first() -> None:
    early, late = diagnosed(FIRST), leading(SECOND, minutes=5)
    assert leader(early, late) == late
    assert leader(late, early) is None


def test_where_several_lead_it_is_the_one_that_led_first() -> None:
    first, then = leading(FIRST), leading(SECOND, leads_since=NOW + timedelta(minutes=1))
    assert leader(diagnosed(IncidentId("inc_third")), then, first) == first


@pytest.mark.parametrize(
    "fields",
    [
        {"leads_since": None},
        {"cause_entity": DATABASE},
        {"cause_entity": None},
        {"status": Status.RESOLVED},
        {"status": Status.ESCALATED, "closed_at": NOW - timedelta(hours=2)},
        {"origin": Origin.QUESTION},
        {"cluster": "elsewhere"},
    ],
)
def test_one_that_plans_nothing_blames_another_or_has_ended_does_not_lead(fields: dict[str, object]) -> None:
    assert leader(diagnosed(SECOND, minutes=1), leading(FIRST, **fields)) is None


def test_the_same_object_under_another_name_of_the_cause_is_the_same_thing_to_mend() -> None:
    crash = diagnosed(SECOND, minutes=1, cause="application_startup_crash")
    setting = leading(FIRST, cause="bad_config_change")
    assert leader(crash, setting) == setting


def test_one_that_was_lately_handed_over_to_a_person_leads() -> None:
    handed_over = leading(FIRST, status=Status.ESCALATED, closed_at=NOW + timedelta(minutes=1))
    assert leader(diagnosed(SECOND, minutes=2), handed_over) == handed_over


class Scene:
    """Two incidents on file, the second in our hands."""

    def __init__(self) -> None:
        clock = HandClock(NOW)
        self.store = MemoryStore(clock)
        self.archive, self.leases = MemoryArchive(self.store), MemoryLeases(self.store)
        self.ledger = MemoryLedger(self.store, MemoryBulletin())
        self.clock = clock

    async def begin(self, *, first_status: Status = Status.AWAITING_APPROVAL) -> Run:
        known = IncidentUpdate(cause="oom_killed", cause_entity=CART)
        await self.ledger.accept([alert("f1")], into())
        first = known.model_copy(update={"status": first_status, "leads_since": NOW})
        await self.ledger.write(change("found", update=first))
        self.clock.advance(timedelta(minutes=12))
        await self.ledger.accept([alert("f2")], into(SECOND))
        await self.ledger.write(change("found", incident_id=SECOND, update=known))
        lease = await self.leases.acquire(SECOND, "runner", term=timedelta(seconds=6))
        assert lease is not None
        return self._run(lease)

    def _run(self, lease: Lease) -> Run:
        unused: Any = None
        return Run(
            incident_id=SECOND,
            toolbox=unused,
            ledger=self.ledger,
            archive=self.archive,
            leases=self.leases,
            grants=ReadableGrants(),
            clock=self.clock,
            law=unused,
            limits=Limits(),
            cluster="lab",
            lease=lambda: lease,
        )


@pytest.mark.promise("HEAR-4")
def test_an_incident_of_the_same_root_cause_ends_as_merged_and_its_alerts_go_on_there() -> None:
    async def play() -> None:
        scene = Scene()
        assert await merged(await scene.begin()) == FIRST
        second = await scene.archive.incident(SECOND)
        assert (second.status, second.outcome, second.merged_into) == (Status.CLOSED, Outcome.MERGED, FIRST)
        assert len(await scene.archive.alerts(FIRST)) == 2
        for incident_id in (FIRST, SECOND):
            kinds = [entry.kind for entry in await scene.archive.journal(incident_id)]
            assert kinds.count(Kind.INCIDENT_MERGED) == 1

    asyncio.run(play())


def test_what_ended_in_the_meantime_takes_nothing_in() -> None:
    async def play() -> None:
        scene = Scene()
        assert await merged(await scene.begin(first_status=Status.RESOLVED)) is None
        second = await scene.archive.incident(SECOND)
        assert second.status is Status.OPEN
        assert second.leads_since == scene.clock.now()

    asyncio.run(play())
