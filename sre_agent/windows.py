"""Wakes what waits for people when a window begins or ends: a freeze of the law, or a silence of Alertmanager.

A freeze says when; a silence is made by people at any time, so that Alertmanager is asked, once for all that waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import structlog

from sre_agent.domain.incident import Status
from sre_agent.domain.plan import Call
from sre_agent.errors import Permanent, Retryable
from sre_agent.picture.objects import items
from sre_agent.policy.freezes import next_edge
from sre_agent.policy.lawbook import Law
from sre_agent.policy.silencing import is_active
from sre_agent.ports.archive import Archive, IncidentFilter, Page
from sre_agent.ports.clock import Clock
from sre_agent.ports.toolbox import Toolbox

log = structlog.get_logger("windows")
LOOK_EVERY: Final = timedelta(seconds=30)
"""How late it is noticed that somebody silenced an alert."""
_LIMIT: Final = timedelta(seconds=8)
_WAITING: Final = IncidentFilter(statuses=(Status.AWAITING_APPROVAL,))


class Windows(NamedTuple):
    """What holds now; a plan that waits is judged anew when any of it changes."""

    freezes: tuple[str, ...]
    hour: str
    silences: frozenset[str]


@dataclass
class WindowWatch:
    """`wake` has every plan that waits judged anew."""

    law: Callable[[], Law]
    toolbox: Toolbox
    archive: Archive
    clock: Clock
    wake: Callable[[], Awaitable[object]]
    _known: Windows | None = field(default=None, init=False)
    """As it was at the last look; None while nothing waits, since then nobody looks."""

    async def serve(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except Retryable as busy:
                log.warning("windows.not_looked", reason=str(busy))
            await self.clock.sleep(self.pause())

    async def look(self) -> None:
        """Wake what waits where a window began or ended since the last look, or nobody looked before. Raises Retryable."""
        if not (await self.archive.incidents(_WAITING, Page(size=1))).items:
            self._known = None
            return
        found = await self._found()
        if found != self._known:
            await self.wake()
        self._known = found

    def pause(self) -> timedelta:
        """To the next edge that is known, or to the next question about silences, whichever comes first."""
        now = self.clock.now()
        edges = [next_edge(self.law().freezes, now), _full_hour(now)]
        return min(LOOK_EVERY, *(edge - now for edge in edges if edge is not None))

    async def _found(self) -> Windows:
        law, now = self.law(), self.clock.now()
        hold = tuple(freeze.id for freeze in law.freezes if freeze.when.holds(now.astimezone(UTC)))
        hour = f"{now.astimezone(UTC):%a %H}" if law.looks_at_the_clock else ""
        return Windows(hold, hour, await self._silences())

    async def _silences(self) -> frozenset[str]:
        """Each active silence; as they were known where Alertmanager does not say."""
        try:
            call = Call(server="prometheus", tool="silences", arguments={})
            answer = (await self.toolbox.call(call, limit=_LIMIT)).content
        except (Retryable, Permanent):
            return self._known.silences if self._known else frozenset()
        # The matchers too: an edited silence is another one.
        active = filter(is_active, items(answer, "silences"))
        return frozenset(f"{each.get('id')} {each.get('matchers')}" for each in active)


def _full_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
