"""What every Ledger promises about plans and evidence."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sre_agent.domain.evidence import Specialist
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.law import Actor, Role
from sre_agent.domain.mitigation import Mitigation, MitigationState, Ticket, TicketState
from sre_agent.domain.plan import Plan, StepState
from sre_agent.domain.revision import Revision
from sre_agent.domain.verification import Recovery
from sre_agent.errors import BadInput, Conflict, NotFound
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_checks import opened
from tests.contracts.store_examples import (
    FIRST,
    NOW,
    SECOND,
    answer,
    approval,
    change,
    plan,
    ruling,
    step_record,
    verification,
)


def mitigation(about: Plan, number: int = 0, **changes: object) -> Mitigation:
    told = Mitigation(
        key=StepKey(f"{about.incident_id}.1.{number}"),
        incident_id=about.incident_id,
        plan_digest=about.digest,
        step=number,
        target=about.entity,
        statement="Scale it to six, for 4 hours.",
        restore="Scale it back to 2.",
        fix="Give it an autoscaler.",
        began_at=NOW,
        expires_at=NOW + timedelta(hours=4 - number),
        updated_at=NOW,
    )
    return told.model_copy(update=changes)


class GlassContract:
    async def test_a_yes_that_broke_the_glass_comes_back_as_one(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        one = plan()
        await cabinet.ledger.write(change("plan", plan=one, ruling=ruling(one)))
        loud = approval(one).model_copy(update={"break_glass": True})
        await cabinet.ledger.write(change("yes", approval=loud))
        assert (await cabinet.archive.plan(FIRST, one.digest)).approvals == (loud,)


class MitigationContract:
    async def test_what_is_done_for_a_time_is_listed_by_when_it_ends(self, cabinet: Cabinet) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        late, soon = mitigation(plan(), 0), mitigation(plan(), 1)
        other = mitigation(plan(incident_id=SECOND), 2)
        await cabinet.ledger.write(change("one", mitigations=(late, soon)))
        await cabinet.ledger.write(change("two", incident_id=SECOND, mitigations=(other,)))
        assert await cabinet.archive.mitigations() == (other, soon, late)
        assert await cabinet.archive.mitigations(incident_id=FIRST) == (soon, late)
        assert await cabinet.archive.mitigations(limit=1) == (other,)
        assert await cabinet.archive.mitigation(late.key) == late

    async def test_the_ticket_of_the_permanent_fix_comes_back_as_it_was_filed(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        ticket = Ticket(
            state=TicketState.LINKED,
            url="https://github.com/shop/checkout/issues/12",
            by=Actor(name="ana", role=Role.RESPONDER),
            at=NOW,
        )
        ticketed = mitigation(plan(), ticket=ticket)
        await cabinet.ledger.write(change("ticket", mitigations=(ticketed,)))
        assert await cabinet.archive.mitigation(ticketed.key) == ticketed

    async def test_the_newest_word_on_it_counts(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        begun = mitigation(plan())
        await cabinet.ledger.write(change("one", mitigations=(begun,)))
        kept = begun.model_copy(update={"state": MitigationState.KEPT, "why": "ada keeps it"})
        await cabinet.ledger.write(change("two", mitigations=(kept,)))
        assert await cabinet.archive.mitigations() == (kept,)
        assert await cabinet.archive.mitigations(states=(MitigationState.STANDING,)) == ()
        assert await cabinet.archive.mitigations(states=(MitigationState.KEPT,)) == (kept,)

    async def test_one_that_is_another_by_now_is_not_written_over(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        begun = mitigation(plan())
        await cabinet.ledger.write(change("one", mitigations=(begun,)))
        kept = begun.model_copy(update={"state": MitigationState.KEPT})
        await cabinet.ledger.write(change("two", mitigations=(kept,), seen_mitigations=(begun,)))
        for late in (change("three", mitigations=(begun,), seen_mitigations=(begun,)),
                     change("four", seen_mitigations=(mitigation(plan(), 7),))):  # fmt: skip
            with pytest.raises(Conflict):
                await cabinet.ledger.write(late)
        assert await cabinet.archive.mitigations() == (kept,)
        assert [each.key for each in await cabinet.archive.journal(FIRST)][-1] == "two"

    async def test_one_that_is_not_there_or_of_another_incident_is_refused(self, cabinet: Cabinet) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        with pytest.raises(NotFound):
            await cabinet.archive.mitigation(StepKey("nothing"))
        with pytest.raises(BadInput):
            await cabinet.ledger.write(change("x", incident_id=SECOND, mitigations=(mitigation(plan()),)))


def revision(number: int, text: str | None = "# Ours", by: str = "ada") -> Revision:
    return Revision(incident_id=FIRST, number=number, text=text, by=by, at=NOW)


class RevisionContract:
    async def test_versions_of_a_post_mortem_come_back_in_order_as_they_were_kept(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        one, two = revision(1, "# Ours \u2603\n\n<b>"), revision(2, None, "bob")
        await cabinet.ledger.write(change("one", revision=one))
        await cabinet.ledger.write(change("two", revision=two))
        assert await cabinet.archive.revisions(FIRST) == (one, two)
        assert await cabinet.archive.revisions(SECOND) == ()

    async def test_of_two_who_keep_the_same_version_the_second_is_refused_and_nothing_of_it_is_written(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet)
        outcomes = await asyncio.gather(
            *(
                cabinet.ledger.write(change(by, revision=revision(1, f"# {by}", by)))
                for by in ("ada", "bob", "eve")
            ),
            return_exceptions=True,
        )
        assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True]
        (one,) = await cabinet.archive.revisions(FIRST)
        assert [entry.key for entry in await cabinet.archive.journal(FIRST)][1:] == [one.by]

    async def test_a_version_may_not_be_skipped_nor_belong_to_another_incident(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        with pytest.raises(Conflict):
            await cabinet.ledger.write(change("x", revision=revision(2)))
        with pytest.raises(BadInput):
            await cabinet.ledger.write(change("x", incident_id=SECOND, revision=revision(1)))


class PlanContract:
    async def test_a_plan_comes_back_with_everything_said_and_done_about_it(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        one = plan()
        await cabinet.ledger.write(change("plan", plan=one, ruling=ruling(one)))
        await cabinet.ledger.write(change("yes", approval=approval(one)))
        await cabinet.ledger.write(change("intent", steps=(step_record(one),)))
        await cabinet.ledger.write(change("done", steps=(step_record(one, StepState.DONE, fence=2),)))
        await cabinet.ledger.write(change("check", verification=verification()))
        record = await cabinet.archive.plan(FIRST, one.digest)
        assert record.plan == one
        assert record.plan.digest == one.digest
        assert record.ruling == ruling(one)
        assert record.approvals == (approval(one),)
        assert record.steps == (step_record(one, StepState.DONE, fence=2),)
        assert record.verifications == (verification(),)

    async def test_plans_are_listed_newest_first_each_with_its_own(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        old, new = plan(1), plan(2)
        await cabinet.ledger.write(change("p1", plan=old, ruling=ruling(old)))
        await cabinet.ledger.write(change("v1", verification=verification(Recovery.WORSE)))
        await cabinet.ledger.write(change("p2", plan=new))
        await cabinet.ledger.write(change("v2", verification=verification(Recovery.RECOVERED)))
        records = await cabinet.archive.plans(FIRST)
        assert [record.plan for record in records] == [new, old]
        assert [record.ruling for record in records] == [None, ruling(old)]
        assert [record.verifications[0].recovery for record in records] == [
            Recovery.RECOVERED,
            Recovery.WORSE,
        ]

    async def test_the_same_plan_filed_again_stays_one_plan(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("p", plan=plan()))
        await cabinet.ledger.write(change("p", plan=plan()))
        assert len(await cabinet.archive.plans(FIRST)) == 1

    async def test_a_node_that_runs_again_adds_no_second_verification_or_approval(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("p", plan=plan()))
        later = NOW + timedelta(seconds=9)
        for at in (NOW, later):
            await cabinet.ledger.write(change("v", verification=verification(at=at)))
            await cabinet.ledger.write(change("y", approval=approval(plan(), at=at)))
        record = await cabinet.archive.plan(FIRST, plan().digest)
        assert len(record.verifications) == 1
        assert len(record.approvals) == 1

    async def test_two_people_may_answer_and_one_may_change_their_mind(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("p", plan=plan()))
        answers = (
            approval(plan()),
            approval(plan(), by="bob"),
            approval(plan(), at=NOW + timedelta(minutes=1)),
        )
        for number, each in enumerate(answers):
            await cabinet.ledger.write(change(f"y{number}", approval=each))
        assert (await cabinet.archive.plan(FIRST, plan().digest)).approvals == answers

    async def test_what_is_about_an_unknown_plan_is_not_found_and_nothing_is_written(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet)
        for part in (
            {"ruling": ruling(plan())},
            {"approval": approval(plan())},
            {"steps": (step_record(plan()),)},
        ):
            with pytest.raises(NotFound):
                await cabinet.ledger.write(change("a", **part))
        with pytest.raises(NotFound):
            await cabinet.archive.plan(FIRST, plan().digest)
        assert len(await cabinet.archive.journal(FIRST)) == 1


class EvidenceContract:
    async def test_an_answer_is_kept_under_the_next_number_with_its_body(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        one = await cabinet.ledger.keep(FIRST, "q1", Specialist.KUBERNETES, answer({"items": [1, 2.5, None]}))
        two = await cabinet.ledger.keep(FIRST, "q2", Specialist.LOGS, answer({"items": []}))
        assert (one.id, two.id) == ("E1", "E2")
        assert await cabinet.archive.evidence(FIRST) == (one, two)
        assert await cabinet.archive.evidence_body(FIRST, one.id) == {"items": [1, 2.5, None]}
        assert one.size_bytes == len(b'{"items":[1,2.5,null]}')

    async def test_the_same_key_gives_the_same_evidence_whatever_the_answer(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        one = await cabinet.ledger.keep(FIRST, "q1", Specialist.KUBERNETES, answer({"a": 1}))
        again = await cabinet.ledger.keep(FIRST, "q1", Specialist.KUBERNETES, answer({"a": 2}))
        assert again == one
        assert len(await cabinet.archive.evidence(FIRST)) == 1
        assert await cabinet.archive.evidence_body(FIRST, one.id) == {"a": 1}

    async def test_equal_bodies_have_equal_digests_whatever_the_order_of_keys(self, cabinet: Cabinet) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        one = await cabinet.ledger.keep(FIRST, "q", Specialist.METRICS, answer({"a": 1, "b": 2}))
        two = await cabinet.ledger.keep(SECOND, "q", Specialist.METRICS, answer({"b": 2, "a": 1}))
        other = await cabinet.ledger.keep(SECOND, "r", Specialist.METRICS, answer({"b": 3}))
        assert one.digest == two.digest != other.digest
        assert two.id == "E1"

    async def test_keepers_at_the_same_time_get_numbers_of_their_own(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        kept = await asyncio.gather(
            *(cabinet.ledger.keep(FIRST, f"q{n}", Specialist.LOGS, answer({"n": n})) for n in range(8))
        )
        assert sorted(each.id for each in kept) == [f"E{n}" for n in range(1, 9)]

    async def test_keepers_of_several_incidents_at_the_same_time_each_get_their_own(
        self, cabinet: Cabinet
    ) -> None:
        """One of them asks for an incident that is not there, and one for what another keeps."""
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        nowhere = IncidentId("inc_0000000000000009")
        places = [(FIRST, "q1"), (SECOND, "q1"), (nowhere, "q1"), (FIRST, "q1"), (SECOND, "q2")]
        kept = await asyncio.gather(
            *(
                cabinet.ledger.keep(of, key, Specialist.LOGS, answer({"n": n}))
                for n, (of, key) in enumerate(places)
            ),
            return_exceptions=True,
        )
        assert isinstance(kept[2], NotFound)
        assert kept[0] == kept[3]
        assert await cabinet.archive.evidence(FIRST) == (kept[0],)
        assert await cabinet.archive.evidence(SECOND) == (kept[1], kept[4])

    async def test_evidence_of_an_unknown_incident_is_refused(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound):
            await cabinet.ledger.keep(FIRST, "q", Specialist.LOGS, answer())

    async def test_a_body_that_is_not_there_is_not_found(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        for name in ("E1", "E0", "", "E", "E1x", "E-1", "E99999999999999999999"):
            with pytest.raises(NotFound):
                await cabinet.archive.evidence_body(FIRST, name)  # type: ignore[arg-type]
