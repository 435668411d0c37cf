"""Texts that say a secret in another coding: percent signs, entities, escapes, base64, lines that were cut. Pure.

A coding is undone only where a secret comes to light by it; all other text stays as it was written.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from html import unescape
from typing import Final
from urllib.parse import unquote

from mcp_servers.kit.secret_kinds import marker

DEEPEST: Final = 3
"""Codings within codings."""
Clean = Callable[[str], str]

_UNSEEN: Final = re.compile("[\\u00ad\\u200b-\\u200f\\u2060-\\u2064\\ufeff]")
_PERCENT: Final = re.compile(r"[^\s\"'<>%]{1,2048}+%[0-9A-Fa-f]{2}[^\s\"'<>]{0,2048}+")
_ESCAPE: Final = re.compile(r"\\{1,2}u00([2-7][0-9A-Fa-f])")
_CONTINUED: Final = re.compile(r"\\\r?\n[ \t]{0,40}")
_CUT: Final = re.compile(r"\r?\n")
_CUT_JWT: Final = re.compile(
    r"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{8,8192}+(?:\r?\n?\.\r?\n?[A-Za-z0-9_-]{0,8192}+){2}"
)
"""A token whose parts stand on lines of their own."""
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{16,200000}+={0,2}(?![A-Za-z0-9+/=_-])")
_READABLE: Final = re.compile(r"[\t\n\r -~]+\Z")
_PEEK: Final = 12


def decodings(text: str, clean: Clean, deep: int = 0) -> str:
    """The text with whatever secrets its codings hide taken out by `clean`, which leaves it as it is where read plainly."""
    if deep >= DEEPEST:
        return text

    def within(inner: str) -> str:
        return decodings(clean(inner), clean, deep + 1)

    for hint, undo in _WHOLE:
        if hint in text and (open_text := undo(text)) != text and (shown := within(open_text)) != open_text:
            text = shown
    if (
        not text.isascii()
        and (open_text := _UNSEEN.sub("", text)) != text
        and (shown := within(open_text)) != open_text
    ):
        text = shown
    if "\n" in text and "eyJ" in text:
        text = _CUT_JWT.sub(lambda found: within(_CUT.sub("", found[0])), text)
    if "%" in text:
        text = _PERCENT.sub(lambda found: _percent(found[0], within), text)
    return _BASE64.sub(lambda found: _base64(found[0], within), text)


_WHOLE: Final[tuple[tuple[str, Clean], ...]] = (
    ("&", unescape),
    ("\\u00", lambda text: _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)),
    ("\\\n", lambda text: _CONTINUED.sub("", text)),
    ("\\\r\n", lambda text: _CONTINUED.sub("", text)),
)


def _percent(word: str, within: Clean) -> str:
    plain = unquote(word, errors="replace")
    shown = within(plain)
    return word if shown == plain else shown


def _base64(word: str, within: Clean) -> str:
    plain = _decoded(word)
    return marker("encoded") if plain and within(plain) != plain else word


def _decoded(word: str) -> str:
    """Readable text, or nothing; the beginning alone tells of most words that they are no such thing."""
    if not _readable(word[:_PEEK]):
        return ""
    return _readable(word)


def _readable(word: str) -> str:
    body = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if _READABLE.match(text) else ""
