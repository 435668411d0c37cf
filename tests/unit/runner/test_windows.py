"""A freeze or a silence that begins or ends wakes what waits, at its very moment where it is known; nothing else does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from sre_agent.domain.incident import Status
from sre_agent.errors import ToolUnavailable
from sre_agent.policy.lawbook import Law
from sre_agent.policy.reading import LawFile, read_law
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock
from sre_agent.testing.jobs import MemoryJobs
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.store import MemoryStore
from sre_agent.testing.toolbox import ScriptedToolbox
from sre_agent.waiting import wake_waiting
from sre_agent.windows import LOOK_EVERY, WindowWatch
from tests.contracts.store_examples import FIRST, NOW, incident

LAW = """
version: 1
actions: {scale: [k8s/scale]}
freezes:
  - {id: release-day, reason: a release, between: {start: "2026-03-03T09:40:10Z", end: "2026-03-03T10:00:00Z"}}
rules:
  - {id: all, when: "true", verdict: allowed, reason: it is a lab}
"""


def silence(name: str, state: str = "active") -> dict[str, object]:
    return {"id": name, "matchers": [], "status": {"state": state}}


@dataclass
class Room:
    """One incident that waits for a person, or none; and whoever watches the windows."""

    waits: bool = True
    law: str = LAW
    clock: HandClock = field(default_factory=lambda: HandClock(runs=False))

    async def __aenter__(self) -> Room:
        self.store = MemoryStore(self.clock)
        self.jobs, self.box = MemoryJobs(self.store), ScriptedToolbox()
        await self.open(waits=self.waits)
        read: Law = read_law([LawFile("law", self.law)])
        self.watch = WindowWatch(lambda: read, self.box, MemoryArchive(self.store), self.clock, self.wake)
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def open(self, *, waits: bool) -> None:
        ledger = MemoryLedger(self.store, MemoryBulletin())
        await ledger.open(incident(), ChangeSet(incident_id=FIRST, at=NOW))
        status = Status.AWAITING_APPROVAL if waits else Status.INVESTIGATING
        await ledger.write(ChangeSet(incident_id=FIRST, at=NOW, update=IncidentUpdate(status=status)))

    async def wake(self) -> int:
        return await wake_waiting(MemoryArchive(self.store), self.jobs, self.clock)

    async def woken(self, *silences: dict[str, object]) -> bool:
        """Whether a look, with these silences in Alertmanager, wakes the incident."""
        self.box.answers("prometheus", "silences", {"silences": [*silences]}, times=1)
        self.store.state.jobs.clear()
        await self.watch.look()
        return len(self.store.state.jobs) == 1


@pytest.mark.promise("ACT-17")
async def test_a_silence_that_begins_is_edited_or_ends_wakes_what_waits_and_the_same_again_does_not() -> None:
    async with Room() as room:
        assert await room.woken(), "nobody knows what changed before the first look"
        assert not await room.woken()
        assert not await room.woken(silence("a", "pending"))
        assert await room.woken(silence("a"))
        assert not await room.woken(silence("a"))
        assert await room.woken(silence("a") | {"matchers": [{"name": "namespace"}]})
        assert await room.woken(silence("a", "expired"))


@pytest.mark.promise("ACT-17")
async def test_a_freeze_wakes_what_waits_at_the_moment_it_begins_and_at_the_moment_it_ends() -> None:
    async with Room() as room:
        await room.woken()
        for minutes, seconds in ((10, 10), (19, 50)):
            room.clock.advance(timedelta(minutes=minutes, seconds=seconds - 5))
            assert not await room.woken()
            assert room.watch.pause() == timedelta(seconds=5), "the edge is known, and not asked for"
            room.clock.advance(room.watch.pause())
            assert await room.woken()


@pytest.mark.promise("ACT-17")
async def test_a_law_that_speaks_of_the_hour_wakes_what_waits_at_each_full_hour() -> None:
    by_the_hour = LAW.replace('"true"', '"hour < 10"').replace("2026-03-03T", "2026-04-03T")
    async with Room(law=by_the_hour) as room:
        await room.woken()
        room.clock.advance(timedelta(minutes=29, seconds=45))
        assert not await room.woken()
        assert room.watch.pause() == timedelta(seconds=15)
        room.clock.advance(timedelta(seconds=15))
        assert await room.woken()


async def test_alertmanager_that_does_not_answer_is_no_silence_that_ended() -> None:
    async with Room() as room:
        await room.woken(silence("a"))
        room.box.answers("prometheus", "silences", ToolUnavailable("gone"), times=1)
        room.store.state.jobs.clear()
        await room.watch.look()
        assert not room.store.state.jobs
        assert not await room.woken(silence("a"))


async def test_while_nothing_waits_nobody_is_asked() -> None:
    async with Room(waits=False) as room:
        await room.watch.look()
        assert not room.box.made("prometheus", "silences")
        assert room.watch.pause() <= LOOK_EVERY
