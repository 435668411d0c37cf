"""Room for so many deliveries at once: who finds none is told to come again, before anything of it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sre_agent.errors import IntakeFull
from sre_agent.ports.clock import Clock

ROOM: Final = 64
"""Deliveries in hand. All of them share a few transactions, so that the last is answered within a quarter of a
second on two cores; with bodies of 1 MiB at most it also bounds the memory that a storm can take."""
PATIENCE: Final = timedelta(seconds=2)
"""A delivery that waits this long says that the database does not keep up: more would only wait longer."""


@dataclass
class IntakeGate:
    """Counts the deliveries in hand. For one event loop."""

    clock: Clock
    room: int = ROOM
    patience: timedelta = PATIENCE
    _inside: dict[object, timedelta] = field(default_factory=dict, init=False)
    """When each came in, in their order."""

    @contextmanager
    def entered(self) -> Iterator[None]:
        """For as long as a delivery is in hand. Raises IntakeFull where there is no room."""
        now = self.clock.elapsed()
        self._check(now)
        me = object()
        self._inside[me] = now
        try:
            yield
        finally:
            del self._inside[me]

    def _check(self, now: timedelta) -> None:
        if len(self._inside) >= self.room:
            raise IntakeFull(
                f"{len(self._inside)} deliveries are being filed; nothing of this one was kept, send it again"
            )
        waited = now - next(iter(self._inside.values()), now)
        if waited >= self.patience:
            raise IntakeFull(
                f"a delivery has been waiting for the database for {waited.total_seconds():.0f} s; "
                "nothing of this one was kept, send it again"
            )
