"""What every Ledger promises about who mends an object that several incidents blame."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from sre_agent.errors import NotFound
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import CART, FIRST, NOW, SECOND, alert, change, into


def claim(incident_id: IncidentId) -> ChangeSet:
    return ChangeSet(incident_id=incident_id, at=NOW, update=IncidentUpdate(leads_since=NOW))


async def _two_that_blame_the_cart(cabinet: Cabinet) -> None:
    found = IncidentUpdate(cause="oom_killed", cause_entity=CART)
    await cabinet.ledger.accept([alert("f1")], into())
    await cabinet.ledger.accept([alert("f2")], into(SECOND))
    for incident_id in (FIRST, SECOND):
        await cabinet.ledger.write(change("found", incident_id=incident_id, update=found))


class LeadContract:
    async def test_the_first_that_asks_leads_and_the_next_is_told_who_does(self, cabinet: Cabinet) -> None:
        await _two_that_blame_the_cart(cabinet)
        assert await cabinet.ledger.lead(claim(SECOND), CART) is None
        assert await cabinet.ledger.lead(claim(FIRST), CART) == SECOND
        assert (await cabinet.archive.incident(SECOND)).leads_since == NOW
        assert (await cabinet.archive.incident(FIRST)).leads_since is None

    async def test_who_leads_and_asks_again_leads_as_before(self, cabinet: Cabinet) -> None:
        await _two_that_blame_the_cart(cabinet)
        later = NOW + timedelta(minutes=1)
        again = claim(FIRST).model_copy(update={"update": IncidentUpdate(leads_since=later), "at": later})
        assert [await cabinet.ledger.lead(each, CART) for each in (claim(FIRST), again)] == [None, None]
        assert (await cabinet.archive.incident(FIRST)).leads_since == NOW

    async def test_of_two_that_ask_at_once_exactly_one_leads(self, cabinet: Cabinet) -> None:
        await _two_that_blame_the_cart(cabinet)
        told = await asyncio.gather(*(cabinet.ledger.lead(claim(each), CART) for each in (FIRST, SECOND)))
        assert sorted(str(each) for each in told if each) in ([FIRST], [SECOND])

    async def test_one_that_ended_leads_no_more(self, cabinet: Cabinet) -> None:
        await _two_that_blame_the_cart(cabinet)
        await cabinet.ledger.lead(claim(FIRST), CART)
        ended = IncidentUpdate(status=Status.RESOLVED, closed_at=NOW)
        await cabinet.ledger.write(change("ended", update=ended))
        assert await cabinet.ledger.lead(claim(SECOND), CART) is None

    async def test_an_unknown_incident_cannot_lead(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound):
            await cabinet.ledger.lead(claim(FIRST), CART)
