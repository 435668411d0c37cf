"""From a request body to an object of the kind the URL names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infrastructure.lab.kube.api import conversion
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.decode import WrongType, decode
from infrastructure.lab.kube.schema.kinds import Kind

IGNORE, WARN, STRICT = "Ignore", "Warn", "Strict"
_MODES = ("", IGNORE, WARN, STRICT)


class Bodies:
    """Decodes under one request's fieldValidation; `warnings` are for its response."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.mode = query.get("fieldValidation", "") or WARN
        if self.mode not in _MODES:
            problem = failures.unsupported("fieldValidation", self.mode, ("", IGNORE, STRICT, WARN))
            raise failures.invalid("meta.k8s.io", "CreateOptions", "", [problem])
        self.warnings: list[str] = []

    def new(self, kind: Kind, data: Any, namespace: str, name: str = "") -> Obj:
        """A whole object as sent by a client. Raises ApiError (400)."""
        _check_header(kind.api_version, kind.kind, data)
        try:
            obj, unknown = decode(kind.model, {**data, "apiVersion": kind.api_version, "kind": kind.kind})
        except WrongType as error:
            raise failures.bad_request(f"{_cannot(kind)}: {error}") from error
        self._report(unknown, f"{_cannot(kind)}: ")
        _place(kind, obj, namespace, name)
        return conversion.stored(kind, obj)

    def patched(self, kind: Kind, data: Obj) -> Obj:
        """The outcome of a patch. Raises WrongType, and ApiError under strict validation."""
        obj, unknown = decode(kind.model, data)
        self._report(unknown, "")
        return obj

    def _report(self, unknown: list[str], prefix: str) -> None:
        texts = [f'unknown field "{path}"' for path in unknown]
        if texts and self.mode == STRICT:
            raise failures.bad_request(f"{prefix}strict decoding error: {', '.join(texts)}")
        if self.mode == WARN:
            self.warnings.extend(texts)


def virtual(model: str, api_version: str, kind: str, data: Any) -> Obj:
    """A body that is no stored kind: a scale, an eviction, a review. Raises ApiError (400)."""
    if not isinstance(data, dict):
        raise failures.bad_request(f"the object provided is unrecognized (must be of type {kind})")
    try:
        return decode(model, {**data, "apiVersion": data.get("apiVersion", api_version), "kind": kind})[0]
    except WrongType as error:
        version = api_version.rpartition("/")[2]
        text = f'{kind} in version "{version}" cannot be handled as a {kind}: {error}'
        raise failures.bad_request(text) from error


def _cannot(kind: Kind) -> str:
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'


def _check_header(api_version: str, kind: str, data: Any) -> None:
    if not isinstance(data, dict):
        raise failures.bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: json: cannot unmarshal {type(data).__name__} into Go value of type struct"
        )
    sent_version, sent_kind = data.get("apiVersion", api_version), data.get("kind", kind)
    if sent_kind != kind:
        text = f"the kind in the data ({sent_kind}) does not match the expected kind ({kind})"
        raise failures.bad_request(text)
    if sent_version != api_version:
        text = (
            f"the API version in the data ({sent_version}) does not match the expected API version "
            f"({api_version})"
        )
        raise failures.bad_request(text)


def _place(kind: Kind, obj: Obj, namespace: str, name: str) -> None:
    meta = obj.setdefault("metadata", {})
    if kind.namespaced:
        if meta.setdefault("namespace", namespace) != namespace:
            text = "the namespace of the provided object does not match the namespace sent on the request"
            raise failures.bad_request(text)
    else:
        meta.pop("namespace", None)
    if name and meta.setdefault("name", name) != name:
        text = f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
        raise failures.bad_request(text)
