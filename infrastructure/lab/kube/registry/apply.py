"""Server-side apply: one manager's whole wish, merged with what others own."""

from __future__ import annotations

from typing import Any

from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, clone, name_of
from infrastructure.lab.kube.registry import fieldsets, managed_fields
from infrastructure.lab.kube.registry.fieldsets import FieldSet, Path
from infrastructure.lab.kube.registry.managed_fields import APPLY, Entry, Hand
from infrastructure.lab.kube.schema import lists
from infrastructure.lab.kube.schema.decode import fields_of
from infrastructure.lab.kube.schema.kinds import Kind


def apply(kind: Kind, live: Obj, wish: Obj, *, manager: str, force: bool) -> tuple[Obj, FieldSet]:
    """The merged object, and the fields `manager` now owns.

    Raises ApiError (409) where another manager owns a field that would change, unless forced.
    """
    wanted = fieldsets.owned(kind.model, wish)
    entries = managed_fields.read(live)
    others = [entry for entry in entries if (entry.manager, entry.operation) != (manager, APPLY)]
    clashes = _clashes(live, wish, wanted, others)
    if clashes and not force:
        raise _conflict(kind, live, clashes)
    merged = _merge_struct(kind.model, clone(live), wish)
    before = [entry for entry in entries if entry not in others]
    given_up = frozenset[Path]().union(*(entry.fields for entry in before)) - wanted
    held = frozenset[Path]().union(*(entry.fields for entry in others)) | wanted
    _let_go(merged, given_up, held)
    return merged, wanted


def _let_go(merged: Obj, given_up: FieldSet, held: FieldSet) -> None:
    """Take away what nobody wishes any more; a list item goes as a whole, its key never alone."""
    for path in sorted(given_up, key=len):
        needed = any(other[: len(path)] == path for other in held)
        if not needed and not _is_key(path):
            fieldsets.remove(merged, path)


def _is_key(path: Path) -> bool:
    return len(path) > 1 and path[-2].startswith("k:") and f'"{path[-1][2:]}":' in path[-2]


def note(kind: Kind, obj: Obj, live: Obj, hand: Hand, wanted: FieldSet) -> None:
    """Write the new owners into `obj`: forced fields leave their former ones."""
    entries = [
        one for one in managed_fields.read(live) if (one.manager, one.operation) != (hand.manager, APPLY)
    ]
    for entry in entries:
        moved = {
            path
            for path in entry.fields & wanted
            if fieldsets.lookup(live, path) != fieldsets.lookup(obj, path) and not path[-1].startswith("k:")
        }
        entry.fields -= moved
    mine = Entry(hand.manager, APPLY, kind.api_version, moments.stamp(hand.now), wanted)
    managed_fields.write(obj, [*entries, mine])


def _clashes(live: Obj, wish: Obj, wanted: FieldSet, others: list[Entry]) -> list[tuple[Entry, Path]]:
    found: list[tuple[Entry, Path]] = []
    for path in sorted(wanted):
        if path[-1].startswith("k:") or fieldsets.lookup(live, path) == fieldsets.lookup(wish, path):
            continue
        found.extend((entry, path) for entry in others if path in entry.fields)
    return found


def _conflict(kind: Kind, live: Obj, clashes: list[tuple[Entry, Path]]) -> ApiError:
    causes = []
    for entry, path in clashes:
        using = f" using {entry.api_version}" if entry.operation != APPLY else ""
        message = f'conflict with "{entry.manager}"{using}'
        causes.append({"reason": "FieldManagerConflict", "message": message, "field": fieldsets.shown(path)})
    plural = "conflict" if len(causes) == 1 else "conflicts"
    if len(causes) == 1:
        text = f"{causes[0]['message']}: {causes[0]['field']}"
    else:
        text = "".join(f"\n- {one['message']}: {one['field']}" for one in causes).lstrip("\n")
    message = f"Apply failed with {len(causes)} {plural}: {text}"
    details = {"name": name_of(live), "group": kind.group, "kind": kind.plural, "causes": causes}
    return ApiError(409, message, details={key: value for key, value in details.items() if value})


def _merge_struct(model: str, live: Obj, wish: Obj) -> Obj:
    fields = fields_of(model)
    for name, value in wish.items():
        expression = fields.get(name, "any")
        if (model, name) in lists.ATOMIC or name not in live:
            live[name] = value
        else:
            live[name] = _merge_value(expression, live[name], value, (model, name))
    return live


def _merge_value(expression: str, live: Any, wish: Any, field: lists.ListField) -> Any:
    if expression.startswith("@") and isinstance(live, dict):
        return _merge_struct(expression[1:], live, wish)
    if expression.startswith("{") and isinstance(live, dict):
        return {**live, **wish}
    if expression.startswith("[") and field in lists.PATCH_SETS:
        return [*live, *(one for one in wish if one not in live)]
    if expression.startswith("[") and lists.apply_keys(*field):
        return _merge_items(expression[2:-1], live, wish, lists.apply_keys(*field))
    return wish


def _merge_items(model: str, live: list[Obj], wish: list[Obj], keys: tuple[str, ...]) -> list[Obj]:
    """The wish's order first, then what others added."""
    left = {fieldsets.item_step(one, keys): one for one in live}
    merged = []
    for one in wish:
        known = left.pop(fieldsets.item_step(one, keys), None)
        merged.append(one if known is None else _merge_struct(model, known, one))
    return [*merged, *left.values()]
