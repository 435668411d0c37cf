"""metadata.managedFields: who wrote which field last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.registry import fieldsets
from infrastructure.lab.kube.registry.fieldsets import FieldSet
from infrastructure.lab.kube.schema.kinds import Kind

APPLY, UPDATE = "Apply", "Update"


@dataclass
class Entry:
    """One manager's share."""

    manager: str
    operation: str
    api_version: str
    time: str
    fields: FieldSet
    subresource: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.manager, self.operation, self.subresource

    def written(self) -> Obj:
        entry = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fieldsets.dump(self.fields),
        }
        return entry | ({"subresource": self.subresource} if self.subresource else {})


def read(obj: Obj) -> list[Entry]:
    return [
        Entry(
            manager=one.get("manager", ""),
            operation=one.get("operation", UPDATE),
            api_version=one.get("apiVersion", ""),
            time=one.get("time", ""),
            fields=fieldsets.load(one.get("fieldsV1", {})),
            subresource=one.get("subresource", ""),
        )
        for one in obj.get("metadata", {}).get("managedFields") or ()
    ]


def write(obj: Obj, entries: list[Entry]) -> None:
    kept = [entry.written() for entry in entries if entry.fields]
    obj["metadata"].pop("managedFields", None)
    if kept:
        obj["metadata"]["managedFields"] = kept


@dataclass(frozen=True)
class Hand:
    """Whose write it is; without a manager it is the control plane's own, whose fields are not tracked."""

    manager: str
    now: datetime
    subresource: str = ""


def note_update(kind: Kind, obj: Obj, old: Obj, hand: Hand) -> None:
    """Give the fields in which `obj` differs from `old` to `hand`, in place."""
    if not hand.manager:
        _carry_over(obj, old)
        return
    before = fieldsets.owned(kind.model, old) if old else frozenset()
    after = fieldsets.owned(kind.model, obj)
    changed = frozenset(
        path
        for path in after
        if path not in before or fieldsets.lookup(obj, path) != fieldsets.lookup(old, path)
    )
    entries = _handed_over(read(old), changed, lost=changed | (before - after))
    if changed:
        time = moments.stamp(hand.now)
        fresh = Entry(hand.manager, UPDATE, kind.api_version, time, changed, hand.subresource)
        entries = _joined(entries, fresh)
    write(obj, entries)


def _carry_over(obj: Obj, old: Obj) -> None:
    obj["metadata"].pop("managedFields", None)
    kept = old.get("metadata", {}).get("managedFields")
    if kept:
        obj["metadata"]["managedFields"] = kept


def _handed_over(entries: list[Entry], changed: FieldSet, *, lost: FieldSet) -> list[Entry]:
    for entry in entries:
        taken = frozenset(
            path for path in entry.fields & lost if not _only_an_item(path) or path not in changed
        )
        entry.fields -= taken
    return entries


def _only_an_item(path: fieldsets.Path) -> bool:
    """An item stays with whoever listed it even when another changes something inside it."""
    return path[-1].startswith("k:")


def _joined(entries: list[Entry], fresh: Entry) -> list[Entry]:
    for entry in entries:
        if entry.identity == fresh.identity:
            entry.fields |= fresh.fields
            entry.time = fresh.time
            return entries
    return [*entries, fresh]


def same_apart_from_times(obj: Obj, old: Obj) -> bool:
    """Whether a write would change nothing: then nothing is written and no revision is spent."""
    return _comparable(obj) == _comparable(old)


def _comparable(obj: Obj) -> dict[str, Any]:
    owners = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in obj["metadata"].get("managedFields") or ()
    ]
    return {**obj, "metadata": {**obj["metadata"], "managedFields": owners}}
