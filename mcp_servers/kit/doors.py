"""uvicorn's fast HTTP protocol with the bounds it lacks: a request has to end, in bytes and in time, and so have its senders.

The front door of every process of ours, the agent's too.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES: Final = 65_536
"""The same as uvicorn's slower protocol allows for a request's line and headers together (h11's default)."""
HEAD_SECONDS: Final = 10.0
"""For a request's line and headers, from the moment a connection is open or spoken on again."""
BODY_SECONDS: Final = 30.0
"""For the body, once the headers are read."""
MOST_CONNECTIONS: Final = 200
"""Of a tool server: the agent keeps 64 open at most; whoever holds more is not the agent."""
_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """Whatever comes and leads to no request and no body is counted and timed; without that a stranger could fill the
    memory, or hold every connection by sending a byte now and then."""

    most_connections: ClassVar[int] = MOST_CONNECTIONS
    _led_nowhere = 0
    _too_late: asyncio.TimerHandle | None = None
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect(HEAD_SECONDS)
        if len(self.connections) > self.most_connections:
            _longest_waiting(self.connections)._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._led_nowhere += len(data)
        super().data_received(data)
        if self._upgraded or self.transport.is_closing():
            return
        if self._led_nowhere > MOST_BYTES:
            self.send_400_response(f"The request's line and headers may have {MOST_BYTES} bytes at most.")
        elif self._too_late is None and self._answers_nothing:
            # A byte that begins no request has just ended uvicorn's own patience with a silent connection.
            self._expect(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._led_nowhere = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._led_nowhere = 0
        self._expect(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on another protocol has the connection."""
        self._upgraded = True
        self._expect(None)
        super().handle_websocket_upgrade()

    @property
    def gives_up_at(self) -> float | None:
        """When it does, on the loop's clock; None while it waits for nothing of the other side."""
        return self._too_late.when() if self._too_late else None

    @property
    def _answers_nothing(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _expect(self, seconds: float | None) -> None:
        """More is to come within so many seconds; None: nothing is owed."""
        if self._too_late:
            self._too_late.cancel()
        self._too_late = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._expect(None)
        if self._answers_nothing:
            if self._led_nowhere:  # said into silence, it would be taken for the answer to what comes next
                self.transport.write(_TOO_LATE)
            self.transport.close()
        else:
            self.transport.abort()


def _longest_waiting(connections: set[Any]) -> BoundedHeads:
    """Of those that have not said what they want; the newest is always one of them."""
    waiting = [each for each in connections if isinstance(each, BoundedHeads) and each.gives_up_at]
    return min(waiting, key=lambda each: each.gives_up_at or 0.0)
