"""Protocol buffers: bodies of Go clients read into JSON, and the little writing that kubectl needs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.schema import decode as shapes

_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NotAMessage(ValueError):
    """The bytes are no message of the kind they claim to be."""


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, payload: bytes | str) -> bytes:
    """A length-delimited field: a string or a nested message."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | _BYTES) + varint(len(raw)) + raw


def read(raw: bytes) -> Obj:
    """An object in Kubernetes' envelope, as its JSON. Raises NotAMessage."""
    if not raw.startswith(_MAGIC):
        raise NotAMessage("the body does not begin with the magic number of Kubernetes' protocol buffers")
    envelope = dict(_fields(raw[len(_MAGIC) :]))
    meta = {number: value.decode() for number, value in _fields(_as_bytes(envelope.get(1, b"")))}
    api_version, kind = str(meta.get(1, "")), str(meta.get(2, ""))
    layout = _layout_name(api_version, kind)
    if layout not in _layouts():
        raise NotAMessage(f'no kind "{kind}" is registered for version "{api_version}"')
    return {"apiVersion": api_version, "kind": kind, **_struct(layout, _as_bytes(envelope.get(2, b"")))}


def _layout_name(api_version: str, kind: str) -> str:
    if kind == "DeleteOptions":
        return "meta.v1.DeleteOptions"
    group, _, version = api_version.rpartition("/")
    return f"{group.partition('.')[0] or 'core'}.{version}.{kind}"


@lru_cache(maxsize=1)
def _layouts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(
        Path(shapes.__file__).with_name("wire.json").read_text(encoding="utf-8")
    )
    return found


def _as_bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise NotAMessage("a nested message was expected, a number was found")
    return value


def _fields(raw: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(raw, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(raw, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise NotAMessage(f"wire type {kind} is not used")
        if at + size > len(raw):
            raise NotAMessage("unexpected end of message")
        yield number, raw[at : at + size]
        at += size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 70:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
    raise NotAMessage("unexpected end of message")


def _struct(name: str, raw: bytes) -> Obj:
    layout = _layouts()[name]
    found: Obj = {}
    for number, value in _fields(raw):
        known = layout.get(str(number))
        if known is None:
            continue
        wire_name, _, code = known.partition(" ")
        if wire_name == "+":
            found.update(_struct(code.strip("@?"), _as_bytes(value)))
        elif code[0] == "[":
            found.setdefault(wire_name, []).append(_value(code[1:], value))
        elif code[0] == "{":
            key, inner = _entry(code[1:], _as_bytes(value))
            found.setdefault(wire_name, {})[key] = inner
        else:
            _set(found, wire_name, code, value)
    return found


def _set(found: Obj, name: str, code: str, value: Any) -> None:
    """A zero that is no pointer was left out by its author: Go writes it all the same."""
    decoded = _value(code.rstrip("?"), value)
    if decoded is not None and (code.endswith("?") or decoded not in ("", 0, False, {})):
        found[name] = decoded


def _entry(code: str, raw: bytes) -> tuple[str, Any]:
    pair = dict(_fields(raw))
    return _as_bytes(pair.get(1, b"")).decode(), _value(code, pair.get(2, b""))


def _value(code: str, value: Any) -> Any:
    if code.startswith("@"):
        return _struct(code[1:].rstrip("?"), _as_bytes(value))
    return _READERS[code.rstrip("?")](value)


def _integer(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _quantity(value: Any) -> str:
    return _as_bytes(dict(_fields(_as_bytes(value))).get(1, b"0")).decode()


def _int_or_string(value: Any) -> int | str:
    parts = dict(_fields(_as_bytes(value)))
    return _as_bytes(parts.get(3, b"")).decode() if parts.get(1) else _integer(parts.get(2, 0))


def _time(value: Any) -> str | None:
    parts = dict(_fields(_as_bytes(value)))
    if not parts.get(1):
        return None
    return moments.stamp(datetime.fromtimestamp(_integer(parts[1]), UTC))


def _micro_time(value: Any) -> str | None:
    parts = dict(_fields(_as_bytes(value)))
    if not parts.get(1):
        return None
    moment = datetime.fromtimestamp(_integer(parts[1]), UTC)
    return moments.micro_stamp(moment.replace(microsecond=parts.get(2, 0) // 1000))


def _raw_json(value: Any) -> Any:
    inner = _as_bytes(dict(_fields(_as_bytes(value))).get(1, b""))
    return orjson.loads(inner) if inner else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "s": lambda value: _as_bytes(value).decode(),
    "i": _integer,
    "b": bool,
    "y": lambda value: base64.b64encode(_as_bytes(value)).decode(),
    "q": _quantity,
    "x": _int_or_string,
    "t": _time,
    "T": _micro_time,
    "r": _raw_json,
    "e": lambda value: [_as_bytes(one).decode() for _, one in _fields(_as_bytes(value))],
}
