"""Reading and copying JSON trees."""

from __future__ import annotations

from typing import Any

import orjson

Obj = dict[str, Any]
"""A Kubernetes object as JSON. Whatever comes out of the store must not be changed: clone it first."""


def clone(obj: Obj) -> Obj:
    """A deep copy; a JSON round trip is several times faster than copy.deepcopy."""
    copied: Obj = orjson.loads(orjson.dumps(obj))
    return copied


def dig(obj: Any, *path: str | int, default: Any = None) -> Any:
    """The value at `path`, or `default` where a step is missing or null."""
    for step in path:
        if isinstance(obj, dict):
            obj = obj.get(step)
        elif isinstance(obj, list) and isinstance(step, int) and -len(obj) <= step < len(obj):
            obj = obj[step]
        else:
            return default
        if obj is None:
            return default
    return obj


def name_of(obj: Obj) -> str:
    return str(obj["metadata"].get("name", ""))


def namespace_of(obj: Obj) -> str:
    return str(obj["metadata"].get("namespace", ""))


def uid_of(obj: Obj) -> str:
    return str(obj["metadata"].get("uid", ""))


def labels_of(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def annotations_of(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def being_deleted(obj: Obj) -> bool:
    return "deletionTimestamp" in obj["metadata"]
