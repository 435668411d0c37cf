"""Log lines as their programs wrote them: JSON, logfmt or plain, with level, message and stack found."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sre_agent.domain.evidence import Citation
from sre_agent.picture.literals import Sieve
from sre_agent.picture.source import Source
from sre_agent.picture.times import moment

_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\s*")
_LEVEL = Sieve(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|CRIT|PANIC|SEVERE|EMERG|ALERT)\b[\]:|\s]?"
)
_KLOG = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d")
_BRACKETED = Sieve(r"\[(trace|debug|info|notice|warn|warning|error|err|crit|critical|alert|emerg|fatal)\]")
_ERROR_CLASS = Sieve(r"\b[A-Z]\w*(?:Error|Exception)\b")
"""An error named as classes are, in a line without a level."""
_LOGFMT = re.compile(r'\b(level|lvl|severity|msg|message|err|error)=("(?:[^"\\]|\\.)*"|\S+)')
_ERROR_WORDS = Sieve(
    r"\b(?:exception|traceback|panic|fatal|errors?|failed|failure|refused|denied|cannot|unable to|timed? ?out)\b",
    re.I,
)
_LEVEL_KEYS = ("level", "severity", "lvl", "log.level", "levelname", "loglevel")
_MESSAGE_KEYS = ("msg", "message", "event", "text", "log")
_ERROR_KEYS = ("error", "err", "exception", "exc", "error.message")
_STACK_KEYS = ("stack", "stacktrace", "stack_trace", "traceback", "exc_info", "error.stack")
_RANK = {
    **dict.fromkeys(("trace", "debug"), 0),
    **dict.fromkeys(("info", "notice", "information"), 1),
    **dict.fromkeys(("warn", "warning"), 2),
    **dict.fromkeys(("error", "err", "severe"), 3),
    **dict.fromkeys(("fatal", "critical", "crit", "panic", "emerg", "alert"), 4),
}
_LETTERS = {"i": 1, "w": 2, "e": 3, "f": 4}
"""Levels of klog and MongoDB."""
ERROR_RANK = 3


@dataclass(frozen=True)
class LogLine:
    """One line. `rank`: 0 debug … 3 error, 4 fatal; guessed from words where no level is written."""

    raw: str
    at: datetime | None
    rank: int
    message: str
    error: str
    stack: str
    source: Source

    @property
    def is_error(self) -> bool:
        return self.rank >= ERROR_RANK

    @property
    def words(self) -> str:
        """Message, error and stack together: what rules look through."""
        if not self.error and not self.stack:
            return self.message
        return " ".join(part for part in (self.message, self.error, self.stack) if part)

    def quote(self, part: str = "", *, supports: bool = True) -> Citation:
        return self.source.quote(part or self.raw.strip(), supports=supports)


def read_line(raw: str, source: Source) -> LogLine:
    """One line, read by the first format that fits."""
    stamp = _STAMP.match(raw)
    body = raw[stamp.end() :] if stamp else raw
    at = moment(stamp.group(1).replace(",", ".").replace(" ", "T")) if stamp else None
    if body.startswith("{") and (fields := _json(body)) is not None:
        return _structured(raw, at, fields, source)
    if "=" in body and len(found := dict(_LOGFMT.findall(body))) >= 2:
        return _structured(raw, at, {key: value.strip('"') for key, value in found.items()}, source)
    return LogLine(raw, at, _plain_rank(body), body, "", "", source)


def _json(body: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _structured(raw: str, at: datetime | None, fields: Mapping[str, Any], source: Source) -> LogLine:
    level = _first(fields, _LEVEL_KEYS).lower()
    message = _first(fields, _MESSAGE_KEYS)
    rank = _rank_of(level or _first(fields, ("s",)).lower(), message)
    written = at or moment(_first(fields, ("ts", "time", "timestamp", "@timestamp")))
    return LogLine(
        raw, written, rank, message, _first(fields, _ERROR_KEYS), _first(fields, _STACK_KEYS), source
    )


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        if (value := fields.get(key)) not in (None, ""):
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return ""


def _rank_of(level: str, message: str) -> int:
    """By a level's word, its letter, or its number as Bunyan and Pino write it (30 info, 40 warn, 50 error, 60 fatal)."""
    if level.isdigit() and int(level) >= 10:
        return max(0, min(int(level) // 10 - 2, 4))
    known = _RANK.get(level, _LETTERS.get(level))
    return known if known is not None else _plain_rank(message)


def _plain_rank(body: str) -> int:
    if klog := _KLOG.match(body):
        return _LETTERS[klog.group(1).lower()]
    if level := _LEVEL.search(body[:120]) or _BRACKETED.search(body[:120]):
        return _RANK.get(level.group(1).lower(), 1)
    told = _ERROR_WORDS.search(body[:400]) or _ERROR_CLASS.search(body[:400])
    return ERROR_RANK if told else 1


@dataclass(frozen=True)
class LogChunk:
    """Lines of one container, oldest first."""

    namespace: str
    pod: str
    container: str
    previous: bool
    raw_lines: tuple[str, ...]
    source: Source

    @cached_property
    def lines(self) -> tuple[LogLine, ...]:
        return tuple(read_line(raw, self.source) for raw in self.raw_lines)

    @cached_property
    def errors(self) -> tuple[LogLine, ...]:
        return tuple(line for line in self.lines if line.is_error)
