"""An address that may be shown as a link: where it leads is what it looks like, and no script and no secret is in it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_LONGEST: Final = 2000
_PLAIN: Final = re.compile(r"[!#-;=?-\[\]_a-z~]+\Z")
"""Visible ASCII without quotes, brackets of markup, backslash, caret, backtick, braces and bars."""
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z")


def https_address(text: str) -> str:
    """The same text. Raises ValueError, which says what an address must be."""
    wrong = _wrong(text)
    if wrong:
        raise ValueError(f"{wrong}; give an address like https://github.com/owner/name/issues/12")
    return text


def _wrong(text: str) -> str:
    if len(text) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if not _PLAIN.match(text):
        return "it is empty, or has characters that no address has"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as failure:
        return str(failure)
    if parts.scheme != "https":
        return "it does not begin with https://"
    return _wrong_place(parts.netloc, parts.hostname or "")


def _wrong_place(place: str, host: str) -> str:
    if "@" in place:
        return "a name or a password stands in it"
    return "" if _HOST.match(host) else "it names no host"
