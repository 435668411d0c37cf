"""What every Ledger promises; run for the one on the database and for its understudy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pytest

from sre_agent.domain.alert import Alert, AlertStatus, Severity
from sre_agent.domain.evidence import Specialist
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, chained
from sre_agent.domain.plan import StepState
from sre_agent.domain.verification import Recovery
from sre_agent.domain.work import Lease
from sre_agent.errors import BadInput, Conflict, LeaseLost, NotFound
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.ports.ledger import ChangeSet, Desk, IncidentUpdate, Placement
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import (
    CART,
    FIRST,
    NOW,
    SECOND,
    alert,
    answer,
    approval,
    change,
    entry,
    filed,
    hypothesis,
    incident,
    into,
    job,
    left_alone,
    plan,
    ruling,
    step_record,
    verification,
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


class JournalContract:
    async def test_entries_get_sequence_numbers_and_a_chain_that_can_be_checked(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("a", "b"))
        await cabinet.ledger.write(change("c"))
        entries = await cabinet.archive.journal(FIRST)
        assert [each.key for each in entries] == ["opened", "a", "b", "c"]
        assert_whole(entries)

    async def test_a_key_that_is_on_file_is_not_added_a_second_time(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        first = await cabinet.ledger.write(change("a", "b"))
        again = await cabinet.ledger.write(change("b", "c", "a", "c"))
        assert [each.key for each in first] == ["a", "b"]
        assert [each.key for each in again] == ["c"]
        assert_whole(await cabinet.archive.journal(FIRST))

    async def test_the_same_key_may_stand_in_two_incidents(self, cabinet: Cabinet) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        assert len(await cabinet.ledger.write(change("a", incident_id=FIRST))) == 1
        assert len(await cabinet.ledger.write(change("a", incident_id=SECOND))) == 1

    async def test_positions_count_over_all_incidents_without_a_gap(self, cabinet: Cabinet) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        await asyncio.gather(
            *(cabinet.ledger.write(change(f"k{n}", incident_id=(FIRST, SECOND)[n % 2])) for n in range(20))
        )
        entries = await cabinet.archive.journal_of_all()
        assert [each.position for each in entries] == list(range(1, 23))
        for incident_id in (FIRST, SECOND):
            assert_whole([each for each in entries if each.incident_id == incident_id])

    async def test_pages_of_a_journal_follow_each_other(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change(*(f"k{n}" for n in range(9))))
        page = await cabinet.archive.journal(FIRST, after=3, limit=4)
        assert [each.seq for each in page] == [4, 5, 6, 7]
        assert [each.position for each in await cabinet.archive.journal_of_all(after=8, limit=5)] == [9, 10]

    async def test_hostile_text_and_numbers_are_kept_and_the_chain_still_holds(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet)
        hostile = entry("\ud800key", text="NUL \x00 half \udfff", half="\ud83d", nan=float("nan"), big=2**63)
        await cabinet.ledger.write(ChangeSet(incident_id=FIRST, at=NOW, entries=(hostile,)))
        entries = await cabinet.archive.journal(FIRST)
        assert entries[1].text == "NUL \ufffd half \ufffd"
        assert entries[1].body == {"half": "\ufffd", "nan": None, "big": str(2**63)}
        assert_whole(entries)
        assert await cabinet.ledger.write(ChangeSet(incident_id=FIRST, at=NOW, entries=(hostile,))) == ()

    async def test_times_of_other_zones_are_kept_as_the_same_moment(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        there = datetime(2026, 3, 3, 18, 30, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
        await cabinet.ledger.write(change("a", at=there))
        kept = (await cabinet.archive.journal(FIRST))[1]
        assert kept.at == there
        assert kept.at.utcoffset() == timedelta()
        assert_whole(await cabinet.archive.journal(FIRST))

    async def test_the_bulletin_is_rung_up_to_the_last_position(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("a", "b"))
        assert await cabinet.bulletin.wait(2, limit=timedelta(seconds=1)) == 3


class ChangeContract:
    async def test_an_update_sets_what_it_names_and_nothing_else(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        later = NOW + timedelta(seconds=5)
        update = IncidentUpdate(
            status=Status.RESOLVED,
            severity=Severity.HIGH,
            outcome=Outcome.RECOVERED,
            cause="bad_deploy",
            cause_entity=CART,
            confidence=0.75,
            closed_at=later,
        )
        await cabinet.ledger.write(change(update=update, at=later))
        expected = incident(
            status=Status.RESOLVED,
            severity=Severity.HIGH,
            outcome=Outcome.RECOVERED,
            cause="bad_deploy",
            cause_entity=CART,
            confidence=0.75,
            closed_at=later,
            updated_at=later,
        )
        assert await cabinet.archive.incident(FIRST) == expected

    async def test_an_expected_status_that_is_not_met_writes_nothing(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        with pytest.raises(Conflict, match="open"):
            await cabinet.ledger.write(
                change(
                    "a", expected_status=Status.AWAITING_APPROVAL, jobs=(job(),), hypotheses=(hypothesis(),)
                )
            )
        assert len(await cabinet.archive.journal(FIRST)) == 1
        assert await cabinet.jobs.backlog() == 0
        assert await cabinet.archive.hypotheses(FIRST) == ()

    async def test_an_expected_status_that_is_met_lets_the_change_pass(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        assert len(await cabinet.ledger.write(change("a", expected_status=Status.OPEN))) == 1

    async def test_a_change_of_an_unknown_incident_is_not_found(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound):
            await cabinet.ledger.write(change("a"))

    async def test_the_holder_of_the_lease_may_write(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        lease = await held(cabinet)
        assert len(await cabinet.ledger.write(change("a", fence=lease.fence))) == 1

    async def test_a_fence_that_is_not_the_newest_writes_nothing(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        old = await held(cabinet)
        cabinet.clock.advance(TERM)
        new = await cabinet.leases.acquire(FIRST, "runner-2", term=TERM)
        assert new is not None
        with pytest.raises(LeaseLost):
            await cabinet.ledger.write(change("a", fence=old.fence, jobs=(job(),)))
        assert len(await cabinet.archive.journal(FIRST)) == 1
        assert await cabinet.jobs.backlog() == 0
        assert len(await cabinet.ledger.write(change("a", fence=new.fence))) == 1

    async def test_a_runner_that_wakes_after_its_lease_ended_writes_nothing(self, cabinet: Cabinet) -> None:
        """Though nobody else took it, and though the change says that it was made in time."""
        await opened(cabinet)
        lease = await held(cabinet)
        made_in_time = change("a", fence=lease.fence, at=cabinet.clock.now())
        cabinet.clock.advance(TERM)
        with pytest.raises(LeaseLost):
            await cabinet.ledger.write(made_in_time)

    async def test_a_fence_without_any_lease_writes_nothing(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        with pytest.raises(LeaseLost):
            await cabinet.ledger.write(change("a", fence=1))

    async def test_jobs_of_a_change_are_queued_with_it(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("a", jobs=(job(FIRST), job(FIRST), job(SECOND))))
        assert await cabinet.jobs.backlog() == 2

    async def test_hypotheses_are_replaced_as_a_whole_and_keep_their_order(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change(hypotheses=(hypothesis(1, "a"), hypothesis(2, "b"))))
        await cabinet.ledger.write(change(hypotheses=(hypothesis(2, "c"), hypothesis(1, "a"))))
        assert await cabinet.archive.hypotheses(FIRST) == (hypothesis(2, "c"), hypothesis(1, "a"))
        await cabinet.ledger.write(change("later"))
        assert len(await cabinet.archive.hypotheses(FIRST)) == 2

    async def test_a_part_about_another_incident_is_refused(self, cabinet: Cabinet) -> None:
        await opened(cabinet, FIRST)
        await opened(cabinet, SECOND)
        with pytest.raises(BadInput):
            await cabinet.ledger.write(change(incident_id=FIRST, plan=plan(incident_id=SECOND)))

    async def test_a_change_that_adds_nothing_leaves_the_incident_as_it_was(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.ledger.write(change("a"))
        before = await cabinet.archive.incident(FIRST)
        await cabinet.ledger.write(change("a", at=NOW + timedelta(minutes=1)))
        assert await cabinet.archive.incident(FIRST) == before

    async def test_an_incident_can_be_opened_by_a_question_only_once(self, cabinet: Cabinet) -> None:
        asked = incident(question="why is checkout slow?", group_key="")
        update = IncidentUpdate(status=Status.INVESTIGATING)
        kept = await cabinet.ledger.open(asked, change("opened", update=update, jobs=(job(),)))
        assert kept.status is Status.INVESTIGATING
        assert kept == await cabinet.archive.incident(FIRST)
        with pytest.raises(Conflict):
            await cabinet.ledger.open(asked, change("opened", jobs=(job(SECOND),)))
        assert await cabinet.jobs.backlog() == 1


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

    async def test_evidence_of_an_unknown_incident_is_refused(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound):
            await cabinet.ledger.keep(FIRST, "q", Specialist.LOGS, answer())

    async def test_a_body_that_is_not_there_is_not_found(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        for name in ("E1", "E0", "", "E", "E1x", "E-1", "E99999999999999999999"):
            with pytest.raises(NotFound):
                await cabinet.archive.evidence_body(FIRST, name)  # type: ignore[arg-type]


class IntakeContract:
    async def test_a_delivery_opens_files_and_queues_in_one_go(self, cabinet: Cabinet) -> None:
        receipt = await cabinet.ledger.accept([alert("f1"), alert("f2")], into())
        assert (receipt.accepted, receipt.duplicates) == (2, 0)
        assert (receipt.opened, receipt.joined) == ((FIRST,), ())
        assert (await cabinet.archive.incident(FIRST)).alert_count == 2
        assert [each.alert for each in await cabinet.archive.alerts(FIRST)] == [alert("f1"), alert("f2")]
        assert len(await cabinet.archive.journal(FIRST)) == 2
        assert await cabinet.jobs.backlog() == 1

    async def test_the_same_alert_again_adds_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        before = await cabinet.archive.incident(FIRST)
        cabinet.clock.advance(timedelta(minutes=1))
        receipt = await cabinet.ledger.accept([alert("f1")], into())
        assert (receipt.accepted, receipt.duplicates, receipt.opened, receipt.joined) == (0, 1, (), ())
        assert await cabinet.archive.incident(FIRST) == before
        assert len(await cabinet.archive.journal(FIRST)) == 1

    async def test_a_placement_that_files_a_known_alert_again_adds_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        receipt = await cabinet.ledger.accept(
            [alert("f1")], lambda desk, alerts: Placement(filed=(filed(alerts[0]),))
        )
        assert (receipt.accepted, receipt.duplicates) == (0, 1)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 1

    async def test_a_resolved_alert_replaces_the_firing_one_and_keeps_its_arrival(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        cabinet.clock.advance(timedelta(minutes=5))
        resolved = alert("f1", status=AlertStatus.RESOLVED)
        receipt = await cabinet.ledger.accept([resolved], into())
        assert (receipt.accepted, receipt.joined) == (1, ())
        assert await cabinet.archive.alerts(FIRST) == (filed(resolved, at=NOW),)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 1

    async def test_the_same_fingerprint_that_fires_anew_is_another_alert(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        receipt = await cabinet.ledger.accept([alert("f1", at=NOW + timedelta(minutes=9))], into())
        assert receipt.joined == (FIRST,)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 2

    async def test_alerts_left_alone_are_listed_with_their_reason_newest_first(
        self, cabinet: Cabinet
    ) -> None:
        receipt = await cabinet.ledger.accept([alert("w1")], left_alone("a heartbeat"))
        cabinet.clock.advance(timedelta(seconds=1))
        await cabinet.ledger.accept([alert("w2"), alert("w3")], left_alone("too small"))
        assert receipt.left_alone == ("a heartbeat",)
        unfiled = await cabinet.archive.unfiled_alerts(2)
        assert [each.alert.fingerprint for each in unfiled] == ["w3", "w2"]
        assert unfiled[0].not_investigated_because == "too small"
        assert (await cabinet.archive.incidents(IncidentFilter(), Page())).total == 0

    async def test_the_desk_shows_what_is_on_file(self, cabinet: Cabinet) -> None:
        await cabinet.archive.keep_calls("shop", {"shop/cart": ("shop/orders",), "shop/orders": ()})
        await cabinet.ledger.accept([alert("f1"), alert("f2")], into())
        await cabinet.ledger.write(change("a", update=IncidentUpdate(status=Status.INVESTIGATING)))
        desk = await desk_for(cabinet, [alert("f1"), alert("f3")])
        assert desk.now == cabinet.clock.now()
        assert [each.incident for each in desk.open_incidents] == [await cabinet.archive.incident(FIRST)]
        assert desk.open_incidents[0].alerts == (alert("f1"), alert("f2"))
        assert [each.alert.fingerprint for each in desk.known] == ["f1"]
        assert desk.known[0].incident_id == FIRST
        assert desk.recent_firings == {"f1": 1}
        assert desk.calls == {"shop/cart": ("shop/orders",), "shop/orders": ()}
        assert desk.earlier == {}

    async def test_the_desk_of_the_next_delivery_shows_the_one_before(self, cabinet: Cabinet) -> None:
        """Also between reads of the database: what is kept in memory is what is on file."""
        for name in ("f1", "f2", "f3"):
            await cabinet.ledger.accept([alert(name)], into())
        await cabinet.ledger.accept([alert("f2", status=AlertStatus.RESOLVED)], into())
        desk = await desk_for(cabinet, [alert("f9")])
        assert [each.alert for each in await cabinet.archive.alerts(FIRST)] == list(
            desk.open_incidents[0].alerts
        )
        assert desk.open_incidents[0].incident == await cabinet.archive.incident(FIRST)

    async def test_a_finished_incident_leaves_the_desk_and_is_named_as_earlier(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.write(change("end", update=IncidentUpdate(status=Status.CLOSED, closed_at=NOW)))
        desk = await desk_for(cabinet, [alert("f1"), alert("f2")])
        assert desk.open_incidents == ()
        assert desk.earlier == {"f1": await cabinet.archive.incident(FIRST)}
        assert desk.known[0].incident_id == FIRST

    async def test_a_delivery_may_close_an_incident_and_the_next_sees_it(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        closing = change("end", update=IncidentUpdate(status=Status.CLOSED), expected_status=Status.OPEN)
        await cabinet.ledger.accept(
            [alert("f1", status=AlertStatus.RESOLVED)],
            lambda desk, alerts: Placement(filed=(filed(alerts[0]),), changes=(closing,)),
        )
        desk = await desk_for(cabinet, [alert("f1")])
        assert desk.open_incidents == ()
        assert desk.earlier["f1"].status is Status.CLOSED

    async def test_firings_older_than_an_hour_are_not_recent(self, cabinet: Cabinet) -> None:
        for minutes in (70, 50, 10):
            await cabinet.ledger.accept([alert("f1", at=NOW - timedelta(minutes=minutes))], into())
        assert (await desk_for(cabinet, [alert("f1")])).recent_firings == {"f1": 2}

    async def test_a_placement_that_fails_leaves_nothing_behind(self, cabinet: Cabinet) -> None:
        def broken(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await cabinet.ledger.accept([alert("f1")], broken)
        desk = await desk_for(cabinet, [alert("f1")])
        assert (desk.known, desk.open_incidents) == ((), ())

    async def test_a_placement_into_an_unknown_incident_leaves_nothing_behind(self, cabinet: Cabinet) -> None:
        placements = (
            Placement(filed=(filed(alert("f1")),)),
            Placement(filed=(filed(alert("f1"), None),), changes=(change("a"),)),
        )
        for placement in placements:
            with pytest.raises(NotFound):
                await cabinet.ledger.accept([alert("f1")], lambda desk, alerts, it=placement: it)  # type: ignore[misc]
        assert await cabinet.archive.unfiled_alerts(10) == ()

    async def test_an_incident_that_exists_cannot_be_opened_by_a_delivery(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        with pytest.raises(Conflict):
            await cabinet.ledger.accept(
                [alert("f2")], lambda desk, alerts: Placement(filed=(), opened=(incident(),))
            )

    async def test_one_bad_delivery_among_many_fails_alone(self, cabinet: Cabinet) -> None:
        def broken(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            raise ZeroDivisionError

        deliveries = [
            cabinet.ledger.accept([alert(f"f{n}")], broken if n == 7 else into()) for n in range(20)
        ]
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        failed = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
        assert failed == [7]
        assert (await cabinet.archive.incident(FIRST)).alert_count == 19
        assert_whole(await cabinet.archive.journal(FIRST))

    async def test_one_delivery_that_cannot_be_written_fails_alone(self, cabinet: Cabinet) -> None:
        """Its placement looks well; what it wants to write is refused only then."""

        def unwritable(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            placement = into()(desk, alerts)
            ruled = placement.changes[0].model_copy(update={"ruling": ruling(plan())})
            return placement.model_copy(update={"changes": (ruled,)})

        deliveries = [
            cabinet.ledger.accept([alert(f"f{n}")], unwritable if n == 7 else into()) for n in range(20)
        ]
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        failed = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
        assert failed == [7]
        assert isinstance(results[7], NotFound)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 19
        assert_whole(await cabinet.archive.journal(FIRST))

    async def test_an_incident_closed_by_one_delivery_is_earlier_to_one_of_the_same_moment(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        closing = change("end", update=IncidentUpdate(status=Status.CLOSED))
        seen: list[Desk] = []

        def look(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            seen.append(desk)
            return Placement(filed=())

        await asyncio.gather(
            cabinet.ledger.accept(
                [alert("f1", status=AlertStatus.RESOLVED)],
                lambda desk, alerts: Placement(filed=(filed(alerts[0]),), changes=(closing,)),
            ),
            cabinet.ledger.accept([alert("f1", at=NOW + timedelta(minutes=9))], look),
        )
        assert seen[0].open_incidents == ()
        assert seen[0].earlier["f1"].status is Status.CLOSED

    async def test_deliveries_at_the_same_moment_see_each_other(self, cabinet: Cabinet) -> None:
        receipts = await asyncio.gather(
            *(cabinet.ledger.accept([alert(f"f{n % 10}")], into()) for n in range(40))
        )
        assert sum(receipt.accepted for receipt in receipts) == 10
        assert sum(receipt.duplicates for receipt in receipts) == 30
        assert [receipt.opened for receipt in receipts if receipt.opened] == [(FIRST,)]
        assert (await cabinet.archive.incident(FIRST)).alert_count == 10
        assert await cabinet.jobs.backlog() == 1

    async def test_an_empty_delivery_is_answered(self, cabinet: Cabinet) -> None:
        receipt = await cabinet.ledger.accept([], into())
        assert (receipt.accepted, receipt.duplicates) == (0, 0)


class LedgerContract(JournalContract, ChangeContract, PlanContract, EvidenceContract, IntakeContract):
    """All of it; whoever runs it gives the fixture `cabinet`."""
