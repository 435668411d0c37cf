"""uvicorn's fast HTTP protocol with the bound it lacks: a head, a trailer or a chunk's extension may not go on for ever."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES: Final = 65_536
"""The same as uvicorn's slower protocol allows for a request's line and headers together (h11's default)."""


class BoundedHeads(HttpToolsProtocol):
    """Whatever comes and leads to no request and no body is counted; without a bound a stranger could fill the memory."""

    _led_nowhere = 0

    def data_received(self, data: bytes) -> None:
        self._led_nowhere += len(data)
        super().data_received(data)
        if self._led_nowhere > MOST_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The request's line and headers may have {MOST_BYTES} bytes at most.")

    def on_body(self, body: bytes) -> None:
        self._led_nowhere = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._led_nowhere = 0
        super().on_message_complete()
