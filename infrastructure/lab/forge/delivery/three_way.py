"""The patch `kubectl apply` would send: last applied, wanted and live → strategic merge or JSON merge patch. Pure.

Additions and changes come from comparing live with wanted, deletions from comparing last applied with wanted
(kubectl's `CreateThreeWayMergePatch`). Not sent: `$setElementOrder`, so a new order alone of a list changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_MERGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "ports": ("containerPort", "port"),
    "topologySpreadConstraints": ("topologyKey",),
    "secrets": ("name",),
}
"""Field → merge keys of the built-in kinds; the first one that all elements carry is used."""

Json = Any
_NOTHING: Mapping[str, Json] = {}


def three_way_patch(
    last_applied: Mapping[str, Json], wanted: Mapping[str, Json], live: Mapping[str, Json], *, strategic: bool
) -> dict[str, Json]:
    """Empty when the live object already is as wanted."""
    additions = _additions(live, wanted, strategic)
    deletions = _deletions(last_applied, wanted, live, strategic)
    return _join(deletions, additions, strategic)


def _additions(live: Mapping[str, Json], wanted: Mapping[str, Json], strategic: bool) -> dict[str, Json]:
    patch: dict[str, Json] = {}
    for field, value in wanted.items():
        if value is None or (field in live and _same(live[field], value)):
            continue
        key = merge_key(field, value, live.get(field)) if strategic else None
        if isinstance(value, Mapping) and isinstance(live.get(field), Mapping):
            inner: Json = _additions(live[field], value, strategic)
            if inner:
                patch[field] = inner
        elif key is not None:
            elements = _element_additions(live.get(field) or [], value, key)
            if elements:
                patch[field] = elements
        else:
            patch[field] = value
    return patch


def _element_additions(live: Sequence[Json], wanted: Sequence[Json], key: str) -> list[Json]:
    present = {element.get(key): element for element in live}
    patch = []
    for element in wanted:
        inner = _additions(present.get(element[key], _NOTHING), element, strategic=True)
        if inner or element[key] not in present:
            patch.append({key: element[key], **inner})
    return patch


def _deletions(
    last: Mapping[str, Json], wanted: Mapping[str, Json], live: Mapping[str, Json], strategic: bool
) -> dict[str, Json]:
    patch: dict[str, Json] = {}
    for field, value in last.items():
        if field not in live:
            continue
        if wanted.get(field) is None:
            patch[field] = None
            continue
        inner = _inner_deletions(field, (value, wanted[field], live[field]), strategic)
        if inner:
            patch[field] = inner
    return patch


def _inner_deletions(field: str, values: tuple[Json, Json, Json], strategic: bool) -> Json:
    last, wanted, live = values
    if all(isinstance(value, Mapping) for value in values):
        return _deletions(last, wanted, live, strategic)
    key = merge_key(field, last, wanted, live) if strategic else None
    return _element_deletions(values, key) if key else None


def _element_deletions(values: tuple[Json, Json, Json], key: str) -> list[Json]:
    last, wanted, live = ({element[key]: element for element in value} for value in values)
    patch: list[Json] = []
    for name, element in last.items():
        if name not in live:
            continue
        if name not in wanted:
            patch.append({"$patch": "delete", key: name})
            continue
        inner = _deletions(element, wanted[name], live[name], strategic=True)
        if inner:
            patch.append({key: name, **inner})
    return patch


def _join(one: Mapping[str, Json], other: Mapping[str, Json], strategic: bool) -> dict[str, Json]:
    """Both patches in one; they never disagree about a leaf, because a deletion is of what is not wanted."""
    joined = dict(one)
    for field, value in other.items():
        present = joined.get(field)
        if isinstance(present, Mapping) and isinstance(value, Mapping):
            joined[field] = _join(present, value, strategic)
        elif strategic and isinstance(present, list) and (key := merge_key(field, present, value)):
            joined[field] = _join_elements(present, value, key)
        else:
            joined[field] = value
    return joined


def _join_elements(one: Sequence[Json], other: Sequence[Json], key: str) -> list[Json]:
    joined = {element[key]: element for element in one}
    for element in other:
        joined[element[key]] = _join(joined.get(element[key], _NOTHING), element, strategic=True)
    return list(joined.values())


def merge_key(field: str, *values: Json) -> str | None:
    """The merge key of a list field, None when the list is replaced as a whole."""
    lists = [value for value in values if value is not None]
    if field not in _MERGE_KEYS or not all(isinstance(value, list) for value in lists):
        return None
    elements = [element for value in lists for element in value]
    if not all(isinstance(element, Mapping) for element in elements):
        return None
    return next(
        (key for key in _MERGE_KEYS[field] if elements and all(key in element for element in elements)), None
    )


def _same(live: Json, wanted: Json) -> bool:
    """Equal as JSON: 1 and 1.0 are, true and 1 are not."""
    if isinstance(live, bool) or isinstance(wanted, bool):
        return live is wanted
    if isinstance(live, Mapping) and isinstance(wanted, Mapping):
        return live.keys() == wanted.keys() and all(_same(live[key], wanted[key]) for key in wanted)
    if isinstance(live, list) and isinstance(wanted, list):
        return len(live) == len(wanted) and all(map(_same, live, wanted))
    return bool(live == wanted)
