"""Writes types.json: the fields of every served kind, read from the models of the official client.

Run `python -m infrastructure.lab.kube.schema.generate` after a new release of the client. It is never
imported by the running lab, which reads the file alone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from infrastructure.lab.kube.schema.kinds import KINDS

FILE = Path(__file__).with_name("types.json")
ROOTS = (
    "V1Eviction",
    "V1Binding",
    "V1Scale",
    "V1DeleteOptions",
    "V1SelfSubjectAccessReview",
    "V1SubjectAccessReview",
    "V1LocalSubjectAccessReview",
    "V1SelfSubjectRulesReview",
    "V1TokenReview",
    "V1SelfSubjectReview",
    "AuthenticationV1TokenRequest",
)
_SCALARS = {
    "str": "str",
    "int": "int",
    "bool": "bool",
    "float": "float",
    "datetime": "time",
    "bytes": "bytes",
    "object": "any",
}
_QUANTITIES = {
    "V1ResourceRequirements": ("limits", "requests"),
    "V1VolumeResourceRequirements": ("limits", "requests"),
    "V1NodeStatus": ("allocatable", "capacity"),
    "V1ResourceQuotaSpec": ("hard",),
    "V1ResourceQuotaStatus": ("hard", "used"),
    "V1LimitRangeItem": ("default", "defaultRequest", "max", "min", "maxLimitRequestRatio"),
    "V1PersistentVolumeSpec": ("capacity",),
    "V1PersistentVolumeClaimStatus": ("capacity", "allocatedResources"),
    "V1PodSpec": ("overhead",),
    "V1ContainerStatus": ("allocatedResources",),
    "V1EmptyDirVolumeSource": ("sizeLimit",),
    "V1ResourceFieldSelector": ("divisor",),
    "V2MetricTarget": ("value", "averageValue"),
    "V2MetricValueStatus": ("value", "averageValue"),
}
"""The client's models call these plain strings; the API takes numbers too and answers in canonical form."""


def build() -> dict[str, dict[str, str]]:
    from kubernetes.client import models

    types: dict[str, dict[str, str]] = {}
    waiting = [*(kind.model for kind in KINDS), *ROOTS]
    while waiting:
        name = waiting.pop()
        if name in types:
            continue
        types[name] = _fields(getattr(models, name), name)
        waiting.extend(re.findall(r"@(\w+)", " ".join(types[name].values())))
    return dict(sorted(types.items()))


def _fields(model: Any, name: str) -> dict[str, str]:
    fields = {}
    by_attribute = {attribute.removeprefix("var_"): info for attribute, info in model.model_fields.items()}
    for attribute, declared in model.openapi_types.items():
        wire = model.attribute_map[attribute]
        info = by_attribute[attribute.removeprefix("var_").lstrip("_")]
        expression = _expression(declared, str(info.annotation))
        if wire in _QUANTITIES.get(name, ()):
            expression = expression.replace("str", "quantity")
        fields[wire] = expression + ("!" if info.is_required() else "")
    return fields


def _expression(declared: str, annotation: str) -> str:
    if match := re.fullmatch(r"(?:list|List)\[(.+)\]", declared):
        return f"[{_expression(match.group(1), '')}]"
    if match := re.fullmatch(r"(?:dict|Dict)\[str, (.+)\]", declared):
        return f"{{{_expression(match.group(1), '')}}}"
    if declared == "object" and "int" in annotation and "str" in annotation:
        return "intstr"
    return _SCALARS.get(declared) or f"@{declared}"


def rendered() -> str:
    """One line a type, so that a new release shows as a short diff."""
    lines = [f" {json.dumps(name)}: {json.dumps(fields)}" for name, fields in build().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
