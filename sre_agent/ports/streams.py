"""Being told that a journal grew, without asking all the time."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class Bulletin(Protocol):
    """A doorbell, not a mailbox: it says that there is news; the archive says what."""

    def ring(self, position: int) -> None:
        """Something was appended up to this position. May be called from any thread."""

    async def wait(self, after: int, *, limit: timedelta) -> int:
        """The newest known position, as soon as it is past `after`, or when the limit is up."""
