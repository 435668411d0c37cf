"""Speaks to the world outside over HTTP: one short call, no redirects, and every failure in one word of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx

from sre_agent.errors import NotDelivered

_CONNECT_SECONDS: Final = 5.0
_WAIT_SECONDS: Final = 10.0
_WITHIN_SECONDS: Final = 20.0
"""For the whole call: httpx bounds only each wait, and an answer may come byte by byte."""
_MOST_READ: Final = 65_536


class Outside:
    """`transport` is for tests. The address may hold a secret, so no message of ours names it.

    `wait`: seconds until the first byte, and between two; a language model thinks before it speaks. `proxies`: whether
    those of the environment are used; for this machine itself they are in the way.
    """

    def __init__(
        self,
        name: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        within: float = _WITHIN_SECONDS,
        wait: float = _WAIT_SECONDS,
        proxies: bool = True,
    ) -> None:
        self._name = name
        self._within = within
        self._waits = httpx.Timeout(wait, connect=min(wait, _CONNECT_SECONDS))
        self._transport = transport
        self._proxies = proxies

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body, cut off where it is longer than any we read. Raises NotDelivered."""
        return await self._called("POST", url, body, headers)

    async def get(self, url: str, headers: Mapping[str, str]) -> bytes:
        """As `post`."""
        return await self._called("GET", url, None, headers)

    async def _called(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        try:
            async with (
                asyncio.timeout(self._within),
                httpx.AsyncClient(
                    timeout=self._waits,
                    transport=self._transport,
                    follow_redirects=False,
                    trust_env=self._proxies,
                ) as client,
                client.stream(method, url, content=body, headers=dict(headers)) as answer,
            ):
                if not answer.is_success:
                    raise NotDelivered(
                        f"{self._name} answered {answer.status_code}",
                        after_seconds=_asked(answer),
                        status=answer.status_code,
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
