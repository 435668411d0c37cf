"""LogQL text → tokens with their place, and the units in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from infrastructure.lab.lokiapi.syntax import QueryWrong

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<RANGE>\[[^\]]*\])
    |(?P<STRING>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    |(?P<DURATION>\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w|y)(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w|y))*(?![A-Za-z]))
    |(?P<BYTES>\d+(?:\.\d+)?(?:[KMGT]i?B|[kmgt]i?b|B|b)(?![A-Za-z]))
    |(?P<NUMBER>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<IDENTIFIER>[A-Za-z_][A-Za-z0-9_:]*)
    |(?P<mark>\|=|\|~|!=|!~|=~|==|>=|<=|[{}(),=|<>+*/%^-])""",
    re.VERBOSE,
)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)")
_BYTES_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)$", re.IGNORECASE)
_NANOSECONDS: Mapping[str, int] = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 7 * 86_400 * 10**9,
    "y": 365 * 86_400 * 10**9,
}
_NAMED = ("STRING", "NUMBER", "DURATION", "BYTES", "IDENTIFIER", "RANGE")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True)
class Token:
    kind: str
    """STRING, DURATION, BYTES, NUMBER, IDENTIFIER, RANGE, end, or the mark itself."""
    text: str
    line: int
    column: int

    @property
    def shown(self) -> str:
        """How Loki's parser calls it in its errors."""
        if self.kind == "end":
            return "$end"
        return self.kind if self.kind in _NAMED else self.text


def tokens_of(text: str) -> list[Token]:
    """Raises QueryWrong at the first character that begins no token."""
    tokens: list[Token] = []
    at, line, line_start = 0, 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        column = at - line_start + 1
        if found is None:
            raise _unreadable(text[at], line, column)
        kind, piece = str(found.lastgroup), found.group()
        if kind != "space":
            # Loki's own lexer gives line 0 to a range.
            shown_line = 0 if kind == "RANGE" else line
            tokens.append(Token(piece if kind == "mark" else kind, piece, shown_line, column))
        if "\n" in piece:
            line += piece.count("\n")
            line_start = at + piece.rindex("\n") + 1
        at = found.end()
    tokens.append(Token("end", "", line, at - line_start + 1))
    return tokens


def parse_error(line: int, column: int, said: str) -> QueryWrong:
    return QueryWrong(f"parse error at line {line}, col {column}: {said}")


def _unreadable(character: str, line: int, column: int) -> QueryWrong:
    if character == "[":
        return parse_error(0, column, "missing closing ']' in duration")
    if character in '"`':
        return parse_error(line, column, "literal not terminated")
    return parse_error(line, column, f"syntax error: unexpected {character!r}")


def range_ns(token: Token) -> int:
    """`[5m]` in nanoseconds."""
    text = token.text[1:-1].strip()
    found = duration_ns(text)
    if not found:
        raise parse_error(0, token.column, f'not a valid duration string: "{text}"')
    return found


def string_value(token: Token) -> str:
    """Quoted strings with Go's escapes, or raw ones between backticks."""
    if token.text.startswith("`"):
        return token.text[1:-1]
    try:
        return str(json.loads(token.text))
    except ValueError as error:
        raise parse_error(token.line, token.column, "invalid char escape") from error


def duration_ns(text: str) -> int | None:
    """`1h30m` in nanoseconds; None when it is no duration."""
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return int(sum(float(number) * _NANOSECONDS[unit] for number, unit in parts))


def byte_count(text: str) -> float | None:
    """`5KB`, `1MiB`, `12b`; None when it is no size."""
    found = _BYTES_PART.match(text.strip())
    if found is None:
        return None
    unit = found[2].lower().rstrip("b")
    step = 1024 if unit.endswith("i") else 1000
    return float(found[1]) * float(step ** _POWERS[unit.rstrip("i")])
