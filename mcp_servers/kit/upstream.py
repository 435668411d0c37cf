"""What went wrong between a tool server and the system behind it, as an error that says what to try."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Final, TypeVar

from mcp_servers.kit.contract import Answer, Ask
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.limits import beginning
from mcp_servers.kit.times import rfc3339

A = TypeVar("A", bound=Ask)
R = TypeVar("R", bound=Answer)

_EXCERPT: Final = 300
_LEAST_SECRET: Final = 8
_OVERLOADED: Final = (Code.UNAVAILABLE, "It is overloaded or restarting: try again shortly.")
_WRONG: Final = (Code.INVALID_ARGUMENT, "Mend the query or argument as the message says.")
_MOVED: Final = (Code.CONFLICT, "Read its present state again, then decide anew.")
_MEANINGS: Final = {
    400: _WRONG,
    401: (Code.UNAUTHORIZED, "The token is missing, wrong or expired: set {token}."),
    403: (Code.FORBIDDEN, "The token of {token} lacks a permission that this needs."),
    404: (Code.NOT_FOUND, "See whether the name is right, and {url} too."),
    409: _MOVED,
    412: _MOVED,
    413: (Code.TOO_LARGE, "Ask for less."),
    422: _WRONG,
    429: (Code.UNAVAILABLE, "The rate limit is reached; try again {when}."),
    502: _OVERLOADED,
    503: _OVERLOADED,
    504: _OVERLOADED,
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upstream:
    """A system as messages name it: what it is, where it is, and the variables that say so."""

    name: str
    url: str
    url_variable: str
    token_variable: str
    secret: str = field(default="", repr=False)
    """The token itself: a system that repeats what it was sent must not carry it into an error."""

    def answered(self, status: int, said: str, *, retry_after: str = "") -> ToolError:
        """The error of an HTTP status that is no success."""
        code, hint = self._meaning(status, retry_after)
        told = f": {self.excerpt(said)}" if said.strip() else "."
        return ToolError(
            code, f"{self.name} answered {status}{told}", try_next=hint, retryable=_passes(status)
        )

    def unreachable(self, why: str) -> ToolError:
        return ToolError(
            Code.UNAVAILABLE,
            f"{self.name} at {self.url} cannot be reached: {self.excerpt(why)}",
            try_next=f"See whether it runs, and whether {self.url_variable} is right and reachable from this server.",
        )

    def untrusted(self, why: str) -> ToolError:
        return ToolError(
            Code.UNAVAILABLE,
            f"The TLS connection to {self.name} at {self.url} failed: {self.excerpt(why)}",
            try_next=f"Add its certificate authority to this server's trust store, or mend {self.url_variable}.",
            retryable=False,
        )

    def too_slow(self, seconds: float) -> ToolError:
        return ToolError(
            Code.TIMEOUT,
            f"{self.name} gave no whole answer within {seconds:g} s.",
            try_next="Ask for less (a shorter window, a narrower selector), or try again when it is less busy.",
        )

    def too_much(self, limit: int) -> ToolError:
        return ToolError(
            Code.TOO_LARGE,
            f"{self.name} answered with more than {limit:,} bytes; the rest was not read.",
            try_next="Ask for less: a narrower selector, a shorter window, a longer step, or a lower limit.",
        )

    def nonsense(self, found: str) -> ToolError:
        return ToolError(
            Code.UPSTREAM_ERROR,
            f"{self.name} at {self.url} answered something that is not its API: {self.excerpt(found)}",
            try_next=f"See whether {self.url_variable} names the API itself and not a page or a proxy before it.",
        )

    def excerpt(self, text: str) -> str:
        """The beginning of what the system said, on one line and without our token."""
        flat = " ".join(text.split())
        if len(self.secret) >= _LEAST_SECRET:
            flat = flat.replace(self.secret, "[our token]")
        return flat if len(flat) <= _EXCERPT else beginning(flat, _EXCERPT) + "…"

    def _meaning(self, status: int, retry_after: str) -> tuple[Code, str]:
        code, hint = _MEANINGS.get(status, (Code.UPSTREAM_ERROR, "Look at the logs of {name}."))
        return code, hint.format(
            name=self.name, url=self.url_variable, token=self.token_variable, when=_when(retry_after)
        )


def understood(tool: Callable[[A], Awaitable[R]], system: Upstream) -> Callable[[A], Awaitable[R]]:
    """The tool, with an answer of the system that has not its promised shape told as just that."""

    @wraps(tool)
    async def run(ask: A) -> R:
        try:
            return await tool(ask)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as problem:
            logger.warning("an answer of %s was not understood", system.name, exc_info=True)
            raise system.nonsense(f"{type(problem).__name__}: {problem}") from problem

    return run


def _when(retry_after: str) -> str:
    """`Retry-After` in seconds, or a Unix time of the limit's reset."""
    if not retry_after.isdigit():
        return "later"
    seconds = int(retry_after)
    return f"after {rfc3339(seconds)}" if seconds > 10_000_000 else f"in {seconds} s"


def _passes(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in (408, 425, 429, 500, 502, 503, 504)
