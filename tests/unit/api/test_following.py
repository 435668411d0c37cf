"""Readers of a journal get every entry once, in order, from any point, and are let go of when it is time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from api_stage import Stage, document, token_of

from sre_agent.adapters.clock import SystemClock
from sre_agent.api.following import follow, journal_of
from sre_agent.api.parts import ApiSettings
from sre_agent.api.streams import event
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.law import Role

QUICK = ApiSettings(heartbeat=timedelta(milliseconds=20))


async def take(entries: AsyncIterator[JournalEntry | None], count: int) -> list[str]:
    found = []
    async with asyncio.timeout(5):
        async for entry in entries:
            if entry is not None:
                found.append(entry.text)
            if len(found) == count:
                break
    return found


async def stage_of(settings: ApiSettings = QUICK) -> Stage:
    stage = Stage(clock=SystemClock(), settings=settings)  # type: ignore[arg-type]
    await stage.open_the_doors()
    return stage


@pytest.mark.parametrize("after", [0, 1, 4, 9])
async def test_no_entry_is_missing_or_doubled_while_the_journal_grows(after: int) -> None:
    stage = await stage_of()
    incident = await stage.incident()
    wanted = [f"entry {n}" for n in range(10)]

    async def grow() -> None:
        for text in wanted:
            await stage.write(incident.id, text)
            await asyncio.sleep(0)

    growing = asyncio.create_task(grow())
    journal = journal_of(stage.parts, incident.id)
    found = await take(follow(journal, stage.parts, after=after, token=token_of(Role.VIEWER)), 10 - after)
    await growing
    assert found == wanted[after:]


async def test_all_journals_together_are_followed_by_position() -> None:
    stage = await stage_of()
    one, two = await stage.incident("one"), await stage.incident("two")
    await stage.write(one.id, "a")
    await stage.write(two.id, "b")
    await stage.write(one.id, "c")
    everything = journal_of(stage.parts, None)
    assert await take(follow(everything, stage.parts, after=1, token=token_of(Role.VIEWER)), 2) == ["b", "c"]


async def test_a_long_journal_comes_whole() -> None:
    stage = await stage_of()
    incident = await stage.incident()
    await stage.write(incident.id, *(str(n) for n in range(1100)))
    journal = journal_of(stage.parts, incident.id)
    found = await take(follow(journal, stage.parts, after=0, token=token_of(Role.VIEWER)), 1100)
    assert found == [str(n) for n in range(1100)]


async def test_a_quiet_stream_gives_signs_of_life() -> None:
    stage = await stage_of()
    incident = await stage.incident()
    journal = journal_of(stage.parts, incident.id)
    async with asyncio.timeout(5):
        first = await anext(follow(journal, stage.parts, after=0, token=token_of(Role.VIEWER)))
    assert first is None


async def test_a_missed_ring_delays_an_entry_but_does_not_lose_it() -> None:
    class Deaf:
        async def wait(self, after: int, *, limit: timedelta) -> int:
            await asyncio.sleep(limit.total_seconds())
            return 0

        def ring(self, position: int) -> None:
            return

    stage = (await stage_of()).with_parts(bulletin=Deaf())
    incident = await stage.incident()
    journal = journal_of(stage.parts, incident.id)
    reading = asyncio.create_task(take(follow(journal, stage.parts, after=0, token=token_of(Role.VIEWER)), 1))
    await asyncio.sleep(0)
    await stage.write(incident.id, "late")
    assert await reading == ["late"]


async def test_a_revoked_token_ends_an_open_stream() -> None:
    stage = await stage_of()
    incident = await stage.incident()
    await stage.parts.accounts.revoke_tokens("a-viewer")
    journal = journal_of(stage.parts, incident.id)
    async with asyncio.timeout(5):
        left = [each async for each in follow(journal, stage.parts, after=0, token=token_of(Role.VIEWER))]
    assert left == []


async def test_a_process_that_stops_lets_its_readers_go_at_once() -> None:
    stage = await stage_of(ApiSettings(heartbeat=timedelta(hours=1)))
    incident = await stage.incident()
    journal = journal_of(stage.parts, incident.id)
    reading = asyncio.create_task(take(follow(journal, stage.parts, after=0, token=token_of(Role.VIEWER)), 1))
    await asyncio.sleep(0)
    stage.parts.stopping.set()
    assert await reading == []


async def test_an_event_is_as_the_description_says() -> None:
    """Whoever reads server-sent events has the event's parts, and the entry in one of them."""
    entry = JournalEntry.model_validate(
        {
            "incident_id": "inc_1",
            "seq": 1,
            "position": 7,
            "key": "k",
            "kind": "note.added",
            "actor": "a",
            "text": "t",
            "body": {},
            "at": "2026-01-31T08:00:00Z",
            "previous": "0" * 64,
            "hash": "f" * 64,
        }
    )
    told = dict(line.split(": ", 1) for line in event(entry, 7).decode().strip().split("\n"))
    described = document()["paths"]["/api/v1/stream"]["get"]["responses"]["200"]["content"][
        "text/event-stream"
    ]
    assert set(described["schema"]["required"]) == set(told)
    assert described["schema"]["properties"]["event"]["const"] == told["event"]
    name = described["schema"]["properties"]["data"]["contentSchema"]["$ref"].rpartition("/")[2]
    assert set(document()["components"]["schemas"][name]["required"]) <= set(json.loads(told["data"]))
