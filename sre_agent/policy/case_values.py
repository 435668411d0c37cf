"""A value of a test case as the law would see it; what no step could ever have is told with its place and a remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from sre_agent.policy.places import Reader, shown
from sre_agent.policy.variables import Type, Value

_MOST: Final = 2**31 - 1
_LEAST: Final = -1
"""Which stands for *unknown*."""
_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
"""YAML takes more for a number: `1:30` is 90, `0x10` is 16, `010` is 8."""
_REMEDIES: Final[Mapping[Type, str]] = {
    Type.STRING: "a text; in quotes where YAML takes it for something else",
    Type.INT: f"a whole number from {_LEAST} (unknown) to {_MOST}, in plain digits",
    Type.DOUBLE: "a finite number, as in 0.5",
    Type.BOOL: "true or false",
    Type.LABELS: "a map of texts, as in {app: cart}; numbers in quotes",
    Type.NAMES: "a list of texts",
    Type.ANYTHING: "a map",
}


def value_of(reader: Reader, node: yaml.Node, wanted: Type) -> Value | None:
    """None where it does not fit, which is noted."""
    found = plain(node)
    if _fits(node, found, wanted):
        value: Value = float(found) if wanted is Type.DOUBLE else found
        return value
    reader.complain(
        node, f"here stands {shown(node)}", f"this variable is a {wanted}: write {_REMEDIES[wanted]}"
    )
    return None


def plain(node: yaml.Node) -> Any:
    """The node's value in Python's own types."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, OverflowError):
        return None
    finally:
        loader.dispose()


def _fits(node: yaml.Node, found: Any, wanted: Type) -> bool:
    match wanted:
        case Type.BOOL:
            return isinstance(found, bool)
        case Type.INT:
            return _is_whole(node, found) and _LEAST <= found <= _MOST
        case Type.DOUBLE:
            return _is_whole(node, found) or (isinstance(found, float) and math.isfinite(found))
        case Type.LABELS:
            return isinstance(found, dict) and _are_texts([*found, *found.values()])
        case Type.NAMES:
            return isinstance(found, list) and _are_texts(found)
        case Type.ANYTHING:
            return isinstance(found, dict) and _are_texts(list(found))
    return isinstance(found, str)


def _is_whole(node: yaml.Node, found: Any) -> bool:
    is_number = isinstance(found, int) and not isinstance(found, bool)
    return is_number and _WHOLE.fullmatch(str(node.value)) is not None


def _are_texts(found: list[Any]) -> bool:
    return all(isinstance(one, str) for one in found)
