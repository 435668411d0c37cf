"""Sign-ins that went to the identity provider and are not back yet: each comes back once, in the browser it left from; pure."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sre_agent.ports.identity import Departure

LIVES: Final = timedelta(minutes=10)
_MOST: Final = 10_000


@dataclass(frozen=True)
class Away:
    """One of them: since when (a monotonic reading), and which of our pages was wanted."""

    departure: Departure
    since: timedelta
    page: str


class Departures:
    """Of very many, the one that left first is forgotten: it has to begin again."""

    def __init__(self) -> None:
        self._away: OrderedDict[str, Away] = OrderedDict()

    def left(self, departure: Departure, now: timedelta, *, page: str) -> None:
        self._away[departure.state] = Away(departure, now, page)
        while len(self._away) > _MOST:
            self._away.popitem(last=False)

    def back(self, state: str, kept_by_browser: str, now: timedelta) -> Away | None:
        """The one with this state, once, and only for the browser that was given it; None for every other."""
        if not hmac.compare_digest(state.encode(), kept_by_browser.encode()):
            return None
        away = self._away.pop(state, None)
        return away if away and now - away.since < LIVES else None
