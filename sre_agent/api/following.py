"""Following a journal as it grows: every entry once, in order, from any point on, with a sign of life in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.api.callers import caller_with
from sre_agent.api.parts import ApiParts
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalEntry

_PAGE = 500

Read = Callable[[int], Awaitable[tuple[JournalEntry, ...]]]


@dataclass(frozen=True)
class Journal:
    """One incident's journal, or all of them; `place` is what a reader resumes by."""

    read: Read
    place: Callable[[JournalEntry], int]


def journal_of(parts: ApiParts, incident_id: IncidentId | None) -> Journal:
    """By `seq` for one incident, by `position` for all."""
    if incident_id is None:
        return Journal(
            read=lambda after: parts.archive.journal_of_all(after=after, limit=_PAGE),
            place=lambda entry: entry.position,
        )
    return Journal(
        read=lambda after: parts.archive.journal(incident_id, after=after, limit=_PAGE),
        place=lambda entry: entry.seq,
    )


async def follow(
    journal: Journal, parts: ApiParts, *, after: int, token: str
) -> AsyncIterator[JournalEntry | None]:
    """Entries past `after`; None is a heartbeat. Ends when the process stops or the token is no longer good.

    No gap and no double: the archive is the only source, and it is read again after every ring of the bell, and at
    every heartbeat in case a ring was missed.
    """
    known, last_sign = 0, parts.clock.elapsed()
    beat = parts.settings.heartbeat
    while not parts.stopping.is_set():
        entries = await journal.read(after)
        for entry in entries:
            yield entry
            after = journal.place(entry)
        if entries:
            last_sign = parts.clock.elapsed()
            continue
        if parts.clock.elapsed() - last_sign >= beat:
            if await caller_with(token, parts) is None:
                return
            yield None
            last_sign = parts.clock.elapsed()
        known = max(known, await _news(parts, known, beat))


async def _news(parts: ApiParts, known: int, limit: timedelta) -> int:
    """The newest position, as soon as there is one past `known`; at once when the process stops."""
    ring = asyncio.ensure_future(parts.bulletin.wait(known, limit=limit))
    stop = asyncio.ensure_future(parts.stopping.wait())
    try:
        await asyncio.wait({ring, stop}, return_when=asyncio.FIRST_COMPLETED)
        return ring.result() if ring.done() else known
    finally:
        for task in (ring, stop):
            task.cancel()
        await asyncio.gather(ring, stop, return_exceptions=True)
