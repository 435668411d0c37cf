"""What waits at the same moment is filed together, and a busy writer takes a breath between two transactions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sre_agent.adapters.ledger_batch import BREATH_SECONDS, Batch, GroupCommit, Letter


@dataclass(kw_only=True)
class Note(Letter[str]):
    text: str


@dataclass
class Office:
    """Files letters; its clock moves only when someone pauses or when it is told to."""

    time: float = 100.0
    pauses: list[float] = field(default_factory=list)
    filed: list[list[str]] = field(default_factory=list)
    arrivals: dict[int, list[str]] = field(default_factory=dict)
    """What is sent during the pause of that number."""
    late: list[asyncio.Task[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = GroupCommit(self.file, most=10, now=lambda: self.time, pause=self.pause)

    async def file(self, batch: Batch[Note, str]) -> None:
        self.line.fill(batch)
        self.filed.append([letter.text for letter in batch.letters])
        batch.results = [letter.text.upper() for letter in batch.letters]

    async def pause(self, seconds: float) -> None:
        for text in self.arrivals.get(len(self.pauses), ()):
            self.late.append(asyncio.create_task(self.send(text)))
        await asyncio.sleep(0)
        self.pauses.append(seconds)
        self.time += seconds

    async def send(self, text: str) -> str:
        return await self.line.send(Note(text=text))


async def test_a_letter_alone_is_filed_at_once() -> None:
    office = Office()
    assert await office.send("a") == "A"
    office.time += BREATH_SECONDS
    assert await office.send("b") == "B"
    assert office.pauses == []


async def test_one_that_follows_at_once_waits_for_the_rest_of_the_breath_and_shares_its_transaction() -> None:
    office = Office(arrivals={0: ["c", "d"]})
    await office.send("a")
    office.time += BREATH_SECONDS / 3
    assert await office.send("b") == "B"
    assert await asyncio.gather(*office.late) == ["C", "D"]
    assert office.filed == [["a"], ["b", "c", "d"]]
    assert [round(each, 6) for each in office.pauses] == [round(BREATH_SECONDS * 2 / 3, 6)]
