"""What went wrong on the way to a tool server, in our own tree of errors."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND
from pydantic import ValidationError

from sre_agent.errors import SreAgentError, ToolFailed, ToolUnavailable

REFUSALS: Final = {
    401: ("unauthorized", "the server refused the bearer token"),
    403: ("unauthorized", "the server refused this caller (HTTP 403)"),
    404: ("not_found", "nothing answers at this address; it should end in /mcp"),
    413: ("too_large", "the arguments are larger than the server takes"),
    421: ("unauthorized", "the server does not accept this host name (MCP_ALLOWED_HOSTS)"),
}
"""HTTP answers that mean the same call will be refused again: status → code and words."""


@dataclass(frozen=True)
class ServerAddress:
    """Where a tool server listens and the bearer token it wants; an empty URL means it is not set up."""

    name: str
    url: str
    token: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = field(default=None, compare=False, repr=False)
    """Whom to believe where the URL is https; None: this system's authorities."""


def failure_of(address: ServerAddress, problem: BaseException | None, refusal: int) -> SreAgentError:
    """`problem` is None where nothing answered in time; `refusal` is the HTTP refusal seen last, or 0."""
    if refusal in REFUSALS:
        code, words = REFUSALS[refusal]
        hint = f"Compare MCP_{address.name.upper()}_URL and MCP_{address.name.upper()}_TOKEN with the server's own"
        return ToolFailed(f"{address.name}: {words}", code=code, try_next=hint if code != "too_large" else "")
    if isinstance(problem, ValidationError):
        return ToolFailed(f"{address.name}: the answer is not an MCP tool result")
    if isinstance(problem, MCPError) and problem.error.code in (INVALID_PARAMS, METHOD_NOT_FOUND):
        return ToolFailed(f"{address.name}: {problem.error.message}", code="invalid_argument")
    if isinstance(problem, MCPError):
        return ToolUnavailable(f"{address.name}: {problem.error.message}")
    reason = _innermost(problem) if problem is not None else "it did not answer"
    return ToolUnavailable(f"{address.name}: cannot be reached at {address.url} ({reason})")


def _innermost(problem: BaseException) -> str:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
