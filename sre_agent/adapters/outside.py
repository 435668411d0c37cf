"""Speaks to the world outside over HTTP: one short call, no redirects, and every failure in one word of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx

from sre_agent.errors import NotDelivered

_TIME: Final = httpx.Timeout(10.0, connect=5.0)
_WITHIN_SECONDS: Final = 20.0
"""For the whole call: httpx bounds only each wait, and an answer may come byte by byte."""
_MOST_READ: Final = 65_536


class Outside:
    """`transport` is for tests. The address may hold a secret, so no message of ours names it."""

    def __init__(
        self,
        name: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        within: float = _WITHIN_SECONDS,
    ) -> None:
        self._name = name
        self._within = within
        self._transport = transport

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body, cut off where it is longer than any we read. Raises NotDelivered."""
        try:
            async with (
                asyncio.timeout(self._within),
                httpx.AsyncClient(timeout=_TIME, transport=self._transport, follow_redirects=False) as client,
                client.stream("POST", url, content=body, headers=dict(headers)) as answer,
            ):
                if not answer.is_success:
                    raise NotDelivered(
                        f"{self._name} answered {answer.status_code}", after_seconds=_asked(answer)
                    )
                return await _beginning(answer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as failure:
            raise NotDelivered(
                f"{self._name} could not be reached ({type(failure).__name__}); is its address right?"
            ) from failure


async def _beginning(answer: httpx.Response) -> bytes:
    taken = b""
    async for part in answer.aiter_bytes():
        taken += part
        if len(taken) >= _MOST_READ:
            break
    return taken[:_MOST_READ]


def _asked(answer: httpx.Response) -> float:
    """`Retry-After` in seconds; a date is not worth reading, since we wait anyway."""
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0.0
