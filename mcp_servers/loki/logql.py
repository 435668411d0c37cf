"""Checks a LogQL selector before it is built into a query, and builds the queries of the tools. Pure."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.kit.errors import invalid
from mcp_servers.kit.templates import WILDCARD

_STRING: Final = r"(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`)"
_MATCHER: Final = rf"\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*{_STRING}\s*"
_SELECTOR: Final = re.compile(
    rf"\s*\{{{_MATCHER}(?:,{_MATCHER})*,?\s*\}}(?:\s*(?:\|=|!=|\|~|!~)\s*{_STRING})*\s*\Z"
)
_LEAST_LITERAL: Final = 8

TROUBLE: Final = (
    "|~ `(?i)(error|exception|fatal|panic|fail|critical|warn|traceback|refused|time[d -]*out|denied|exhausted|"
    'too many|unavailable|unreachable|cannot|killed|HTTP/[0-9.]+" 5[0-9][0-9])`'
)
"""A line filter for what may tell of trouble, wide on purpose: lines are judged after they are read."""


def checked(selector: str) -> str:
    """The selector, when it is one and nothing more. Raises ToolError (invalid_argument)."""
    if not _SELECTOR.match(selector):
        raise invalid(
            "selector",
            f"{selector[:120]!r} is no stream selector with line filters",
            try_next='Write it as {namespace="shop", app="cart"} or {app="cart"} |= "text"; see the tool labels for names.',
        )
    return selector.strip()


def counted(selector: str, seconds: float, by: str = "") -> str:
    """How many lines each `seconds` hold, in all or for each value of the labels in `by`."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (count_over_time({selector} [{max(1, round(seconds))}s]))"


def literal_of(template: str, sample: str) -> str:
    """The longest part of a template that stands in its sample word for word, or empty where none is telling."""
    parts = re.split(rf"{re.escape(WILDCARD)}|[\"`\\\\]", template.split(" at ", 1)[0])
    telling = [
        part.strip() for part in parts if len(part.strip()) >= _LEAST_LITERAL and part.strip() in sample
    ]
    return max(telling, key=len, default="")


def containing(selector: str, text: str) -> str:
    """The selector with a filter for a text that holds no back-tick."""
    return f"{selector} |= `{text}`"
