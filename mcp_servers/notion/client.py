"""The way to Notion: notion-client, with answers bounded in time and in bytes. It reads only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Final, Protocol, TypeVar

import httpx
from notion_client import AsyncClient
from notion_client.client import RetryOptions
from notion_client.errors import HTTPResponseError, NotionClientErrorBase, RequestTimeoutError

from mcp_servers.kit.errors import ToolError
from mcp_servers.kit.upstream import Upstream

T = TypeVar("T")
Json = dict[str, Any]

_SECONDS: Final = 20.0
_MOST_BYTES: Final = 8_000_000
_PAGE: Final = 100
_MOST_PAGES: Final = 2_000
_MOST_BLOCKS: Final = 2_000
_MOST_DEPTH: Final = 4


class NotionApi(Protocol):
    """All that the library asks of the outside. Both raise ToolError."""

    async def pages(self) -> list[Json]:
        """The page objects of the runbook database."""

    async def blocks(self, page_id: str) -> list[Json]:
        """A page's blocks; the blocks inside of one stand in its `children`."""


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, too_much: ToolError, most_bytes: int) -> None:
        self._inner, self._too_much, self._left = inner, too_much, most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise self._too_much
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Ends an answer that is larger than any of Notion's can be."""

    def __init__(self, system: Upstream, most_bytes: int) -> None:
        super().__init__(retries=1)
        self._system, self._most_bytes = system, most_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            too_much = self._system.too_much(self._most_bytes)
            response.stream = _Bounded(response.stream, too_much, self._most_bytes)
        return response


class NotionClient:
    """The real one."""

    def __init__(self, *, key: str, database: str, url: str, seconds: float = _SECONDS) -> None:
        self.system = Upstream("Notion", url, "NOTION_BASE_URL", "NOTION_API_KEY", key)
        self._database, self._seconds = database, seconds
        quiet = logging.getLogger("notion_client")
        self._vendor = AsyncClient(
            client=httpx.AsyncClient(transport=BoundedTransport(self.system, _MOST_BYTES)),
            auth=key,
            base_url=url,
            timeout_ms=round(seconds * 1000),
            logger=quiet,
            log_level=logging.ERROR,
            retry=RetryOptions(max_retries=2, initial_retry_delay_ms=200, max_retry_delay_ms=1_000),
        )

    async def close(self) -> None:
        await self._vendor.aclose()

    async def pages(self) -> list[Json]:
        """A database holds its pages in data sources; an id of a data source itself is taken too."""
        found: list[Json] = []
        for source in await self._sources():
            found += await self._all(self._vendor.data_sources.query, source, _MOST_PAGES - len(found))
        return found

    async def blocks(self, page_id: str) -> list[Json]:
        return await self._blocks(page_id, _MOST_DEPTH)

    async def _sources(self) -> list[str]:
        try:
            database = await self._asked(self._vendor.databases.retrieve(self._database))
        except ToolError as problem:
            if isinstance(problem.__cause__, HTTPResponseError) and problem.__cause__.status == 404:
                await self._asked(self._vendor.data_sources.retrieve(self._database))
                return [self._database]
            raise
        return [str(source["id"]) for source in database["data_sources"]]

    async def _blocks(self, parent: str, depth: int) -> list[Json]:
        found = await self._all(self._vendor.blocks.children.list, parent, _MOST_BLOCKS)
        for block in found:
            if block.get("has_children") and depth > 0 and block.get("type") != "child_page":
                block["children"] = await self._blocks(str(block["id"]), depth - 1)
        return found

    async def _all(self, listing: Any, parent: str, most: int) -> list[Json]:
        found: list[Json] = []
        cursor: str | None = None
        while len(found) < most:
            more = {"start_cursor": cursor} if cursor else {}
            answer = await self._asked(listing(parent, page_size=_PAGE, **more))
            found += [dict(one) for one in answer["results"]]
            cursor = answer.get("next_cursor") if answer.get("has_more") else None
            if not cursor:
                break
        return found[:most]

    async def _asked(self, call: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(self._seconds):
                return await call
        except (TimeoutError, RequestTimeoutError, httpx.TimeoutException) as problem:
            raise self.system.too_slow(self._seconds) from problem
        except HTTPResponseError as problem:
            raise self._refused(problem) from problem
        except (httpx.HTTPError, NotionClientErrorBase) as problem:
            told = str(problem) or type(problem).__name__
            failed = (
                self.system.untrusted if "SSL" in told or "CERTIFICATE" in told else self.system.unreachable
            )
            raise failed(told) from problem
        except ValueError as problem:
            raise self.system.nonsense(str(problem)) from problem

    def _refused(self, problem: HTTPResponseError) -> ToolError:
        error = self.system.answered(
            problem.status, str(problem), retry_after=str(problem.headers.get("Retry-After") or "")
        )
        if problem.status == 404:
            error.try_next = "Share the runbook database with the integration whose key this is, and check NOTION_RUNBOOK_DATABASE_ID."
        return error
