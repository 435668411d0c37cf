"""A line of a file of JSON lines, read as one shape; what is wrong with it is told with its column. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

Shape = TypeVar("Shape", bound=BaseModel)
_COLUMN: Final = re.compile(r" at line \d+ column (\d+)")


class BadLine(Exception):
    """Its text says what is wrong; `column` counts from 1."""

    def __init__(self, what: str, column: int) -> None:
        super().__init__(what)
        self.column = max(column, 1)


def read_line(shape: type[Shape], line: str) -> Shape:
    """Raises BadLine; also for a key that stands twice, of which another reader could take the other one."""
    try:
        made = shape.model_validate_json(line)
        json.loads(line, object_pairs_hook=_once)
    except ValidationError as wrong:
        raise _told(line, wrong) from wrong
    except _Twice as twice:
        raise BadLine(f"the key {twice.key[:40]!r} stands twice", _place(line, twice.key)) from twice
    except ValueError as wrong:
        raise BadLine(str(wrong), 1) from wrong
    return made


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _Twice(key)
        seen.add(key)
    return dict(pairs)


def _told(line: str, wrong: ValidationError) -> BadLine:
    fault = wrong.errors(include_url=False)[0]
    message, where = str(fault["msg"]), [str(part) for part in fault["loc"]]
    if found := _COLUMN.search(message):
        return BadLine(_COLUMN.sub("", message), int(found[1]))
    return BadLine(f"{'.'.join(where) or 'the line'}: {message}", _place(line, where[-1]) if where else 1)


def _place(line: str, key: str) -> int:
    """Where a key stands, as far as its name alone tells; where it is missing: the line's beginning."""
    return line.rfind(f'"{key}"') + 1
