"""Sets of field paths: who owns what in an object, and in the form managedFields stores it.

A path is a tuple of steps as in fieldsV1: `f:spec`, `k:{"name":"app"}`, `v:"a"`. A list item is a member of
its own, so that an item can be owned even when all its fields are keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema import lists
from infrastructure.lab.kube.schema.decode import fields_of

Path = tuple[str, ...]
FieldSet = frozenset[Path]

_UNOWNED_ROOT = ("apiVersion", "kind")
_UNOWNED_META = frozenset(
    [
        "name",
        "namespace",
        "generateName",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "managedFields",
    ]
)


def owned(model: str, obj: Obj) -> FieldSet:
    """Every path of `obj` that can have an owner."""
    bare = {key: value for key, value in obj.items() if key not in _UNOWNED_ROOT}
    meta = {key: value for key, value in bare.pop("metadata", {}).items() if key not in _UNOWNED_META}
    if meta:
        bare["metadata"] = meta
    return frozenset(_struct(model, bare, ()))


def _struct(model: str, value: Obj, path: Path) -> Iterator[Path]:
    fields = fields_of(model)
    for name, inner in value.items():
        here = (*path, f"f:{name}")
        expression = fields.get(name, "any")
        if (model, name) in lists.ATOMIC:
            yield here
        else:
            yield from _value(expression, inner, here, (model, name))


def _value(expression: str, value: Any, path: Path, field: lists.ListField) -> Iterator[Path]:
    if expression.startswith("@") and isinstance(value, dict) and value:
        yield from _struct(expression[1:], value, path)
    elif expression.startswith("{") and isinstance(value, dict) and value:
        yield from ((*path, f"f:{key}") for key in value)
    elif expression.startswith("[") and isinstance(value, list):
        yield from _items(expression[1:-1], value, path, field)
    else:
        yield path


def _items(inner: str, value: list[Any], path: Path, field: lists.ListField) -> Iterator[Path]:
    keys = lists.apply_keys(*field)
    if field in lists.PATCH_SETS:
        yield from ((*path, f"v:{_json(one)}") for one in value)
    elif not keys:
        yield path
    else:
        for one in value:
            here = (*path, item_step(one, keys))
            yield here
            yield from _struct(inner[1:], one, here)


def item_step(item: Obj, keys: tuple[str, ...]) -> str:
    named = {key: item.get(key, lists.KEY_DEFAULTS.get(key)) for key in keys}
    return f"k:{_json({key: value for key, value in named.items() if value is not None})}"


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def lookup(obj: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for step in path:
        obj = _step(obj, step)
        if obj is None:
            return None
    return obj


def _step(obj: Any, step: str) -> Any:
    kind, _, rest = step.partition(":")
    if kind == "f":
        return obj.get(rest) if isinstance(obj, dict) else None
    if not isinstance(obj, list):
        return None
    wanted = orjson.loads(rest)
    if kind == "v":
        return wanted if wanted in obj else None
    return next((one for one in obj if names_item(one, wanted)), None)


def names_item(item: Any, wanted: Obj) -> bool:
    return isinstance(item, dict) and all(
        item.get(key, lists.KEY_DEFAULTS.get(key)) == value for key, value in wanted.items()
    )


def remove(obj: Any, path: Path) -> None:
    """Take the value at `path` out of `obj`, in place; containers that become empty go too."""
    if not path:
        return
    parent = lookup(obj, path[:-1])
    kind, _, rest = path[-1].partition(":")
    if kind == "f" and isinstance(parent, dict):
        parent.pop(rest, None)
    elif isinstance(parent, list):
        wanted = orjson.loads(rest)
        parent[:] = [one for one in parent if not (one == wanted if kind == "v" else names_item(one, wanted))]
    if parent is not None and not parent and len(path) > 1:
        remove(obj, path[:-1])


def shown(path: Path) -> str:
    """As conflict messages name it: `.spec.template.spec.containers[name="app"].image`."""
    parts = []
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "f":
            parts.append(f".{rest}")
        elif kind == "k":
            keys = ",".join(f"{key}={_json(value)}" for key, value in orjson.loads(rest).items())
            parts.append(f"[{keys}]")
        else:
            parts.append(f"[={rest}]")
    return "".join(parts)


def dump(paths: FieldSet) -> Obj:
    """fieldsV1."""
    tree: Obj = {}
    for path in sorted(paths):
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        if path[-1].startswith("k:"):
            node["."] = {}
    return tree


def load(tree: Obj, path: Path = ()) -> FieldSet:
    """The inverse of `dump`."""
    found: set[Path] = set()
    for step, inner in tree.items():
        here = (*path, step)
        if step == ".":
            found.add(path)
        elif inner:
            found |= load(inner, here)
        else:
            found.add(here)
    return frozenset(found)
