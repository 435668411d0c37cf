"""Reads one log line, whatever its format: how bad it is, what it says, and the stack that it carries.

Known formats: JSON, logfmt, klog, bracketed and bare level words (log4j, logback, Python, nginx, Apache, Postgres,
Rust, Go), syslog priorities, and HTTP access lines. Pure.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from mcp_servers.kit.loglevels import LEVELS, ONE_LETTER, guessed, level_of, of_status, of_syslog

_LEVEL_FIELDS: Final = (
    "level",
    "lvl",
    "severity",
    "log.level",
    "levelname",
    "loglevel",
    "severity_text",
    "@l",
)
_LETTER_FIELD: Final = "s"
"""MongoDB writes one letter."""
_NUMBER_FIELDS: Final = ("severitynumber", "severity_number")
"""OpenTelemetry, logs data model: four numbers for each level, 9 to 12 for information."""
_TEXT_FIELDS: Final = (
    "msg",
    "message",
    "event",
    "body",
    "log",
    "text",
    "short_message",
    "@message",
    "@m",
    "@mt",
)
_ERROR_FIELDS: Final = ("error", "err", "exception", "error.message", "cause", "reason", "exc", "@x")
_STACK_FIELDS: Final = (
    "stack",
    "stack_trace",
    "stacktrace",
    "error.stack_trace",
    "exc_info",
    "traceback",
    "backtrace",
)

_LOGFMT_PAIR: Final = re.compile(r"(?<!\S)([A-Za-z_][\w.@/-]*)=(\"(?:[^\"\\]|\\.)*\"|\S*)")
_KLOG: Final = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ [\w./-]+:\d+\] ?(.*)", re.S)
_SYSLOG: Final = re.compile(r"<(\d{1,3})>(?:\d )?(.*)", re.S)
_STAMP: Final = (
    r"(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|GMT|[A-Z]{1,3}T|[+-]\d\d:?\d\d)\b)?\]?"
    r"|\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?:\.\d+)? \d{4}\]|\d\d:\d\d:\d\d(?:[.,]\d+)?)"
)
_WORD: Final = "|".join(sorted(LEVELS, key=len, reverse=True))
_STAMPED: Final = re.compile(rf"{_STAMP}\s*[-:|]?\s*(.*)", re.S)
_BEFORE_LEVEL: Final = r"(?:\[[^\]\s]*\]\s+|\(\S*\)\s+|\S+\s+-\s+)?"
_LEADING_LEVEL: Final = re.compile(
    rf"{_BEFORE_LEVEL}(?:[\[(<|](?i:({_WORD}))[\])>|]:?|(?i:({_WORD})):|({_WORD.upper()})(?=[\s|-]))\s*(.*)",
    re.S,
)
_INNER_LEVEL: Final = re.compile(rf"(?:\[({_WORD})\]|\b({_WORD.upper()})\b)")
_ACCESS: Final = re.compile(r"\"(?:[A-Z]{3,7}) (\S+)[^\"]*\" (\d{3}) ")


@dataclass(frozen=True, slots=True)
class LogLine:
    """What one line says. `level`: trace, debug, info, warn, error, fatal, or "" where it does not tell."""

    level: str
    message: str
    stack: str = ""
    structured: bool = False


def read_line(raw: str) -> LogLine:
    """Never fails: a line of no known format is its own message."""
    line = raw.rstrip("\r\n")
    return _read_json(line) or _read_logfmt(line) or _read_plain(line)


def is_bad(line: LogLine) -> bool:
    """Whether it tells of trouble: a level of warn or more."""
    return line.level in ("warn", "error", "fatal")


def _read_json(line: str) -> LogLine | None:
    text = line.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    flat = _flat(fields)
    said, failure = _first(flat, _TEXT_FIELDS), _first(flat, _ERROR_FIELDS)
    message = _joined(said, failure)
    level = _level_in(flat)
    stack = _first(flat, _STACK_FIELDS)
    if not level and (failure or stack):
        level = "error"
    return LogLine(level or guessed(message), message or text, stack, structured=True)


def _level_in(flat: dict[str, str]) -> str:
    number = _first(flat, _NUMBER_FIELDS)
    if number.isdigit():
        return ("trace", "debug", "info", "warn", "error", "fatal")[min((int(number) + 3) // 4, 6) - 1]
    named = level_of(flat.get(next((f for f in _LEVEL_FIELDS if f in flat), ""), ""))
    return named or ONE_LETTER.get(flat.get(_LETTER_FIELD, ""), "")


def _flat(fields: dict[str, object]) -> dict[str, str]:
    """Lower-case keys to text; one level of nesting becomes dotted (`error.message`), `type` and `message` joined."""
    flat: dict[str, str] = {}
    for key, value in fields.items():
        name = key.lower()
        if isinstance(value, dict):
            for inner, deep in value.items():
                if not isinstance(deep, dict | list):
                    flat[f"{name}.{inner.lower()}"] = str(deep)
            told = [
                str(value[k]) for k in ("type", "name", "message", "msg") if isinstance(value.get(k), str)
            ]
            flat.setdefault(name, ": ".join(told))
            if isinstance(value.get("stack"), str):
                flat.setdefault("stack", value["stack"])
        elif isinstance(value, list):
            flat[name] = "\n".join(str(part) for part in value)
        elif value is not None and value is not False:
            flat[name] = str(value)
    return flat


def _first(flat: dict[str, str], names: tuple[str, ...]) -> str:
    return next((flat[name] for name in names if flat.get(name, "").strip()), "")


def _joined(said: str, failure: str) -> str:
    failure = failure.strip().split("\n", 1)[0]
    if not said:
        return failure
    return said if not failure or failure in said else f"{said}: {failure}"


def _read_logfmt(line: str) -> LogLine | None:
    pairs = {key.lower(): _unquoted(value) for key, value in _LOGFMT_PAIR.findall(line)}
    level = level_of(_first(pairs, _LEVEL_FIELDS))
    said = _first(pairs, _TEXT_FIELDS)
    if len(pairs) < 2 or not (level or said):
        return None
    message = _joined(said, _first(pairs, _ERROR_FIELDS))
    return LogLine(level or guessed(message), message or line, _first(pairs, _STACK_FIELDS), structured=True)


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"':
        return value
    return value[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t")


def _read_plain(line: str) -> LogLine:
    klog = _KLOG.match(line)
    if klog:
        return LogLine(ONE_LETTER[klog[1]], klog[2])
    access = _ACCESS.search(line)
    if access:
        return LogLine(of_status(int(access[2])), f"{access[1].split('?', 1)[0]} answered {access[2]}")
    syslog = _SYSLOG.match(line)
    if syslog:
        return LogLine(of_syslog(int(syslog[1])), syslog[2])
    return _read_words(line)


def _read_words(line: str) -> LogLine:
    stamped = _STAMPED.match(line)
    rest = stamped[1] if stamped else line
    leading = _LEADING_LEVEL.match(rest)
    if leading:
        return LogLine(LEVELS[(leading[1] or leading[2] or leading[3]).lower()], leading[4] or rest)
    inner = _INNER_LEVEL.search(rest[:160])
    if inner:
        return LogLine(LEVELS[(inner[1] or inner[2]).lower()], rest[inner.end() :].lstrip(" :-|]") or rest)
    return LogLine(guessed(rest), rest)
