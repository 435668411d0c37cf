"""Merging loses nothing, messages are neither lost nor invented, and a thousand open incidents cost what ten do."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from sre_agent.domain.alert import Alert
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.errors import Conflict
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.ports.ledger import ChangeSet, Desk, IncidentUpdate, Placement
from sre_agent.ports.notify import Fate, Parcel
from tests.components.stores.twins import Twins
from tests.contracts.cabinet import Cabinet, on_disk
from tests.contracts.store_examples import FIRST, NOW, alert, change, entry, filed, incident, into, job
from tests.effort import tries

SETTINGS = settings(
    max_examples=tries(60, usual=4),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
INCIDENTS = tuple(IncidentId(f"inc_000000000000000{n}") for n in (1, 2, 3))
SOME = st.sampled_from(INCIDENTS)


class Merging(Twins):
    """Three incidents that take in alerts, are written to, and join each other; some of it is done again."""

    def __init__(self) -> None:
        super().__init__()
        self.where: dict[str, IncidentId] = {}
        self.said: dict[IncidentId, list[str]] = {each: [] for each in INCIDENTS}
        self.merged: list[tuple[ChangeSet, ChangeSet]] = []

    @initialize()
    def begin(self) -> None:
        for number, each in enumerate(INCIDENTS):
            self.file(each, f"first{number}")

    def is_over(self, each: IncidentId) -> bool:
        return any(left.incident_id == each for left, _ in self.merged)

    def file(self, each: IncidentId, name: str) -> None:
        for cabinet in (self.real, self.understudy):
            self.run(cabinet.ledger.accept([alert(name)], into(each)))
        self.where[name] = each
        self.said[each].append(f"alert:{name}:firing")

    @rule(each=SOME)
    def an_alert_joins(self, each: IncidentId) -> None:
        if not self.is_over(each):
            self.file(each, f"f{len(self.where)}")

    @rule(each=SOME)
    def something_is_said(self, each: IncidentId) -> None:
        name = f"note {len(self.said[each])}"
        self.said[each].append(name)
        for cabinet in (self.real, self.understudy):
            self.run(cabinet.ledger.write(change(name, incident_id=each)))

    @rule(one=SOME, other=SOME)
    def one_joins_another(self, one: IncidentId, other: IncidentId) -> None:
        if one == other or self.is_over(one):
            return
        over = IncidentUpdate(status=Status.CLOSED, outcome=Outcome.MERGED, merged_into=other, closed_at=NOW)
        pair = (
            change(f"into {other}", incident_id=one, update=over),
            change(f"from {one}", incident_id=other),
        )
        if self.is_over(other):
            assert self.merge(pair) == ["Conflict", "Conflict"]
            return
        assert self.merge(pair) == [2, 2]
        self.merged.append(pair)
        self.where = {name: other if at == one else at for name, at in self.where.items()}
        self.said[one].append(f"into {other}")
        self.said[other].append(f"from {one}")

    @precondition(lambda self: self.merged)
    @rule(data=st.data())
    def one_joins_another_once_more(self, data: st.DataObject) -> None:
        """A runner that died after the commit does it again."""
        pair = data.draw(st.sampled_from(self.merged))
        assert self.merge(pair) in ([0, 0], ["Conflict", "Conflict"])

    def merge(self, pair: tuple[ChangeSet, ChangeSet]) -> list[object]:
        told: list[object] = []
        for cabinet in (self.real, self.understudy):
            try:
                told.append(len(self.run(cabinet.ledger.merge(*pair))))
            except Conflict:
                told.append("Conflict")
        return told

    def teardown(self) -> None:
        try:
            for cabinet in (self.real, self.understudy):
                self.run(self.check(cabinet))
        finally:
            super().teardown()

    async def check(self, cabinet: Cabinet) -> None:
        for each in INCIDENTS if self.where else ():
            alerts = [one.alert.fingerprint for one in await cabinet.archive.alerts(each)]
            assert sorted(alerts) == sorted(name for name, at in self.where.items() if at == each)
            assert (await cabinet.archive.incident(each)).alert_count == len(alerts)
            assert [one.key for one in await cabinet.archive.journal(each)] == self.said[each]


class Telling(Twins):
    """A journal grows while messages about it are gathered, sent, not sent, and sent by those who die of it."""

    CHANNELS = ("slack", "webhook")
    KINDS = (Kind.ESCALATED.value,)
    HOLD = timedelta(seconds=5)

    def __init__(self) -> None:
        super().__init__()
        self.news = 0
        self.arrived: dict[str, Counter[tuple[str, int]]] = {"real": Counter(), "understudy": Counter()}

    def both(self) -> Sequence[tuple[str, Cabinet]]:
        return (("real", self.real), ("understudy", self.understudy))

    @initialize()
    def begin(self) -> None:
        for _, cabinet in self.both():
            self.run(cabinet.ledger.open(incident(), ChangeSet(incident_id=FIRST, at=NOW)))

    @rule(is_news=st.booleans())
    def something_happens(self, is_news: bool) -> None:
        self.news += 1
        kind = Kind.ESCALATED if is_news else Kind.NOTE_ADDED
        for _, cabinet in self.both():
            said = entry(f"n{self.news}", at=cabinet.clock.now()).model_copy(update={"kind": kind})
            self.run(cabinet.ledger.write(ChangeSet(incident_id=FIRST, at=said.at, entries=(said,))))

    @rule()
    def it_is_gathered(self) -> None:
        for _, cabinet in self.both():
            self.run(cabinet.outbox.gather(self.CHANNELS, self.KINDS, oldest=timedelta(hours=1)))

    @rule(
        fate=st.sampled_from(["arrives", "is not taken", "arrives, and its sender dies", "its sender dies"])
    )
    def one_is_sent(self, fate: str) -> None:
        for name, cabinet in self.both():
            parcel = self.run(cabinet.outbox.claim(hold=self.HOLD))
            if parcel is not None:
                self.run(self.send(name, cabinet, parcel, fate))

    async def send(self, name: str, cabinet: Cabinet, parcel: Parcel, fate: str) -> None:
        if fate.startswith("arrives"):
            self.arrived[name][parcel.channel, parcel.position] += 1
        if fate == "arrives":
            await cabinet.outbox.delivered(parcel)
        elif fate == "is not taken":
            await cabinet.outbox.again(parcel, after=timedelta(seconds=2), error="away")

    def teardown(self) -> None:
        try:
            for name, cabinet in self.both():
                self.run(self.check(name, cabinet))
        finally:
            super().teardown()

    async def check(self, name: str, cabinet: Cabinet) -> None:
        await cabinet.outbox.gather(self.CHANNELS, self.KINDS, oldest=timedelta(hours=1))
        cabinet.clock.advance(self.HOLD)
        while parcel := await cabinet.outbox.claim(hold=self.HOLD):
            await self.send(name, cabinet, parcel, "arrives")
        journal: Sequence[JournalEntry] = await cabinet.archive.journal_of_all(after=0, limit=1000)
        news = {one.position for one in journal if one.kind == Kind.ESCALATED}
        assert set(self.arrived[name]) == {(channel, at) for channel in self.CHANNELS for at in news}
        assert all(one.state is Fate.DELIVERED for one in await cabinet.outbox.newest(1000))


TestMerging = Merging.TestCase
TestTelling = Telling.TestCase
TestMerging.settings = TestTelling.settings = SETTINGS

CLAIMED = 20


def opened(count: int) -> tuple[list[Alert], object]:
    """So many alerts, and a rule that opens an incident for each."""
    alerts = [alert(f"f{n}") for n in range(count)]

    def place(desk: Desk, given: Sequence[Alert]) -> Placement:
        ids = [IncidentId(f"inc_{n:016d}") for n in range(len(given))]
        pairs = list(zip(given, ids, strict=True))
        return Placement(
            filed=tuple(filed(one, each) for one, each in pairs),
            opened=tuple(incident(each) for each in ids),
            changes=tuple(change("opened", incident_id=each, jobs=(job(each),)) for each in ids),
        )

    return alerts, place


async def seconds_for(file: Path, count: int) -> float:
    """Of this process' own time, whoever else is at work: claims, and pages of open incidents, among so many."""
    async with on_disk(file) as cabinet:
        alerts, place = opened(count)
        await cabinet.ledger.accept(alerts, place)  # type: ignore[arg-type]
        took = []
        for number in range(CLAIMED):
            began = time.process_time()
            claimed = await cabinet.jobs.claim(f"r{number}", hold=timedelta(minutes=1))
            page = await cabinet.archive.incidents(IncidentFilter(statuses=(Status.OPEN,)), Page(size=10))
            took.append(time.process_time() - began)
            assert claimed is not None or number >= count
            assert page.total == count
        return min(took[1:])


async def test_among_a_thousand_open_incidents_a_claim_and_a_page_cost_about_what_they_do_among_ten(
    database: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copy(database, tmp_path / "other.db"))
    few, many = await seconds_for(database, 10), await seconds_for(other, 1000)
    assert many < 4 * few, f"{few * 1000:.2f} ms among 10, {many * 1000:.2f} ms among 1000"
