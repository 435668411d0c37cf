"""How bad a log line is: by its level, whatever a logger calls it, by a number or a status, or by its words. Pure."""

from __future__ import annotations

import re
from typing import Final

LEVELS: Final = {
    "trace": "trace",
    "debug": "debug",
    "info": "info",
    "information": "info",
    "informational": "info",
    "log": "info",
    "notice": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "err": "error",
    "fail": "error",
    "severe": "error",
    "fatal": "fatal",
    "critical": "fatal",
    "crit": "fatal",
    "alert": "fatal",
    "emerg": "fatal",
    "emergency": "fatal",
    "panic": "fatal",
    "dpanic": "fatal",
    "eror": "error",
    "vrb": "trace",
    "verbose": "trace",
    "dbg": "debug",
    "inf": "info",
    "wrn": "warn",
    "ftl": "fatal",
}
"""Serilog and zerolog write three letters; log15 misspells one."""
ONE_LETTER: Final = {"T": "trace", "D": "debug", "I": "info", "W": "warn", "E": "error", "F": "fatal"}

_BAD_WORDS: Final = re.compile(
    r"\b(?:panic|fatal|exception|traceback|segfault|segmentation fault|out of memory|oom[- ]?kill\w*|"
    r"error|errors|failed|failure|cannot|can't|could not|unable to|refused|timed out|timeout|denied|unreachable|"
    r"unavailable|exhausted|too many|corrupt\w*|no such host)\b|\w(?:Exception|Error)\b",
    re.I,
)
_NO_TROUBLE: Final = re.compile(
    r"\b(?:0|no|zero|without)\s+(?:errors?|failures?|failed)\b|\b(?:errors?|failures?|failed)\s*[:=]\s*0\b(?![.\d])",
    re.I,
)
"""What a summary says of a good end."""
_VERY_BAD_WORDS: Final = re.compile(
    r"^\s*(?:panic|fatal error|FATAL)\b|thread '.*' panicked|out of memory", re.I
)


def level_of(value: str) -> str:
    """A level word, a pino or bunyan number (10 to 60), or a syslog one (0 to 7)."""
    word = value.strip().lower()
    if word in LEVELS:
        return LEVELS[word]
    if not word.isdigit():
        return ""
    number = int(word)
    if number >= 10:
        return ("trace", "debug", "info", "warn", "error", "fatal")[min(number // 10, 6) - 1]
    return of_syslog(number)


def of_syslog(severity: int) -> str:
    return ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")[severity & 7]


def of_status(status: int) -> str:
    return "error" if status >= 500 else "warn" if status == 429 else "info"


def guessed(message: str) -> str:
    """A line without a level is judged by the words that programs use for trouble."""
    head = _NO_TROUBLE.sub(" ", message[:2000])
    if _VERY_BAD_WORDS.search(head):
        return "fatal"
    return "error" if _BAD_WORDS.search(head) else ""
