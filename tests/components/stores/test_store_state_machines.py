"""Whatever happens in whatever order: the database and its understudy agree, and what must never be never is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, multiple, rule

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from sre_agent.domain.work import Job, JobKind, Lease
from sre_agent.errors import Conflict, LeaseLost
from sre_agent.ports.ledger import IncidentUpdate
from tests.components.stores.twins import Twins
from tests.contracts.store_checks import assert_whole
from tests.contracts.store_examples import FIRST, SECOND, alert, change, incident, into, job

HOLD = timedelta(seconds=6)
OWNERS = st.sampled_from(["r1", "r2"])
LOCKS = st.sampled_from(["a", "b"])
INCIDENTS = st.sampled_from([FIRST, SECOND])
SETTINGS = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class Leases(Twins):
    held: Bundle[tuple[Lease, Lease]] = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.fences: dict[IncidentId, int] = {}
        self.until: dict[tuple[IncidentId, int], datetime] = {}

    @rule(target=held, of=INCIDENTS, owner=OWNERS)
    def acquire(self, of: IncidentId, owner: str) -> Any:
        real = self.run(self.real.leases.acquire(of, owner, term=HOLD))
        assert real == self.run(self.understudy.leases.acquire(of, owner, term=HOLD))
        somebody_holds_it = any(until > self.now for (held, _), until in self.until.items() if held == of)
        assert (real is None) == somebody_holds_it
        if real is None:
            return multiple()
        assert real.fence > self.fences.get(of, 0)
        self.fences[of] = real.fence
        self.until[of, real.fence] = real.expires_at
        return real, real

    @rule(pair=held)
    def renew(self, pair: tuple[Lease, Lease]) -> None:
        lease = pair[0]
        is_held = self.until[lease.incident_id, lease.fence] > self.now
        for leases in (self.real.leases, self.understudy.leases):
            try:
                renewed = self.run(leases.renew(lease, term=HOLD))
            except LeaseLost:
                assert not is_held
            else:
                assert is_held
                assert renewed.expires_at == self.now + HOLD
        if is_held:
            self.until[lease.incident_id, lease.fence] = self.now + HOLD

    @rule(pair=held)
    def release(self, pair: tuple[Lease, Lease]) -> None:
        lease = pair[0]
        for leases in (self.real.leases, self.understudy.leases):
            self.run(leases.release(lease))
        key = (lease.incident_id, lease.fence)
        self.until[key] = min(self.until[key], self.now)

    @rule(pair=held)
    def check(self, pair: tuple[Lease, Lease]) -> None:
        lease = pair[0]
        for leases in (self.real.leases, self.understudy.leases):
            try:
                self.run(leases.check(lease))
                found = True
            except LeaseLost:
                found = False
            assert found == (self.until[lease.incident_id, lease.fence] > self.now)

    @invariant()
    def there_are_never_two_holders(self) -> None:
        holders = [of for (of, _), until in self.until.items() if until > self.now]
        assert len(holders) == len(set(holders))


class Jobs(Twins):
    claims: Bundle[tuple[Job, Job, str]] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.until: dict[tuple[int, int], tuple[str, datetime]] = {}

    @rule(
        lock=LOCKS,
        kind=st.sampled_from(JobKind),
        after=st.integers(0, 5),
        priority=st.sampled_from([10, 100]),
    )
    def defer(self, lock: str, kind: JobKind, after: int, priority: int) -> None:
        draft = job(lock, kind=kind, at=self.now + timedelta(seconds=after), priority=priority)
        for cabinet in (self.real, self.understudy):
            self.run(cabinet.jobs.defer(draft))

    @rule(target=claims, owner=OWNERS)
    def claim(self, owner: str) -> Any:
        real = self.run(self.real.jobs.claim(owner, hold=HOLD))
        twin = self.run(self.understudy.jobs.claim(owner, hold=HOLD))
        if real is None or twin is None:
            assert real is twin
            return multiple()
        assert (real.lock, real.kind, real.attempts) == (twin.lock, twin.kind, twin.attempts)
        assert not any(lock == real.lock and until > self.now for lock, until in self.until.values())
        self.until[real.id, real.attempts] = (real.lock, self.now + HOLD)
        return real, twin, owner

    @rule(claim=claims)
    def renew(self, claim: tuple[Job, Job, str]) -> None:
        real, twin, owner = claim
        renewed = self.run(self.real.jobs.renew(real, owner, hold=HOLD))
        assert renewed == self.run(self.understudy.jobs.renew(twin, owner, hold=HOLD))
        if renewed:
            assert self.until[real.id, real.attempts][1] > self.now
            self.until[real.id, real.attempts] = (real.lock, self.now + HOLD)

    @rule(claim=claims)
    def finish(self, claim: tuple[Job, Job, str]) -> None:
        real, twin, owner = claim
        self.run(self.real.jobs.finish(real, owner))
        self.run(self.understudy.jobs.finish(twin, owner))
        self.until.pop((real.id, real.attempts), None)

    @rule(claim=claims, after=st.integers(0, 9))
    def retry(self, claim: tuple[Job, Job, str], after: int) -> None:
        real, twin, owner = claim
        wait = timedelta(seconds=after)
        self.run(self.real.jobs.retry(real, owner, after=wait, error="again"))
        self.run(self.understudy.jobs.retry(twin, owner, after=wait, error="again"))
        self.until.pop((real.id, real.attempts), None)

    @invariant()
    def both_queues_are_equally_long(self) -> None:
        backlog = self.run(self.real.jobs.backlog())
        assert backlog == self.run(self.understudy.jobs.backlog())


class Journal(Twins):
    """Change sets, deliveries and leases, in any order, with keys that repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.leases: list[Lease] = []
        for cabinet in (self.real, self.understudy):
            self.run(cabinet.ledger.open(incident(), change("opened")))

    @rule(
        keys=st.lists(st.sampled_from("abcdef"), max_size=4),
        status=st.none() | st.sampled_from(Status),
        expected=st.none() | st.sampled_from([Status.OPEN, Status.VERIFYING]),
        fence=st.none() | st.integers(1, 3),
    )
    def write(
        self, keys: list[str], status: Status | None, expected: Status | None, fence: int | None
    ) -> None:
        one = change(
            *keys,
            at=self.now,
            update=IncidentUpdate(status=status),
            expected_status=expected,
            fence=fence,
            jobs=(job(FIRST, at=self.now),),
        )
        results: list[object] = []
        for cabinet in (self.real, self.understudy):
            try:
                entries = self.run(cabinet.ledger.write(one))
                assert len({entry.key for entry in entries}) == len(entries)
                results.append(entries)
            except (LeaseLost, Conflict) as refused:
                results.append(type(refused))
        assert results[0] == results[1]

    @rule(owner=OWNERS)
    def acquire(self, owner: str) -> None:
        for cabinet in (self.real, self.understudy):
            self.run(cabinet.leases.acquire(FIRST, owner, term=HOLD))

    @rule(names=st.lists(st.sampled_from(["f1", "f2", "f3"]), max_size=3), of=INCIDENTS)
    def deliver(self, names: list[str], of: IncidentId) -> None:
        receipts = []
        for cabinet in (self.real, self.understudy):
            alerts = [alert(name) for name in dict.fromkeys(names)]
            try:
                receipts.append(self.run(cabinet.ledger.accept(alerts, into(of))))
            except Conflict as refused:
                receipts.append(type(refused))  # type: ignore[arg-type]
        assert receipts[0] == receipts[1]

    @invariant()
    def both_have_the_same_whole_journals_and_incidents(self) -> None:
        for of in (FIRST, SECOND):
            entries = self.run(self.real.archive.journal(of))
            assert_whole(entries)
            assert entries == self.run(self.understudy.archive.journal(of))
            assert self.run(self.real.archive.alerts(of)) == self.run(self.understudy.archive.alerts(of))
        everything = self.run(self.real.archive.journal_of_all())
        assert [entry.position for entry in everything] == list(range(1, len(everything) + 1))
        assert self.run(self.real.archive.incident(FIRST)) == self.run(
            self.understudy.archive.incident(FIRST)
        )
        assert self.run(self.real.jobs.backlog()) == self.run(self.understudy.jobs.backlog())


TestLeases = Leases.TestCase
TestLeases.settings = SETTINGS
TestJobs = Jobs.TestCase
TestJobs.settings = SETTINGS
TestJournal = Journal.TestCase
TestJournal.settings = SETTINGS
