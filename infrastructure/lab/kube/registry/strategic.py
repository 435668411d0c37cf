"""Strategic merge patch, with Kubernetes' own merge keys and directives."""

from __future__ import annotations

from typing import Any

from infrastructure.lab.kube.objects.failures import bad_request
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema import lists
from infrastructure.lab.kube.schema.decode import fields_of

_DIRECTIVE, _RETAIN = "$patch", "$retainKeys"
_ORDER, _DROP = "$setElementOrder/", "$deleteFromPrimitiveList/"


def merge(model: str, original: Obj, patch: Obj) -> Obj:
    """The patched object; neither argument is changed. Raises ApiError (400) on a malformed patch."""
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        kept: Obj = _plain(patch)
        return kept
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f"Unknown patch type: {directive}")
    result = dict(original)
    if _RETAIN in patch:
        result = {key: value for key, value in result.items() if key in patch[_RETAIN]}
    return _merged(model, result, patch)


def _merged(model: str, result: Obj, patch: Obj) -> Obj:
    for key, value in patch.items():
        if key.startswith(_DROP):
            field = key.removeprefix(_DROP)
            result[field] = [one for one in result.get(field) or () if one not in value]
        elif not key.startswith("$"):
            _set(model, result, key, value)
    for key, value in patch.items():
        if key.startswith(_ORDER):
            _reorder(model, result, key.removeprefix(_ORDER), value)
    return result


def _set(model: str, result: Obj, key: str, value: Any) -> None:
    if value is None:
        result.pop(key, None)
        return
    expression = fields_of(model).get(key, "any") if model else "any"
    current = result.get(key)
    if isinstance(value, dict):
        inner = expression[1:] if expression.startswith("@") else ""
        result[key] = merge(inner, current if isinstance(current, dict) else {}, value)
    elif isinstance(value, list):
        items = current if isinstance(current, list) else []
        result[key] = _merge_list((model, key), expression, items, value)
    else:
        result[key] = value


def _merge_list(field: lists.ListField, expression: str, current: list[Any], patch: list[Any]) -> list[Any]:
    if field in lists.PATCH_SETS:
        return [*current, *(one for one in patch if one not in current)]
    key = lists.PATCH_KEYS.get(field)
    if key is None:
        return [_plain(one) for one in patch]
    if any(isinstance(one, dict) and one.get(_DIRECTIVE) == "replace" and key not in one for one in patch):
        return [_plain(one) for one in patch if not (isinstance(one, dict) and _DIRECTIVE in one)]
    return _merge_items(expression[2:-1], current, patch, key)


def _merge_items(model: str, current: list[Any], patch: list[Any], key: str) -> list[Any]:
    result = list(current)
    for one in patch:
        if not isinstance(one, dict) or key not in one:
            raise bad_request(f"map: {one} does not contain declared merge key: {key}")
        index = next((i for i, known in enumerate(result) if known.get(key) == one[key]), None)
        if one.get(_DIRECTIVE) == "delete":
            result = [known for known in result if known.get(key) != one[key]]
        elif index is None:
            result.append(_plain(merge(model, {}, one)))
        else:
            result[index] = merge(model, result[index], one)
    return result


def _reorder(model: str, result: Obj, field: str, order: list[Any]) -> None:
    """Items the patch names come in its order; the server's own keep their place after them."""
    items = result.get(field)
    if not isinstance(items, list):
        return
    key = lists.PATCH_KEYS.get((model, field))
    wanted = [one.get(key) if isinstance(one, dict) and key else one for one in order]

    def place(item: Any) -> int:
        identity = item.get(key) if isinstance(item, dict) and key else item
        return wanted.index(identity) if identity in wanted else len(wanted)

    result[field] = sorted(items, key=place)


def _plain(value: Any) -> Any:
    """Without directives and nulls, for what is new to the object."""
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in value.items()
            if inner is not None and not key.startswith(("$patch", _RETAIN, _ORDER, _DROP))
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value
