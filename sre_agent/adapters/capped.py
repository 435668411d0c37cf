"""An HTTP transport whose answers end: whoever sends more than is allowed is hung up on, however fast it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most_bytes: int) -> None:
        self._inner = inner
        self._most_bytes = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._inner:
            taken += len(part)
            if taken > self._most_bytes:
                raise httpx2.ReadError(f"the answer is longer than {self._most_bytes:,} bytes")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


class CappedTransport(httpx2.AsyncBaseTransport):
    """Before another transport. What is counted is what came over the wire, before anything is unpacked."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, most_bytes: int) -> None:
        self._inner = inner
        self._most_bytes = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Capped(response.stream, self._most_bytes)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
