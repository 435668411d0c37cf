"""Ports, percentages and counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from infrastructure.lab.kube.objects.failures import FieldProblem, invalid_value, required
from infrastructure.lab.kube.schema.rules.metadata import labels

_PERCENT = re.compile(r"[0-9]+%")
_PORT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def port(value: Any, path: str) -> Iterator[FieldProblem]:
    if not isinstance(value, int) or not 1 <= value <= 65535:
        yield invalid_value(path, value, "must be between 1 and 65535, inclusive")


def port_or_name(value: Any, path: str) -> Iterator[FieldProblem]:
    if isinstance(value, str):
        yield from port_name(value, path)
    else:
        yield from port(value, path)


def port_name(value: str, path: str) -> Iterator[FieldProblem]:
    if len(value) > 15:
        yield invalid_value(path, value, "must be no more than 15 characters")
    elif _PORT_NAME.fullmatch(value) is None or "--" in value:
        text = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
        yield invalid_value(path, value, text)
    elif not re.search("[a-z]", value):
        yield invalid_value(path, value, "must contain at least one letter (a-z)")


def not_negative(value: Any, path: str) -> Iterator[FieldProblem]:
    if isinstance(value, int) and value < 0:
        yield invalid_value(path, value, "must be greater than or equal to 0")


def count_or_percent(value: Any, path: str) -> Iterator[FieldProblem]:
    if isinstance(value, int):
        yield from not_negative(value, path)
    elif value is not None and _PERCENT.fullmatch(value) is None:
        text = (
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%')"
        )
        yield invalid_value(path, value, text)


def share(value: int | str | None, total: int, *, round_up: bool) -> int:
    """intstr.GetScaledValueFromIntOrPercent."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    percent = int(value.rstrip("%"))
    return -(-percent * total // 100) if round_up else percent * total // 100


def label_selector(selector: dict[str, Any], path: str) -> Iterator[FieldProblem]:
    yield from labels(selector.get("matchLabels") or {}, f"{path}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        here = f"{path}.matchExpressions[{index}]"
        operator, values = expression.get("operator"), expression.get("values") or []
        if operator not in _OPERATORS:
            yield invalid_value(f"{here}.operator", operator, "not a valid selector operator")
        elif operator in ("In", "NotIn") and not values:
            yield required(f"{here}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in ("Exists", "DoesNotExist") and values:
            yield FieldProblem(
                "FieldValueForbidden",
                f"{here}.values",
                "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            )
