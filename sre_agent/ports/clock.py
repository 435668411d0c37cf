"""Time, passed in: nobody inside the house asks the operating system what time it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def elapsed(self) -> timedelta:
        """A monotonic reading, for measuring how long something took."""

    async def sleep(self, duration: timedelta) -> None:
        """Wait; the understudy moves its own hands instead."""
