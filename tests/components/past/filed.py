"""Incidents that went through the whole graph, filed in a real database: the past that laws are tried on.

A transaction runs where it is asked for, and not in the store's threads: the stories' time stands still meanwhile.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from backend.doors import ThreadDoor, Work
from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.leases import SqlLeases
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.store import Store
from sre_agent.domain.frozen import digest_of
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import JournalEntry
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.clock import Clock
from tests.scenarios.lives import Life
from tests.scenarios.stage import Stage
from tests.scenarios.stories import Story, shop
from tests.scenarios.virtual import LoopClock, live

T = TypeVar("T")


class _HereDoor(ThreadDoor):
    """Each transaction is done at once, by whoever asks."""

    async def _run(self, work: Work[T], *, writing: bool, urgent: bool) -> T:
        with self._engines[writing].begin() as connection:
            return work(connection)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine that never waits comes to."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("it waited")


@dataclass
class FiledStage(Stage):
    """A stage over the database's own adapters."""

    file: Path = Path()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.real = store_in(self.file, self.clock)
        bulletin = SqlBulletin(self.real)
        self.archive, self.leases = SqlArchive(self.real), SqlLeases(self.real)  # type: ignore[assignment]
        self.ledger, self.jobs = SqlLedger(self.real, bulletin), SqlJobs(self.real)  # type: ignore[assignment]
        self.town.guard = lambda call, right: None

    def _is_due(self) -> bool:
        return True

    @property
    def is_over(self) -> bool:
        return self.incident.status.is_final and at_once(self.jobs.backlog()) == 0

    @property
    def incident(self) -> Incident:
        return at_once(self.archive.incident(self.incident_id))

    @property
    def journal(self) -> list[JournalEntry]:
        return list(at_once(self.archive.journal(self.incident_id)))


def store_in(file: Path, clock: Clock) -> Store:
    store = Store(f"sqlite+aiosqlite:///{file}", clock)
    store._database._door.__class__ = _HereDoor
    return store


def told_in(file: Path, story: Story, under: PolicyEngine) -> FiledStage:
    """The story, told to its end and filed."""

    async def tell() -> FiledStage:
        clock = LoopClock()
        town = shop(clock)
        story.set_up(town)
        stage = FiledStage(town, clock, under=under, file=file)
        await stage.fire(service=story.service, fingerprint=digest_of({"story": story.name})[:16])
        stage.employ(story.people(stage))
        await stage.live(Life())
        await stage.go_home()
        return stage

    return live(tell())
