"""Required fields, as the API's schema marks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infrastructure.lab.kube.objects.failures import FieldProblem, required
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema.decode import fields_of, required_fields

_NOT_LOOKED_AT = ("metadata", "status")
"""The server fills these itself, and a status is written by those who know how."""


def missing(model: str, obj: Obj, path: str = "") -> Iterator[FieldProblem]:
    fields = fields_of(model)
    for name in required_fields(model):
        if name not in obj and name not in _NOT_LOOKED_AT:
            yield required(f"{path}{name}")
    for name, value in obj.items():
        if name not in _NOT_LOOKED_AT and name in fields:
            yield from _inside(fields[name], value, f"{path}{name}")


def _inside(expression: str, value: Any, path: str) -> Iterator[FieldProblem]:
    if expression.startswith("@"):
        yield from missing(expression[1:], value, f"{path}.")
    elif expression.startswith("[@"):
        for index, one in enumerate(value):
            yield from missing(expression[2:-1], one, f"{path}[{index}].")
