"""What every queue of jobs promises."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sre_agent.domain.work import JobKind
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import NOW, job

HOLD = timedelta(seconds=10)
A_BIT = timedelta(seconds=1)


class JobsContract:
    async def test_a_job_is_claimed_once_and_gone_when_finished(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a"))
        claimed = await cabinet.jobs.claim("r1", hold=HOLD)
        assert claimed is not None
        assert (claimed.lock, claimed.kind, claimed.attempts) == ("a", JobKind.INVESTIGATE, 1)
        assert await cabinet.jobs.claim("r2", hold=HOLD) is None
        assert await cabinet.jobs.backlog() == 1
        await cabinet.jobs.finish(claimed, "r1")
        assert await cabinet.jobs.backlog() == 0
        assert await cabinet.jobs.claim("r1", hold=HOLD) is None

    async def test_the_most_urgent_goes_first_then_the_longest_due(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("late", at=NOW - A_BIT))
        await cabinet.jobs.defer(job("first", at=NOW - 2 * A_BIT))
        await cabinet.jobs.defer(job("urgent", priority=10))
        assert await self.claim_all(cabinet) == ["urgent", "first", "late"]

    async def test_a_job_is_not_due_before_its_time(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a", at=NOW + A_BIT))
        assert await cabinet.jobs.claim("r1", hold=HOLD) is None
        cabinet.clock.advance(A_BIT)
        assert await cabinet.jobs.claim("r1", hold=HOLD) is not None

    async def test_a_queued_twin_is_dropped_but_brings_its_time_and_urgency(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a", at=NOW + timedelta(hours=1), priority=50))
        await cabinet.jobs.defer(job("b", priority=20))
        await cabinet.jobs.defer(job("a", at=NOW, priority=90))
        await cabinet.jobs.defer(job("a", at=NOW + timedelta(hours=2), priority=10))
        assert await cabinet.jobs.backlog() == 2
        assert await self.claim_all(cabinet) == ["a", "b"]

    async def test_another_kind_of_job_is_no_twin_but_waits_for_the_lock(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a"))
        await cabinet.jobs.defer(job("a", kind=JobKind.REFRESH_TOPOLOGY))
        first = await cabinet.jobs.claim("r1", hold=HOLD)
        assert first is not None
        assert await cabinet.jobs.claim("r2", hold=HOLD) is None
        await cabinet.jobs.finish(first, "r1")
        second = await cabinet.jobs.claim("r2", hold=HOLD)
        assert second is not None
        assert second.kind is JobKind.REFRESH_TOPOLOGY

    async def test_what_is_deferred_while_its_twin_runs_runs_after_it(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a"))
        first = await cabinet.jobs.claim("r1", hold=HOLD)
        assert first is not None
        await cabinet.jobs.defer(job("a"))
        await cabinet.jobs.defer(job("a"))
        assert await cabinet.jobs.backlog() == 2
        assert await cabinet.jobs.claim("r2", hold=HOLD) is None
        await cabinet.jobs.finish(first, "r1")
        second = await cabinet.jobs.claim("r2", hold=HOLD)
        assert second is not None
        assert second.id != first.id

    async def test_a_claim_that_is_not_renewed_is_void_and_the_job_due_again(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a"))
        lost = await cabinet.jobs.claim("r1", hold=HOLD)
        assert lost is not None
        cabinet.clock.advance(HOLD)
        assert not await cabinet.jobs.renew(lost, "r1", hold=HOLD)
        again = await cabinet.jobs.claim("r2", hold=HOLD)
        assert again is not None
        assert (again.id, again.attempts) == (lost.id, 2)

    async def test_a_renewed_claim_holds_longer(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a"))
        claimed = await cabinet.jobs.claim("r1", hold=HOLD)
        assert claimed is not None
        for _ in range(3):
            cabinet.clock.advance(HOLD - A_BIT)
            assert await cabinet.jobs.renew(claimed, "r1", hold=HOLD)
            assert await cabinet.jobs.claim("r2", hold=HOLD) is None

    async def test_whoever_lost_a_claim_can_neither_finish_nor_delay_the_job(self, cabinet: Cabinet) -> None:
        """Also when it is the same runner that got the job again."""
        await cabinet.jobs.defer(job("a"))
        lost = await cabinet.jobs.claim("r1", hold=HOLD)
        cabinet.clock.advance(HOLD)
        again = await cabinet.jobs.claim("r1", hold=HOLD)
        assert lost is not None
        assert again is not None
        await cabinet.jobs.finish(lost, "r1")
        await cabinet.jobs.retry(lost, "r1", after=timedelta(), error="late")
        await cabinet.jobs.finish(again, "somebody else")
        assert await cabinet.jobs.backlog() == 1
        assert await cabinet.jobs.claim("r2", hold=HOLD) is None
        assert await cabinet.jobs.renew(again, "r1", hold=HOLD)

    async def test_a_retried_job_is_due_again_later_and_counts_its_attempts(self, cabinet: Cabinet) -> None:
        await cabinet.jobs.defer(job("a"))
        first = await cabinet.jobs.claim("r1", hold=HOLD)
        assert first is not None
        await cabinet.jobs.retry(first, "r1", after=2 * A_BIT, error="prometheus is down \ud800")
        cabinet.clock.advance(A_BIT)
        assert await cabinet.jobs.claim("r1", hold=HOLD) is None
        cabinet.clock.advance(A_BIT)
        second = await cabinet.jobs.claim("r2", hold=HOLD)
        assert second is not None
        assert (second.id, second.attempts) == (first.id, 2)

    async def test_a_retry_takes_in_the_twin_that_came_meanwhile_and_its_sooner_time(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.jobs.defer(job("a"))
        first = await cabinet.jobs.claim("r1", hold=HOLD)
        assert first is not None
        await cabinet.jobs.defer(job("a", at=NOW))
        await cabinet.jobs.retry(first, "r1", after=timedelta(hours=1), error="busy")
        assert await cabinet.jobs.backlog() == 1
        assert await self.claim_all(cabinet) == ["a"]

    async def test_what_the_dead_had_claimed_is_due_at_once_and_what_the_living_have_is_not(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.jobs.defer(job("a"))
        assert await cabinet.jobs.claim("dead", hold=HOLD)
        await cabinet.jobs.defer(job("b"))
        assert await cabinet.jobs.claim("alive", hold=HOLD)
        assert await cabinet.jobs.resume(["dead"]) == 1
        assert await self.claim_all(cabinet) == ["a"]

    async def test_at_a_start_what_was_put_off_after_a_fault_is_due_and_what_has_its_time_to_come_is_not(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.jobs.defer(job("a"))
        first = await cabinet.jobs.claim("r1", hold=HOLD)
        assert first is not None
        await cabinet.jobs.retry(first, "r1", after=timedelta(hours=1), error="prometheus is down")
        await cabinet.jobs.defer(job("b", at=NOW + timedelta(hours=1)))
        assert await cabinet.jobs.resume([]) == 1
        assert await self.claim_all(cabinet) == ["a"]

    async def test_many_claimers_at_once_never_share_a_lock(self, cabinet: Cabinet) -> None:
        for number in range(5):
            await cabinet.jobs.defer(job(f"lock{number}"))
            await cabinet.jobs.defer(job(f"lock{number}", kind=JobKind.REFRESH_TOPOLOGY))
        claims = await asyncio.gather(*(cabinet.jobs.claim(f"r{n}", hold=HOLD) for n in range(12)))
        locks = [claimed.lock for claimed in claims if claimed is not None]
        assert sorted(locks) == [f"lock{n}" for n in range(5)]

    async def test_an_id_is_never_given_to_another_job(self, cabinet: Cabinet) -> None:
        seen = set()
        for _ in range(3):
            await cabinet.jobs.defer(job("a"))
            claimed = await cabinet.jobs.claim("r1", hold=HOLD)
            assert claimed is not None
            seen.add(claimed.id)
            await cabinet.jobs.finish(claimed, "r1")
        assert len(seen) == 3

    @staticmethod
    async def claim_all(cabinet: Cabinet) -> list[str]:
        locks = []
        while claimed := await cabinet.jobs.claim("r1", hold=HOLD):
            locks.append(claimed.lock)
        return locks
