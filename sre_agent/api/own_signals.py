"""The agent's own signals: what it ended by itself, in how many turns, and what its tools and its model cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import View
from sre_agent.domain.incident import Incident
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.reports.model_use import ModelUse, model_use
from sre_agent.reports.signals import READ, Signals, Window, signals_of

router = APIRouter(route_class=GuardedRoute, tags=["signals"])

_MOST_INCIDENTS: Final = 5000
_MOST_ENTRIES: Final = 20_000
_PAGE: Final = 1000
_HOURLY_UP_TO: Final = 48
_EARLIER: Final = timedelta(days=7)
"""Incidents opened so long before the window may have ended in it."""


class OwnSignals(View):
    signals: Signals
    model: ModelUse
    partial: bool = Field(description="whether there was more than is counted here: the newest are")


@router.get("/signals", operation_id="get_signals")
async def get_signals(parts: Parts, hours: Annotated[int, Query(ge=1, le=720)] = 24) -> OwnSignals:
    """How the agent did in the last hours: by the hour up to two days, by the day beyond."""
    until = parts.clock.now()
    step = timedelta(hours=1) if hours <= _HOURLY_UP_TO else timedelta(days=1)
    window = Window(since=until - timedelta(hours=hours), until=until + timedelta(microseconds=1), step=step)
    incidents, more = await _incidents(parts, window)
    entries = await parts.archive.recent_entries(READ, since=window.since, limit=_MOST_ENTRIES)
    return OwnSignals(
        signals=signals_of(incidents, entries, window),
        model=model_use(entries, window),
        partial=more or len(entries) >= _MOST_ENTRIES,
    )


async def _incidents(parts: ApiParts, window: Window) -> tuple[list[Incident], bool]:
    """The newest of those that the window may hold, and whether there are more."""
    where = IncidentFilter(opened_after=window.since - _EARLIER)
    found: list[Incident] = []
    for number in range(1, _MOST_INCIDENTS // _PAGE + 1):
        page = await parts.archive.incidents(where, Page(number=number, size=_PAGE))
        found += page.items
        if len(found) >= page.total:
            return found, False
    return found, True
