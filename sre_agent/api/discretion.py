"""Problems leave the house without the secrets that callers put into a path, a field or a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_agent.api.problems import MEDIA_TYPE, FieldFault, Problem

_START: Final = "http.response.start"


class Discretion:
    """Wraps whatever answers requests; what is no problem detail passes as it is."""

    def __init__(self, app: ASGIApp, redact: Callable[[str], str]) -> None:
        self._app = app
        self._redact = redact

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _Reader(send, self._redact).send
        await self._app(scope, receive, send)


class _Reader:
    """Holds the answer to one request back until it is known whether it is a problem, and all of it is there."""

    def __init__(self, send: Send, redact: Callable[[str], str]) -> None:
        self._send = send
        self._redact = redact
        self._held: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == _START:
            is_problem = MutableHeaders(scope=message).get("content-type") == MEDIA_TYPE
            self._held = message if is_problem else None
        if self._held is None:
            await self._send(message)
        elif message["type"] != _START:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._tell(self._held)

    async def _tell(self, start: Message) -> None:
        told = self._discreet(Problem.model_validate_json(self._body)).model_dump_json().encode()
        MutableHeaders(scope=start)["content-length"] = str(len(told))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": told})

    def _discreet(self, told: Problem) -> Problem:
        faults = tuple(
            FieldFault(field=self._redact(each.field), message=self._redact(each.message))
            for each in told.errors
        )
        words = {name: self._redact(getattr(told, name)) for name in ("detail", "instance")}
        return told.model_copy(update={**words, "errors": faults})
