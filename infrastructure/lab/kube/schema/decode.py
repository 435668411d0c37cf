"""Reads a JSON body as a type of the API: unknown fields are dropped and named, wrong types refused."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from infrastructure.lab.kube.objects import moments, quantity
from infrastructure.lab.kube.objects.tree import Obj


class WrongType(ValueError):
    """A value of another type than the field's; the message is that of Go's JSON decoder."""


@lru_cache(maxsize=1)
def types() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("types.json").read_text(encoding="utf-8")
    )
    return loaded


@lru_cache(maxsize=512)
def fields_of(model: str) -> dict[str, str]:
    """Field → type expression without the mark of required fields."""
    return {name: expression.rstrip("!") for name, expression in types()[model].items()}


@lru_cache(maxsize=512)
def required_fields(model: str) -> tuple[str, ...]:
    return tuple(name for name, expression in types()[model].items() if expression.endswith("!"))


@dataclass
class Decoder:
    """Walks one body; `unknown` collects the paths of fields the type does not have."""

    unknown: list[str] = field(default_factory=list)

    def struct(self, model: str, data: Any, path: str, owner: str) -> Obj:
        if not isinstance(data, dict):
            raise _mismatch(data, owner, path, _go_name(model))
        known = fields_of(model)
        result: Obj = {}
        for name, value in data.items():
            here = f"{path}.{name}" if path else name
            if name not in known:
                self.unknown.append(here)
            elif value is not None:
                result[name] = self.value(known[name], value, here, _go_name(model))
        return result

    def value(self, expression: str, data: Any, path: str, owner: str) -> Any:
        first = expression[0]
        if first == "@":
            return self.struct(expression[1:], data, path, owner)
        if first == "[":
            return self._items(expression[1:-1], data, path, owner)
        if first == "{":
            return self._entries(expression[1:-1], data, path, owner)
        return _SCALARS[expression](data, owner, path)

    def _items(self, inner: str, data: Any, path: str, owner: str) -> list[Any]:
        if not isinstance(data, list):
            raise _mismatch(data, owner, path, f"[]{_go_type(inner)}")
        return [self.value(inner, one, f"{path}[{index}]", owner) for index, one in enumerate(data)]

    def _entries(self, inner: str, data: Any, path: str, owner: str) -> Obj:
        if not isinstance(data, dict):
            raise _mismatch(data, owner, path, f"map[string]{_go_type(inner)}")
        return {
            key: "" if one is None else self.value(inner, one, f"{path}.{key}", owner)
            for key, one in data.items()
        }


def decode(model: str, data: Any) -> tuple[Obj, list[str]]:
    """The body with known fields alone, and the paths of the unknown ones. Raises WrongType."""
    decoder = Decoder()
    return decoder.struct(model, data, "", _go_name(model)), decoder.unknown


def _go_name(model: str) -> str:
    for prefix in ("CoreV1", "EventsV1", "AuthenticationV1", "V1", "V2"):
        if model.startswith(prefix):
            return model.removeprefix(prefix)
    return model


def _go_type(expression: str) -> str:
    names = {"str": "string", "int": "int32", "time": "Time", "quantity": "Quantity", "any": "interface {}"}
    if expression.startswith("@"):
        return f"v1.{_go_name(expression[1:])}"
    return names.get(expression, expression)


def _json_name(data: Any) -> str:
    if isinstance(data, bool):
        return "bool"
    names: dict[type, str] = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return names.get(type(data), "null")


def _mismatch(data: Any, owner: str, path: str, wanted: str) -> WrongType:
    plain = ".".join(part.partition("[")[0] for part in path.split("."))
    found = _json_name(data)
    if found == "number" and wanted.startswith("int"):
        found = f"number {data}"
    return WrongType(f"json: cannot unmarshal {found} into Go struct field {owner}.{plain} of type {wanted}")


def _text(data: Any, owner: str, path: str) -> str:
    if not isinstance(data, str):
        raise _mismatch(data, owner, path, "string")
    return data


def _int(data: Any, owner: str, path: str) -> int:
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, bool) or not isinstance(data, int):
        raise _mismatch(data, owner, path, "int32")
    return data


def _bool(data: Any, owner: str, path: str) -> bool:
    if not isinstance(data, bool):
        raise _mismatch(data, owner, path, "bool")
    return data


def _float(data: Any, owner: str, path: str) -> float:
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise _mismatch(data, owner, path, "float64")
    return float(data)


def _time(data: Any, owner: str, path: str) -> str:
    if not isinstance(data, str):
        raise _mismatch(data, owner, path, "Time")
    try:
        moments.parse(data)
    except ValueError as error:
        raise WrongType(
            f'parsing time "{data}" as "2006-01-02T15:04:05Z07:00": cannot parse "{data}" as "2006"'
        ) from error
    return data


def _bytes(data: Any, owner: str, path: str) -> str:
    if not isinstance(data, str):
        raise _mismatch(data, owner, path, "[]uint8")
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise WrongType("illegal base64 data at input byte 0") from error
    return data


def _int_or_string(data: Any, owner: str, path: str) -> str | int:
    if isinstance(data, bool) or not isinstance(data, int | str):
        raise _mismatch(data, owner, path, "intstr.IntOrString")
    return data


def _quantity(data: Any, owner: str, path: str) -> str:
    if isinstance(data, bool) or not isinstance(data, int | float | str):
        raise _mismatch(data, owner, path, "Quantity")
    try:
        return quantity.canonical(data)
    except quantity.NotAQuantity as error:
        raise WrongType(str(error)) from error


def _any(data: Any, owner: str, path: str) -> Any:
    return data


_SCALARS: dict[str, Callable[[Any, str, str], Any]] = {
    "str": _text,
    "int": _int,
    "bool": _bool,
    "float": _float,
    "time": _time,
    "bytes": _bytes,
    "intstr": _int_or_string,
    "quantity": _quantity,
    "any": _any,
}
