"""Text and JSON from outside, made such that every database can hold it and every hash can read it."""

from __future__ import annotations

from math import isfinite
from typing import Final

from pydantic import JsonValue

_SAFE_INTEGER: Final = 2**53 - 1
"""Beyond it, readers of JSON round; RFC 8785 has no form for such a number."""


def plain(text: str) -> str:
    """The same text without NUL and without halves of surrogate pairs, each replaced by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain_json(value: JsonValue) -> JsonValue:
    """The same value with plain text, no NaN or infinity (null), and great integers as text."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_json(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > _SAFE_INTEGER:
        return str(value)
    return value
