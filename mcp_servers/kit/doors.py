"""uvicorn's HTTP protocol with the patience it lacks: a caller has to say what it wants, and not sit in a doorway for ever."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""For a request's line and headers, from the moment a connection is open or spoken on again."""
BODY_SECONDS: Final = 30.0
MOST_CONNECTIONS: Final = 200
"""The agent keeps 64 open at most; whoever holds more is not the agent."""


class PatientDoor(H11Protocol):
    """h11 bounds the bytes of a head; this one bounds the time of a request, and how many may wait at once."""

    _too_late: asyncio.TimerHandle | None = None
    _owes: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()
        if len(self.connections) > MOST_CONNECTIONS:
            _longest_waiting(self.connections).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None, 0.0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    @property
    def gives_up_at(self) -> float | None:
        """When it does, on the loop's clock; None while it waits for nothing of the other side."""
        return self._too_late.when() if self._too_late else None

    def _look(self) -> None:
        """A head is owed until it is read, then its body; what comes slowly does not set the clock back."""
        theirs = self.conn.their_state
        if self.transport.is_closing() or theirs not in (h11.IDLE, h11.SEND_BODY):
            self._expect(None, 0.0)
        elif theirs is not self._owes:
            self._expect(theirs, HEAD_SECONDS if theirs is h11.IDLE else BODY_SECONDS)

    def _expect(self, owes: object, seconds: float) -> None:
        if self._too_late:
            self._too_late.cancel()
        self._owes = owes
        self._too_late = self.loop.call_later(seconds, self.transport.abort) if owes else None


def _longest_waiting(connections: set[Any]) -> PatientDoor:
    """Of those that have not said what they want; the newest is always one of them."""
    waiting = [each for each in connections if isinstance(each, PatientDoor) and each.gives_up_at]
    return min(waiting, key=lambda each: each.gives_up_at or 0.0)
