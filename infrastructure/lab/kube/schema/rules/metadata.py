"""Names, labels, annotations and owner references."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infrastructure.lab.kube.objects.failures import FieldProblem, invalid_value, required
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.kinds import Kind

_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SERVICE_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
    "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
    "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_NAME_PART_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_NAME_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_RBAC_GROUP = "rbac.authorization.k8s.io"
_ANNOTATION_LIMIT = 262_144


def check(kind: Kind, obj: Obj) -> Iterator[FieldProblem]:
    meta = obj["metadata"]
    yield from _name(kind, meta.get("name", ""))
    if kind.namespaced and not meta.get("namespace"):
        yield required("metadata.namespace")
    yield from labels(meta.get("labels") or {}, "metadata.labels")
    yield from _annotations(meta.get("annotations") or {})
    for index, owner in enumerate(meta.get("ownerReferences") or ()):
        yield from _owner(owner, f"metadata.ownerReferences[{index}]")


def _name(kind: Kind, name: str) -> Iterator[FieldProblem]:
    if not name:
        yield required("metadata.name", "name or generateName is required")
    elif kind.group == _RBAC_GROUP:
        if "/" in name or "%" in name or name in (".", ".."):
            yield invalid_value("metadata.name", name, "may not contain '/'")
    elif kind.resource == "services" and not _fits(_SERVICE, name, 63):
        yield invalid_value("metadata.name", name, _SERVICE_TEXT)
    elif kind.resource == "namespaces" and not _fits(_LABEL, name, 63):
        yield invalid_value("metadata.name", name, _LABEL_TEXT)
    elif not _fits(_SUBDOMAIN, name, 253):
        yield invalid_value("metadata.name", name, _SUBDOMAIN_TEXT)


def _fits(pattern: re.Pattern[str], text: str, limit: int) -> bool:
    return len(text) <= limit and pattern.fullmatch(text) is not None


def dns_label(name: str, path: str) -> Iterator[FieldProblem]:
    """The rule of container, volume and port names."""
    if not name:
        yield required(path)
    elif not _fits(_LABEL, name, 63):
        yield invalid_value(path, name, _LABEL_TEXT)


def labels(found: dict[str, str], path: str) -> Iterator[FieldProblem]:
    for key, value in found.items():
        yield from _qualified_name(key, path)
        if len(value) > 63:
            yield invalid_value(path, value, "must be no more than 63 characters")
        elif _LABEL_VALUE.fullmatch(value) is None:
            yield invalid_value(path, value, _LABEL_VALUE_TEXT)


def _qualified_name(key: str, path: str) -> Iterator[FieldProblem]:
    prefix, slash, name = key.rpartition("/")
    if slash and not _fits(_SUBDOMAIN, prefix, 253):
        yield invalid_value(path, key, f"prefix part {_SUBDOMAIN_TEXT}")
    if not name:
        yield invalid_value(path, key, "name part must be non-empty")
    elif not _fits(_NAME_PART, name, 63):
        yield invalid_value(path, key, _NAME_PART_TEXT)


def _annotations(found: dict[str, str]) -> Iterator[FieldProblem]:
    for key in found:
        yield from _qualified_name(key.lower(), "metadata.annotations")
    size = sum(len(key) + len(value) for key, value in found.items())
    if size > _ANNOTATION_LIMIT:
        yield FieldProblem(
            "FieldValueTooLong",
            "metadata.annotations",
            f"Too long: may not be more than {_ANNOTATION_LIMIT} bytes",
        )


def _owner(owner: Obj, path: str) -> Iterator[FieldProblem]:
    for name, text in (
        ("apiVersion", "version must not be empty"),
        ("kind", "kind must not be empty"),
        ("name", "name must not be empty"),
        ("uid", "uid must not be empty"),
    ):
        if not owner.get(name):
            yield invalid_value(f"{path}.{name}", owner.get(name, ""), text)
