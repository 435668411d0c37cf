"""What every Ledger promises about journals and change sets."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from sre_agent.domain.alert import Severity
from sre_agent.domain.incident import Outcome, Status
from sre_agent.errors import BadInput, Conflict, LeaseLost, NotFound
from sre_agent.ports.ledger import AnswersSeen, ChangeSet, IncidentUpdate
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_checks import TERM, assert_whole, held, opened
from tests.contracts.store_examples import (
    CART,
    FIRST,
    NOW,
    SECOND,
    approval,
    change,
    entry,
    hypothesis,
    incident,
    job,
    plan,
    ruling,
)


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

    async def test_a_change_that_knows_of_fewer_answers_than_are_on_file_writes_nothing(
        self, cabinet: Cabinet
    ) -> None:
        await opened(cabinet)
        made = plan()
        await cabinet.ledger.write(change("planned", plan=made, ruling=ruling(made)))
        none, one = (AnswersSeen(plan_digest=made.digest, count=count) for count in (0, 1))
        await cabinet.ledger.write(change("yes", approval=approval(made), expected_answers=none))
        with pytest.raises(Conflict):
            await cabinet.ledger.write(change("no", expected_answers=none, jobs=(job(),)))
        assert len(await cabinet.ledger.write(change("knows", expected_answers=one))) == 1
        assert await cabinet.jobs.claim("runner", hold=TERM) is None

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
