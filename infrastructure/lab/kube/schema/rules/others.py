"""The rules of the smaller kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infrastructure.lab.kube.objects import quantity
from infrastructure.lab.kube.objects.failures import (
    FieldProblem,
    duplicate,
    invalid_value,
    required,
    unsupported,
)
from infrastructure.lab.kube.objects.tree import Obj, dig
from infrastructure.lab.kube.schema.rules.numbers import count_or_percent, label_selector

_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_CONFIG_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_SUBJECTS = ("ServiceAccount", "User", "Group")
_SIZE_LIMIT = 1024 * 1024


def config_map(obj: Obj) -> Iterator[FieldProblem]:
    size = 0
    for field in ("data", "binaryData"):
        for key, value in (obj.get(field) or {}).items():
            size += len(value)
            if _CONFIG_KEY.fullmatch(key) is None or key in (".", ".."):
                yield invalid_value(f"{field}[{key}]", key, _CONFIG_KEY_TEXT)
    if size > _SIZE_LIMIT:
        yield FieldProblem("FieldValueTooLong", "data", f"Too long: may not be more than {_SIZE_LIMIT} bytes")


def disruption_budget(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    if "minAvailable" in spec and "maxUnavailable" in spec:
        text = "minAvailable and maxUnavailable cannot be both set"
        yield invalid_value("spec", spec, text)
    for name in ("minAvailable", "maxUnavailable"):
        yield from count_or_percent(spec.get(name), f"spec.{name}")
    yield from label_selector(spec.get("selector") or {}, "spec.selector")


def autoscaler(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if low < 1:
        yield invalid_value("spec.minReplicas", low, "must be greater than or equal to 1")
    if high < 1:
        yield invalid_value("spec.maxReplicas", high, "must be greater than 0")
    elif high < low:
        yield invalid_value("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")


def resource_quota(obj: Obj) -> Iterator[FieldProblem]:
    for name, value in dig(obj, "spec", "hard", default={}).items():
        if quantity.parse(value) < 0:
            yield invalid_value(f"spec.hard[{name}]", value, "must be greater than or equal to 0")


def claim(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if "storage" not in dig(spec, "resources", "requests", default={}):
        yield required("spec.resources[storage]")


def binding(obj: Obj) -> Iterator[FieldProblem]:
    reference = obj.get("roleRef", {})
    if reference.get("kind") not in ("Role", "ClusterRole"):
        yield unsupported("roleRef.kind", reference.get("kind", ""), ("Role", "ClusterRole"))
    if not reference.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        if subject.get("kind") not in _SUBJECTS:
            yield unsupported(f"subjects[{index}].kind", subject.get("kind", ""), _SUBJECTS)


def node(obj: Obj) -> Iterator[FieldProblem]:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(dig(obj, "spec", "taints", default=[])):
        effect = taint.get("effect", "")
        if effect not in _EFFECTS:
            yield unsupported(f"spec.taints[{index}].effect", effect, _EFFECTS)
        identity = taint.get("key", ""), effect
        if identity in seen:
            yield duplicate(f"spec.taints[{index}]", {"key": identity[0], "effect": effect})
        seen.add(identity)
