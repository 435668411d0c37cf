"""What every audit trail promises."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sre_agent.domain.audit import NO_REASON, AuditDraft
from sre_agent.domain.incident import Status
from sre_agent.errors import Conflict
from sre_agent.ports.archive import Page
from sre_agent.ports.audit import AuditFilter
from sre_agent.ports.ledger import IncidentUpdate
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import FIRST, NOW, approval, change, incident, plan

ALL = AuditFilter()


def told(number: int = 1, *, actor: str = "ada", reason: str = "asked", at: datetime = NOW) -> AuditDraft:
    action = "token.issued" if number % 2 else "account.created"
    return AuditDraft(actor=actor, action=action, subject=f"s{number}", detail="é", reason=reason, at=at)


async def five(cabinet: Cabinet) -> None:
    for number in range(1, 6):
        await cabinet.audit.record(told(number, at=NOW + timedelta(days=number)))


class AuditContract:
    async def test_an_entry_is_read_back_with_who_what_when_and_why(self, cabinet: Cabinet) -> None:
        await cabinet.audit.record(told())
        (entry,) = (await cabinet.audit.entries(ALL, Page())).items
        assert (entry.seq, entry.actor, entry.action, entry.subject) == (1, "ada", "token.issued", "s1")
        assert (entry.detail, entry.reason, entry.at) == ("é", "asked", NOW)

    async def test_an_entry_without_a_reason_says_so(self, cabinet: Cabinet) -> None:
        await cabinet.audit.record(told(reason=" "))
        assert (await cabinet.audit.entries(ALL, Page())).items[0].reason == NO_REASON

    @pytest.mark.promise("KEEP-7")
    async def test_an_untouched_trail_is_whole(self, cabinet: Cabinet) -> None:
        assert (await cabinet.audit.verify()).whole
        await cabinet.audit.record(told().model_copy(update={"detail": "é \ud800 \x00"}))
        await five(cabinet)
        proof = await cabinet.audit.verify()
        assert (proof.whole, proof.entries, proof.head.seq) == (True, 6, 6)

    async def test_entries_are_paged_newest_first(self, cabinet: Cabinet) -> None:
        await five(cabinet)
        found = await cabinet.audit.entries(ALL, Page(number=2, size=2))
        assert [entry.seq for entry in found.items] == [3, 2]
        assert found.total == 5

    @pytest.mark.parametrize(
        ("where", "seqs"),
        [
            (AuditFilter(actor="ada"), [5, 4, 3, 2, 1]),
            (AuditFilter(actor="ad"), []),
            (AuditFilter(action="account."), [4, 2]),
            (AuditFilter(action="%"), []),
            (AuditFilter(subject="s3"), [3]),
            (AuditFilter(text="ASKED"), [5, 4, 3, 2, 1]),
            (AuditFilter(text="_"), []),
            (AuditFilter(since=NOW + timedelta(days=4)), [5, 4]),
            (AuditFilter(until=NOW + timedelta(days=2)), [1]),
            (AuditFilter(action="token.", since=NOW + timedelta(days=2)), [5, 3]),
        ],
    )
    async def test_all_conditions_must_hold(
        self, cabinet: Cabinet, where: AuditFilter, seqs: list[int]
    ) -> None:
        await five(cabinet)
        found = await cabinet.audit.entries(where, Page())
        assert [entry.seq for entry in found.items] == seqs
        assert found.total == len(seqs)

    @pytest.mark.promise("KEEP-7")
    async def test_a_cut_takes_the_old_away_and_the_rest_stays_provable(self, cabinet: Cabinet) -> None:
        await five(cabinet)
        before = NOW + timedelta(days=3)
        mark = await cabinet.audit.cut(before, by="ada", reason="a year is over", at=NOW)
        assert (mark.seq, mark.by, mark.reason) == (2, "ada", "a year is over")
        assert await cabinet.audit.last_cut() == mark
        left = await cabinet.audit.entries_after(0)
        assert [entry.seq for entry in left] == [3, 4, 5, 6]
        assert (left[-1].action, left[-1].reason) == ("audit.cut", "a year is over")
        proof = await cabinet.audit.verify()
        assert (proof.whole, proof.begins_after) == (True, 2)

    async def test_a_trail_may_be_cut_to_its_last_entry_and_goes_on(self, cabinet: Cabinet) -> None:
        await five(cabinet)
        await cabinet.audit.cut(NOW + timedelta(days=9), by="ada", reason="all", at=NOW + timedelta(days=9))
        await cabinet.audit.record(told(7, at=NOW + timedelta(days=9)))
        assert [entry.seq for entry in await cabinet.audit.entries_after(0)] == [6, 7]
        assert (await cabinet.audit.verify()).whole

    async def test_nothing_old_is_nothing_to_cut(self, cabinet: Cabinet) -> None:
        await five(cabinet)
        with pytest.raises(Conflict, match="no entry older"):
            await cabinet.audit.cut(NOW, by="ada", reason="x", at=NOW)

    async def test_an_answer_to_a_plan_stands_in_the_trail_and_vouches_for_the_journal(
        self, cabinet: Cabinet
    ) -> None:
        made = plan()
        await cabinet.ledger.open(incident(), change("opened", plan=made))
        given = change("answered", approval=approval(made))
        (new,) = await cabinet.ledger.write(given)
        await cabinet.ledger.write(given)
        (entry,) = (await cabinet.audit.entries(ALL, Page())).items
        assert (entry.actor, entry.action, entry.subject) == (approval(made).by.name, "plan.approved", FIRST)
        assert (entry.journal_seq, entry.journal_hash) == (new.seq, new.hash)
        assert made.digest in entry.detail

    async def test_the_end_of_an_incident_stands_in_the_trail(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.open(incident(), change("opened"))
        await cabinet.ledger.write(change("ended", update=IncidentUpdate(status=Status.RESOLVED)))
        (entry,) = (await cabinet.audit.entries(ALL, Page())).items
        assert entry.action == "incident.resolved"
