"""JSON pointers (RFC 6901) and JSON patches over plain objects. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import JsonValue


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Nothing stands at the pointer; in asks and answers it is written as null."""

Operation = dict[str, Any]


def pointer(*parts: str | int) -> str:
    """`pointer("data", "a/b")` is `/data/a~1b`."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def steps(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def at(value: Any, path: str) -> Any:
    """What stands there, or ABSENT."""
    for part in steps(path):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def values(value: Any, paths: Sequence[str]) -> dict[str, JsonValue]:
    """Pointer → what stands there, null where nothing does."""
    found = {path: at(value, path) for path in paths}
    return {path: None if item is ABSENT else item for path, item in found.items()}


def test(path: str, value: JsonValue) -> Operation:
    return {"op": "test", "path": path, "value": value}


def put(value: Any, path: str, new: JsonValue) -> list[Operation]:
    """Operations that make `new` stand there (null: nothing), and the parents it needs; none where it does."""
    old = at(value, path)
    if new is None:
        return [] if old is ABSENT else [{"op": "remove", "path": path}]
    if old is not ABSENT:
        return [] if old == new else [{"op": "replace", "path": path, "value": new}]
    operations: list[Operation] = []
    parts = steps(path)
    for depth in range(1, len(parts)):
        parent = pointer(*parts[:depth])
        if at(value, parent) is ABSENT:
            operations.append({"op": "add", "path": parent, "value": {}})
    return [*operations, {"op": "add", "path": path, "value": new}]


def puts(value: Any, wanted: Mapping[str, JsonValue]) -> list[Operation]:
    """`put` for several pointers at once."""
    return merged([operation for path, new in wanted.items() for operation in put(value, path, new)])


def merged(operations: Sequence[Operation]) -> list[Operation]:
    """The same operations with each missing parent made once: made twice, it would lose what is in it."""
    made: set[str] = set()
    kept = []
    for operation in operations:
        makes_parent = operation["op"] == "add" and operation["value"] == {}
        if makes_parent and operation["path"] in made:
            continue
        made.add(operation["path"])
        kept.append(operation)
    return kept


def adds_parents(operations: Sequence[Operation]) -> bool:
    """Whether a patch makes a new map, which would wipe one that came into being meanwhile."""
    return any(operation["op"] == "add" and operation["value"] == {} for operation in operations)


def with_values(value: Any, fields: Mapping[str, JsonValue]) -> Any:
    """A copy in which each pointer has its value; null takes away; what cannot be placed is left out."""
    copy = _copied(value)
    for path, new in fields.items():
        parent, part = at(copy, pointer(*steps(path)[:-1])), steps(path)[-1]
        if isinstance(parent, dict):
            if new is None:
                parent.pop(part, None)
            else:
                parent[part] = _copied(new)
        elif isinstance(parent, list) and part.isdigit() and int(part) < len(parent):
            parent[int(part) : int(part) + 1] = [] if new is None else [_copied(new)]
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
