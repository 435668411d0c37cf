"""Takes secrets out of text and JSON, purely: every one becomes `[redacted:<kind>]`.

Works in linear time, changes nothing the second time, and leaves ordinary log text, names, UUIDs,
commit hashes and image digests as they are. Used at the edge of every tool server, and again
wherever text from outside comes in.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final

from pydantic import JsonValue

from mcp_servers.kit import secret_documents
from mcp_servers.kit import secret_kinds as kinds
from mcp_servers.kit.key_lines import without_key_lines
from mcp_servers.kit.redaction_text import redacted_text
from mcp_servers.kit.secret_kinds import MARKER_START, marker

LONGEST_NAME: Final = 64
"""A name announces by its end; hostile keys are not read further."""

_STRONG_NAME: Final = re.compile(
    rf"(?:{kinds.STRONG_NAMES}|cookie|authorization|x-auth-token|x-csrf-token|\.dockerconfigjson|\.dockercfg)"
    r"(?:[_.-]?[0-9]{1,3})?\Z",
    re.IGNORECASE,
)
_WEAK_NAME: Final = re.compile(
    rf"(?:{kinds.WEAK_NAMES}|(?<![A-Za-z])auth)(?:[_.-]?[0-9]{{1,3}})?\Z", re.IGNORECASE
)


def redacted(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The JSON object without its secrets, a new one; keys and structure stay."""
    return _Walk().of_object(value)


def holds_secret(text: str, *, name: str = "") -> bool:
    """Whether redaction would change this value, standing under this name."""
    return _Walk().named(name, text) != text


class _Hint(Enum):
    NONE = 0
    WEAK = 1
    STRONG = 2

    def __bool__(self) -> bool:
        return self is not _Hint.NONE


class _Walk:
    """One pass over one JSON value; equal strings are looked at once."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def text(self, text: str) -> str:
        known = self._seen.get(text)
        if known is None:
            known = self._seen[text] = redacted_text(text)
        return known

    def of(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self.of_object(value)
        if isinstance(value, list):
            return self.of_list(value)
        return value

    def of_object(self, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if secret_documents.is_secret(value):
            return {key: self._of_secret(key, item) for key, item in value.items()}
        entry = value.get("name", value.get("key")) if "value" in value else None
        clean: dict[str, JsonValue] = {}
        for key, item in value.items():
            name = entry if key == "value" and isinstance(entry, str) else key
            if key[:1] == "/":
                name = _name_of_pointer(key, value)
            clean[self.text(key)] = self.named(name, item) if _hint(name) else self.of(item)
        return clean

    def _of_secret(self, key: str, item: JsonValue) -> JsonValue:
        return secret_documents.blanked_values(item) if key in ("data", "stringData") else self.of(item)

    def of_list(self, value: list[JsonValue]) -> list[JsonValue]:
        """A flag such as `--password` announces the item after it, and the first line of a key those that follow."""
        clean: list[JsonValue] = []
        flag = ""
        for item in without_key_lines(value):
            clean.append(self.named(flag, item) if flag else self.of(item))
            is_flag = isinstance(item, str) and item[:2] == "--" and "=" not in item and " " not in item
            flag = str(item)[2:] if is_flag else ""
        return clean

    def named(self, name: str, value: JsonValue) -> JsonValue:
        """A value under a name that may say that it is a secret."""
        hint = _hint(name)
        if hint is _Hint.NONE or isinstance(value, dict | bool | None):
            return self.of(value)
        if isinstance(value, list):
            texts = all(isinstance(item, str) for item in value)
            return [self.named(name, item) for item in value] if texts else self.of_list(value)
        text = str(value)
        strong = hint is _Hint.STRONG and kinds.is_real(name, text)
        told = kinds.looks_secret(text) or kinds.is_given(name, text)
        weak = hint is _Hint.WEAK and isinstance(value, str) and told
        return marker(kinds.kind_of(name)) if strong or weak else self.of(value)


def _hint(name: str) -> _Hint:
    """What a name says of its value."""
    return _hint_of_end(name[-LONGEST_NAME:])


@lru_cache(maxsize=4096)
def _hint_of_end(name: str) -> _Hint:
    if _STRONG_NAME.search(name):
        return _Hint.STRONG
    return _Hint.WEAK if _WEAK_NAME.search(name) else _Hint.NONE


def _name_of_pointer(key: str, siblings: dict[str, JsonValue]) -> str:
    """The name a JSON pointer gives its value: its last part, or its sibling `name`."""
    parent, _, last = key.rpartition("/")
    sibling = siblings.get(f"{parent}/name") if last == "value" else None
    return sibling if isinstance(sibling, str) else last.replace("~1", "/").replace("~0", "~")


__all__ = ("MARKER_START", "holds_secret", "marker", "redacted", "redacted_text")
