"""How much one tool call may cost, and what is done where an answer would be larger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import Final, TypeVar

from pydantic import JsonValue

from mcp_servers.kit.errors import Code, ToolError

T = TypeVar("T")
LONGEST_WORD: Final = 4096
_WORD: Final = f"{ascii_letters}{digits}_./+=~:@%-"


@dataclass(frozen=True)
class Limits:
    """The bounds of one server. `seconds` bounds a read or a preview, `write_seconds` a write."""

    result_bytes: int = 8_000_000
    items: int = 5_000
    lines: int = 5_000
    line_chars: int = 8_000
    series: int = 1_000
    seconds: float = 30.0
    write_seconds: float = 30.0
    concurrent: int = 16


def first(items: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """At most `limit` items, and whether any were left out."""
    return list(items[:limit]), len(items) > limit


def newest_lines(lines: Sequence[str], limits: Limits) -> tuple[list[str], bool]:
    """The last lines within the limits, each cut to a length a reader can bear."""
    kept = [shortened(line, limits.line_chars) for line in lines[-limits.lines :]]
    return kept, len(lines) > len(kept)


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning with how much was left out."""
    if len(text) <= limit:
        return text
    kept = beginning(text, limit)
    return f"{kept}… [{len(text) - len(kept)} more characters]"


def beginning(text: str, limit: int) -> str:
    """At most `limit` characters, without a word that was cut: half a token is not told as a secret any more, and is one.

    A word that is longer than any token is cut all the same.
    """
    if len(text) <= limit or text[limit] not in _WORD:
        return text[:limit]
    window = text[max(0, limit - LONGEST_WORD) : limit]
    whole = window.rstrip(_WORD)
    return text[: limit - len(window) + len(whole)] if whole else text[:limit]


def check_size(content: dict[str, JsonValue], limits: Limits) -> int:
    """The size of an answer as JSON in bytes. Raises ToolError (too_large) above the limit."""
    size = len(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())
    if size > limits.result_bytes:
        raise ToolError(
            Code.TOO_LARGE,
            f"The answer has {size:,} bytes; at most {limits.result_bytes:,} are sent.",
            try_next="Ask for less: a narrower selector, a shorter window, a longer step, or a lower limit.",
        )
    return size
