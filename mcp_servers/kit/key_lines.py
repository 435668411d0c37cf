"""A private key that was printed line by line: each line is an item of its own, and none says what it is. Pure.

Lines may come oldest or newest first, so either end of a key opens it, and the other closes it.
"""

from __future__ import annotations

import re
from typing import Final

from pydantic import JsonValue

from mcp_servers.kit.secret_kinds import marker

END_OF_NAME: Final = "PRIVATE KEY"
_EDGE: Final = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BODY: Final = re.compile(
    r"(?P<keep>(?:[^\s]{0,12}[0-9]{4}-[0-9]{2}-[0-9]{2}[^\s]{0,40}[ \t]{1,4})?[ \t\"'\\|]{0,16})"
    r"(?P<body>[A-Za-z0-9+/]{1,256}={0,3})(?P<tail>[\"'\\,}\]\s]{0,16})\Z"
)
"""One word, after a time at most: what stands in a line of a key."""
_HEADER: Final = re.compile(r"(?:\S{0,60}[ \t]{1,4})?(?:[A-Za-z-]{1,30}: [^\s]{0,120})?\s{0,4}\Z")
"""`Proc-Type: 4,ENCRYPTED` and blank lines stand between a key's edge and its body."""


def without_key_lines(items: list[JsonValue]) -> list[JsonValue]:
    """The items with the lines inside of a key taken out. An item is a line, or a list whose last text is one."""
    inside, clean = False, list(items)
    for place, item in enumerate(items):
        line = _line_of(item)
        if line is None:
            inside = False
        elif END_OF_NAME in line and (edges := len(_EDGE.findall(line))):
            inside ^= edges % 2 == 1
        elif inside:
            body = _BODY.match(line)
            if body:
                clean[place] = _with_line(item, f"{body['keep']}{marker('key-material')}{body['tail']}")
            inside = body is not None or _HEADER.match(line) is not None
    return clean


def _line_of(item: JsonValue) -> str | None:
    last = item[-1] if isinstance(item, list) and item else item
    return last if isinstance(last, str) else None


def _with_line(item: JsonValue, line: str) -> JsonValue:
    return [*item[:-1], line] if isinstance(item, list) else line
