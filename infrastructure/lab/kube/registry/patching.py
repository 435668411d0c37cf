"""PATCH in its four forms, each ending in an ordinary update."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jsonpatch
import jsonpointer

from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.tree import Obj, clone
from infrastructure.lab.kube.registry import apply as server_side
from infrastructure.lab.kube.registry import strategic
from infrastructure.lab.kube.registry.options import WriteOptions
from infrastructure.lab.kube.registry.registry import Registry
from infrastructure.lab.kube.schema.decode import WrongType
from infrastructure.lab.kube.schema.kinds import Kind

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)

_JSON_PATCH_LIMIT = 10_000
Decode = Callable[[Obj], Obj]
"""Body → object with known fields alone; raises ApiError under strict validation."""


@dataclass(frozen=True)
class Patch:
    type: str
    body: Any
    force: bool = False


def patched(kind: Kind, current: Obj, patch: Patch, decode: Decode) -> Obj:
    """`current` with a patch of the first three forms applied. Raises ApiError."""
    if patch.type == JSON_PATCH:
        draft = json_patch(current, patch.body)
    elif not isinstance(patch.body, dict):
        raise failures.bad_request(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        )
    elif patch.type == MERGE_PATCH:
        draft = merge_patch(current, patch.body)
    else:
        draft = strategic.merge(kind.model, current, patch.body)
    return _decoded(patch, draft, decode)


def _decoded(patch: Patch, draft: Obj, decode: Decode) -> Obj:
    try:
        return decode(draft)
    except WrongType as error:
        if patch.type == STRATEGIC_PATCH:
            problem = failures.invalid_value("patch", patch.body, str(error))
            raise failures.invalid("", "", "", [problem]) from error
        raise failures.bad_request(str(error)) from error


def json_patch(current: Obj, operations: Any) -> Obj:
    """RFC 6902. Any operation that does not apply, a failed `test` among them, is a bare 422."""
    if not isinstance(operations, list):
        raise failures.bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
        )
    if len(operations) > _JSON_PATCH_LIMIT:
        raise failures.ApiError(
            413,
            f"The allowed maximum operations in a JSON patch is {_JSON_PATCH_LIMIT}, got {len(operations)}",
        )
    try:
        result: Obj = jsonpatch.apply_patch(clone(current), operations)
    except (jsonpatch.InvalidJsonPatch, TypeError, AttributeError) as error:
        raise failures.bad_request(f"error decoding patch: {error}") from error
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise failures.unprocessable() from error
    return result


def merge_patch(current: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(current) if isinstance(current, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def apply_wish(
    registry: Registry, kind: Kind, wish: Obj, options: WriteOptions, *, force: bool
) -> tuple[Obj, bool]:
    """Server-side apply of a whole manifest; the answer says whether it made the object.

    Raises ApiError: 409 on another manager's fields, 422 on what is invalid.
    """
    meta = wish["metadata"]
    live = registry.store.get(kind.storage, meta.get("namespace", ""), meta.get("name", ""))
    if live is None:
        if meta.get("uid"):
            raise failures.conflict(
                kind.group, kind.plural, meta.get("name", ""), _UID_TEXT.format(meta["uid"])
            )
        start: Obj = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}
        merged, wanted = server_side.apply(kind, start, wish, manager=options.manager, force=force)
        return registry.create(kind, merged, options, applied=wanted), True
    merged, wanted = server_side.apply(kind, live, wish, manager=options.manager, force=force)
    return registry.update(kind, merged, options, applied=wanted), False


_UID_TEXT = "uid mismatch: the provided object specified uid {}, and no existing object was found"
