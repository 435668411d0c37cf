"""The runbooks that are held ready for search, from Notion and from a folder, and when they are read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mcp_servers.kit.errors import ToolError, not_configured
from mcp_servers.notion import pages
from mcp_servers.notion.client import NotionApi
from mcp_servers.notion.folder import read_folder
from mcp_servers.notion.index import Index
from mcp_servers.notion.runbooks import Runbook

FRESH_SECONDS: Final = 300.0
AGAIN_SECONDS: Final = 30.0
"""After a reading that failed in part or whole."""
_AT_ONCE: Final = 3
"""Notion allows three requests a second on average."""


@dataclass(frozen=True)
class Shelf:
    """What is ready now. `sources` were read; `notes` say what could not be."""

    index: Index
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    good_until: float


class Library:
    """Reads at the first call, then again when five minutes are over; a failed reading leaves the old shelf."""

    def __init__(
        self,
        *,
        notion: NotionApi | None,
        folder: Path | None,
        elapsed: Callable[[], float],
        missing: str = "NOTION_API_KEY and NOTION_RUNBOOK_DATABASE_ID (or RUNBOOK_DIR)",
    ) -> None:
        self._notion, self._folder, self._missing = notion, folder, missing
        self._elapsed = elapsed
        self._shelf: Shelf | None = None
        self._reading: asyncio.Task[Shelf] | None = None
        self._known: dict[tuple[str, str], Runbook] = {}

    async def shelf(self) -> Shelf:
        """Raises ToolError where nothing is configured, or nothing could ever be read.

        A first reading of many pages can outlast the call that began it: it goes on for the next one.
        """
        if self._notion is None and self._folder is None:
            raise not_configured(self._missing, "runbook database or folder")
        if self._shelf is not None and self._elapsed() < self._shelf.good_until:
            return self._shelf
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_seen)
        return await asyncio.shield(self._reading)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self) -> Shelf:
        found: list[Runbook] = []
        sources: list[str] = []
        notes: list[str] = []
        failures: list[ToolError] = []
        for source, read in (("notion", self._of_notion), ("folder", self._of_folder)):
            try:
                shelf = await read()
            except ToolError as problem:
                failures.append(problem)
                notes.append(f"The runbooks of the {source} could not be read: {problem}")
                continue
            if shelf is not None:
                sources.append(source)
                found += shelf[0]
                notes += shelf[1]
        good_until = self._elapsed() + (AGAIN_SECONDS if failures else FRESH_SECONDS)
        if sources:
            index = await asyncio.to_thread(Index, found)
            self._shelf = Shelf(index, tuple(sources), tuple(notes), good_until)
        elif self._shelf is None:
            raise failures[0]
        else:
            note = f"These runbooks were read earlier; reading them again failed: {failures[0]}"
            self._shelf = replace(self._shelf, notes=(note,), good_until=good_until)
        return self._shelf

    async def _of_folder(self) -> tuple[list[Runbook], list[str]] | None:
        return await asyncio.to_thread(read_folder, self._folder) if self._folder is not None else None

    async def _of_notion(self) -> tuple[list[Runbook], list[str]] | None:
        """Only pages that were edited since the last reading have their blocks read again."""
        if self._notion is None:
            return None
        live = [page for page in await self._notion.pages() if pages.is_live(page)]
        slots = asyncio.Semaphore(_AT_ONCE)
        books = await asyncio.gather(*(self._book(self._notion, page, slots) for page in live))
        self._known = {(book.id, book.last_edited): book for book in books}
        return list(books), []

    async def _book(self, notion: NotionApi, page: pages.Page, slots: asyncio.Semaphore) -> Runbook:
        known = self._known.get(pages.stamp(page))
        if known is not None:
            return known
        async with slots:
            book = pages.runbook(page, await notion.blocks(str(page["id"])))
        self._known[(book.id, book.last_edited)] = book
        return book


def _seen(reading: asyncio.Task[Shelf]) -> None:
    """A failure is told to whoever waits; where nobody does any more, the next call meets it again."""
    if not reading.cancelled():
        reading.exception()
