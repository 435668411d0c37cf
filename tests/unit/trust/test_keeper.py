"""What is decided, done and seen becomes samples, once; a wrong act demotes, audited and said, whatever is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from sre_agent.domain.alert import AlertStatus, FiledAlert
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Autonomy, Verdict
from sre_agent.domain.plan import Plan, Step, StepRecord, StepState
from sre_agent.domain.trust import Agreement
from sre_agent.domain.verification import Recovery, Verification
from sre_agent.errors import StoreBusy
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate, Placement
from sre_agent.testing.trust_book import MemoryTrustBook
from sre_agent.trust.matching import Seen
from sre_agent.trust_keeper import Ladder, TrustKeeper
from tests.contracts.store_examples import alert, entry, filed
from tests.unit.api.api_stage import Stage, plan, ruling_on

SERVICE, ACTION = "shop/checkout", "rollout_restart"


@dataclass
class World:
    """What a look at a step's target finds."""

    seen: Seen = field(default_factory=lambda: Seen(diff="", moved=True))

    async def look(self, step: Step) -> Seen:
        return self.seen


class House:
    def __init__(self) -> None:
        self.stage, self.world = Stage(), World()
        self.book = MemoryTrustBook(self.stage.store)
        parts = self.stage.parts
        self.keeper = TrustKeeper(
            book=self.book,
            archive=parts.archive,
            ledger=parts.ledger,
            audit=parts.audit,
            looker=self.world,
            clock=parts.clock,
            start=Autonomy.ACT,
        )

    async def planned(self, *, held_back: bool = False) -> tuple[Incident, Plan]:
        incident = await self.stage.incident()
        made = plan(incident.id, at=self.stage.clock.now())
        ruling = ruling_on(made, verdict=Verdict.DENIED if held_back else Verdict.ALLOWED)
        level = Autonomy.OBSERVE if held_back else Autonomy.ACT
        judged = ruling.judgements[0].model_copy(update={"autonomy": level, "by_rules": Verdict.ALLOWED})
        ruling = ruling.model_copy(update={"judgements": (judged,), "autonomy": level})
        await self.stage.write(incident.id, "planned", plan=made, ruling=ruling)
        return incident, made

    async def done(self, incident: Incident, made: Plan, recovery: Recovery) -> None:
        now = self.stage.clock.now()
        step = made.steps[0]
        record = StepRecord(
            incident_id=incident.id,
            plan_digest=made.digest,
            index=0,
            key=step.key,
            state=StepState.DONE,
            fence=1,
            at=now,
        )
        verified = Verification(recovery=recovery, checks=(), at=now, summary="looked")
        news = entry(f"verified {recovery}", at=now).model_copy(update={"kind": Kind.VERIFICATION_MADE})
        change = ChangeSet(
            incident_id=incident.id, at=now, entries=(news,), steps=(record,), verification=verified
        )
        await self.stage.parts.ledger.write(change)

    async def ended(self, incident: Incident, outcome: Outcome) -> None:
        now = self.stage.clock.now()
        news = entry("ended", at=now).model_copy(update={"kind": Kind.INCIDENT_ENDED})
        update = IncidentUpdate(status=Status.ESCALATED, outcome=outcome, closed_at=now)
        await self.stage.parts.ledger.write(
            ChangeSet(incident_id=incident.id, at=now, entries=(news,), update=update)
        )

    async def quiet(self, incident: Incident) -> None:
        over: FiledAlert = filed(alert(status=AlertStatus.RESOLVED), incident.id)
        await self.stage.parts.ledger.accept((over.alert,), lambda desk, alerts: Placement(filed=(over,)))


async def test_a_proved_recovery_agrees_and_moves_nothing() -> None:
    house = House()
    incident, made = await house.planned()
    await house.done(incident, made, Recovery.RECOVERED)
    await house.keeper.reckon()
    (sample,) = await house.book.samples()
    assert (sample.service, sample.action, sample.agreement) == (SERVICE, ACTION, Agreement.AGREED)
    assert await house.book.rungs() == ()


@pytest.mark.promise("TRUST-2")
async def test_a_wrong_act_demotes_once_is_audited_and_said_in_the_journal() -> None:
    house = House()
    incident, made = await house.planned()
    await house.done(incident, made, Recovery.WORSE)
    await house.keeper.reckon()
    house.stage.store.state.reckoned = 0
    await house.keeper.reckon()
    (rung,) = await house.book.rungs()
    assert (rung.service, rung.action, rung.level) == (SERVICE, ACTION, Autonomy.APPROVE)
    audited = [one for one in house.stage.store.state.audit if one.action == "trust.demoted"]
    assert len(audited) == 1
    notes = [one for one in house.stage.store.state.journal if one.actor == "trust-ladder"]
    assert len(notes) == 1
    assert "From now on rollout_restart on shop/checkout stands at approve" in notes[0].text
    ladder = Ladder(house.book, Autonomy.ACT)
    assert await ladder.earned(made) == {0: Autonomy.APPROVE}


async def test_a_keeper_that_dies_before_the_rung_is_written_demotes_when_it_is_back() -> None:
    house = House()
    incident, made = await house.planned()
    await house.done(incident, made, Recovery.NOT_YET)
    write, house.book.put_rung = house.book.put_rung, _dies  # type: ignore[method-assign]
    with pytest.raises(StoreBusy):
        await house.keeper.reckon()
    house.book.put_rung = write  # type: ignore[method-assign]
    await house.keeper.reckon()
    assert [one.level for one in await house.book.rungs()] == [Autonomy.APPROVE]
    assert len([one for one in house.stage.store.state.journal if one.actor == "trust-ladder"]) == 1


async def _dies(rung: object) -> None:
    raise StoreBusy("killed here")


@pytest.mark.promise("TRUST-3")
async def test_a_held_back_step_waits_until_it_is_over_and_is_then_compared() -> None:
    house = House()
    incident, _ = await house.planned(held_back=True)
    await house.ended(incident, Outcome.OBSERVED)
    await house.keeper.reckon()
    await house.keeper.look_around()
    assert [one.agreement for one in await house.book.samples()] == [Agreement.PENDING]
    await house.quiet(incident)
    await house.keeper.look_around()
    (sample,) = await house.book.samples()
    assert (sample.agreement, sample.level) == (Agreement.AGREED, Autonomy.OBSERVE)
    await house.keeper.reckon()
    assert await house.book.samples() == (sample,)


async def test_what_goes_on_for_a_day_is_compared_as_it_is() -> None:
    house = House()
    house.world.seen = Seen(diff="-a\n+b", moved=False)
    await house.planned(held_back=True)
    (incident_id,) = house.stage.store.state.incidents
    await house.ended(house.stage.store.state.incidents[incident_id], Outcome.OBSERVED)
    await house.keeper.reckon()
    house.stage.clock.advance(timedelta(hours=24))
    await house.keeper.look_around()
    assert [one.agreement for one in await house.book.samples()] == [Agreement.UNDECIDED]


async def test_a_law_that_forbids_teaches_nothing() -> None:
    house = House()
    incident, made = await house.stage.awaiting()
    ruling = ruling_on(made, verdict=Verdict.DENIED)
    await house.stage.write(incident.id, "denied", ruling=ruling)
    await house.ended(incident, Outcome.DENIED_BY_POLICY)
    await house.keeper.reckon()
    assert await house.book.samples() == ()


async def test_where_nothing_was_decided_the_start_holds() -> None:
    house = House()
    _, made = await house.planned()
    assert await Ladder(house.book, Autonomy.ACT).earned(made) == {}
    assert await Ladder(house.book, Autonomy.SUGGEST).earned(made) == {0: Autonomy.SUGGEST}
