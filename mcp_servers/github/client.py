"""The way to GitHub: PyGithub, which is synchronous, in threads of its own, and within bounds.

PyGithub's requester is used (tokens, GraphQL, errors, enterprise addresses) and not its objects: those fetch what
they lack when an attribute is read, and here every request has to be seen, reads apart from writes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVar

import requests
from github import Auth, Github, GithubException

from mcp_servers.github.connections import Sessions, use
from mcp_servers.kit.bounded import failed
from mcp_servers.kit.errors import Code, ToolError, not_configured
from mcp_servers.kit.upstream import Upstream

T = TypeVar("T")
Params = Mapping[str, Any]
Past = Callable[[Any], bool]

API: Final = "https://api.github.com"
PAGE: Final = 100
_THREADS: Final = 6
_SECONDS: Final = 20.0
_MOST_BYTES: Final = 32_000_000


class GithubApi(Protocol):
    """All that the tools ask of the outside. Paths begin with a slash. Every method raises ToolError."""

    async def get(self, path: str, params: Params | None = None) -> Any: ...

    async def pages(
        self, path: str, params: Params | None = None, *, most: int, past: Past | None = None
    ) -> list[Any]:
        """The items of a listing, page by page: at most `most`, and no page after one whose last item is `past`."""

    async def ask(self, query: str, variables: Params) -> Any:
        """A GraphQL query's `data`."""

    async def write(self, verb: str, path: str, body: Params) -> Any:
        """The only way to change anything."""


class GithubClient:
    """The real one."""

    def __init__(
        self, *, token: str, url: str, seconds: float = _SECONDS, most_bytes: int = _MOST_BYTES
    ) -> None:
        self.system = Upstream("GitHub", url, "GITHUB_API_URL", "GITHUB_TOKEN", token)
        self._token, self._url, self._seconds = token, url, seconds
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="github")
        self._mine = threading.local()
        use(Sessions(self.system, seconds=seconds, most_bytes=most_bytes))

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def get(self, path: str, params: Params | None = None) -> Any:
        return await self._sent("GET", path, params=params)

    async def pages(
        self, path: str, params: Params | None = None, *, most: int, past: Past | None = None
    ) -> list[Any]:
        found: list[Any] = []
        page = 1
        while len(found) < most:
            size = min(PAGE, most)
            items = await self._sent("GET", path, params={**(params or {}), "per_page": size, "page": page})
            found += items
            page += 1
            if len(items) < size or (past is not None and past(items[-1])):
                break
        return found[:most]

    async def ask(self, query: str, variables: Params) -> Any:
        return (await self._run(lambda hub: hub.requester.graphql_query(query, dict(variables))[1]))["data"]

    async def write(self, verb: str, path: str, body: Params) -> Any:
        return await self._sent(verb, path, body=body)

    async def _sent(
        self, verb: str, path: str, *, params: Params | None = None, body: Params | None = None
    ) -> Any:
        given = dict(params) if params else None
        sent = dict(body) if body is not None else None
        return await self._run(
            lambda hub: hub.requester.requestJsonAndCheck(verb, path, given, input=sent)[1]
        )

    async def _run(self, work: Callable[[Github], T]) -> T:
        if not self._token:
            raise not_configured("GITHUB_TOKEN", "GitHub")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(self._hub()))
        except GithubException as problem:
            raise refused(self.system, problem) from problem
        except requests.exceptions.RequestException as problem:
            raise failed(problem, self.system, self._seconds) from problem
        except (RuntimeError, ValueError, AssertionError) as problem:
            raise self.system.nonsense(str(problem) or type(problem).__name__) from problem

    def _hub(self) -> Github:
        """One for each thread: PyGithub keeps the request under way on the connection object."""
        hub: Github | None = getattr(self._mine, "hub", None)
        if hub is None:
            hub = Github(
                auth=Auth.Token(self._token),
                base_url=self._url,
                per_page=PAGE,
                seconds_between_requests=None,
                seconds_between_writes=None,
            )
            self._mine.hub = hub
        return hub


def refused(system: Upstream, problem: GithubException) -> ToolError:
    """GitHub says most things with 403 and 422; its message tells which."""
    told, headers = _said(problem), problem.headers or {}
    limited = problem.status in (403, 429) and (
        "rate limit" in told.lower() or headers.get("x-ratelimit-remaining") == "0"
    )
    if limited:
        reset = headers.get("retry-after") or headers.get("x-ratelimit-reset") or ""
        return system.answered(429, told, retry_after=str(reset))
    if problem.status == 405:
        return ToolError(
            Code.PRECONDITION_FAILED, f"GitHub will not do it: {told}", try_next="See what it asks for."
        )
    error = system.answered(problem.status, told)
    if problem.status == 404:
        error.try_next = (
            "See whether the name is right, and whether the token of GITHUB_TOKEN may see that repository: "
            "GitHub answers 404 for what a token may not see."
        )
    return error


def _said(problem: GithubException) -> str:
    data = problem.data
    if not isinstance(data, dict):
        return str(data or problem.message or "")
    details = [
        (
            str(one.get("message") or f"{one.get('field', '')} {one.get('code', '')}")
            if isinstance(one, dict)
            else str(one)
        )
        for one in data.get("errors") or ()
    ]
    return "; ".join(part for part in [str(data.get("message") or ""), *details] if part)
