"""The mark by which a step's work is found again: in a commit's message, in a pull request's or issue's text. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9._:/@+=-]{8,253}\Z")
TRAILER: Final = "Sre-Agent-Step"


def mark(key: str) -> str:
    """The key itself, or its digest where it holds what could end a comment or a line."""
    if _PLAIN_KEY.match(key) and "--" not in key:
        return key
    return hashlib.sha256(key.encode()).hexdigest()


def key8(key: str) -> str:
    """Eight characters that stand for a key in a branch's name."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def in_commit(message: str, key: str) -> str:
    return f"{message.rstrip()}\n\n{TRAILER}: {mark(key)}"


def commit_has(message: str, key: str) -> bool:
    return f"{TRAILER}: {mark(key)}" in message.splitlines()


def in_text(text: str, key: str) -> str:
    """Text that comes from elsewhere can hold no mark of its own."""
    return f"{unmarked(text).rstrip()}\n\n{_comment(key)}".lstrip()


def text_has(text: str | None, key: str) -> bool:
    return _comment(key) in (text or "")


def unmarked(text: str) -> str:
    return text.replace("<!-- sre-agent.io/", "<!- - sre-agent.io/")


def quoted(text: str) -> str:
    """A code block around a text: in it no name is called, no issue closed, and nothing ends it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _comment(key: str) -> str:
    return f"<!-- sre-agent.io/step: {mark(key)} -->"
