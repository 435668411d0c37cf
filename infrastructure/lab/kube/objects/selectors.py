"""Label and field selectors: parsed from query strings and from objects, matched in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Labels = Mapping[str, str]


class SelectorSyntax(ValueError):
    """The selector cannot be read; the message is the API server's."""


@dataclass(frozen=True, slots=True)
class Requirement:
    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        return _OPERATORS[self.operator](labels.get(self.key), self.values)


def _greater(value: str | None, values: frozenset[str]) -> bool:
    return value is not None and value.lstrip("-").isdigit() and int(value) > int(next(iter(values)))


def _less(value: str | None, values: frozenset[str]) -> bool:
    return value is not None and value.lstrip("-").isdigit() and int(value) < int(next(iter(values)))


_OPERATORS: Mapping[str, Callable[[str | None, frozenset[str]], bool]] = {
    "In": lambda value, values: value is not None and value in values,
    "NotIn": lambda value, values: value is None or value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
    "Gt": _greater,
    "Lt": _less,
}

Selector = tuple[Requirement, ...]

_SET = re.compile(r"^(\S+)\s+(in|notin)\s*\(([^()]*)\)$")
_EQUAL = re.compile(r"^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*([^\s=!<>]*)$")
_NAME = re.compile(r"^([A-Za-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$")
_EQUALITY = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}


def parse_labels(text: str) -> Selector:
    """`app=x,tier!=y,env in (a, b),!old,new`. Raises SelectorSyntax."""
    return tuple(_requirement(part) for part in _split(text) if part)


def _split(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    return [*parts, current.strip()]


def _requirement(part: str) -> Requirement:
    if match := _SET.match(part):
        values = frozenset(value.strip() for value in match.group(3).split(","))
        return Requirement(_key(match.group(1)), "In" if match.group(2) == "in" else "NotIn", values)
    if match := _EQUAL.match(part):
        return Requirement(_key(match.group(1)), _EQUALITY[match.group(2)], frozenset({match.group(3)}))
    if part.startswith("!"):
        return Requirement(_key(part[1:].strip()), "DoesNotExist")
    return Requirement(_key(part), "Exists")


def _key(key: str) -> str:
    if not _NAME.match(key):
        raise SelectorSyntax(f"unable to parse requirement: found '{key}', expected: a valid label key")
    return key


def matches(selector: Selector, labels: Labels) -> bool:
    return all(requirement.matches(labels) for requirement in selector)


def from_object(selector: Mapping[str, Any] | None) -> Selector | None:
    """A metav1.LabelSelector; None (no selector at all) selects nothing."""
    if selector is None:
        return None
    wanted = [
        Requirement(key, "In", frozenset({value}))
        for key, value in (selector.get("matchLabels") or {}).items()
    ]
    return (*wanted, *(from_expression(one) for one in selector.get("matchExpressions") or ()))


def from_expression(expression: Mapping[str, Any]) -> Requirement:
    return Requirement(expression["key"], expression["operator"], frozenset(expression.get("values") or ()))


def from_map(selector: Mapping[str, str]) -> Selector:
    """The plain map of a Service."""
    return tuple(Requirement(key, "In", frozenset({value})) for key, value in selector.items())


def selects(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    parsed = from_object(selector)
    return parsed is not None and matches(parsed, labels)


def text(selector: Mapping[str, Any] | None) -> str:
    """metav1.FormatLabelSelector, as tables and scale show it."""
    parts = [f"{key}={value}" for key, value in sorted(((selector or {}).get("matchLabels") or {}).items())]
    for expression in (selector or {}).get("matchExpressions") or ():
        parts.append(_expression_text(expression))
    return ",".join(parts)


def _expression_text(expression: Mapping[str, Any]) -> str:
    key, operator = str(expression["key"]), expression["operator"]
    values = ",".join(sorted(expression.get("values") or ()))
    return {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }[operator]


@dataclass(frozen=True, slots=True)
class FieldTerm:
    field: str
    equal: bool
    value: str


def parse_fields(source: str) -> tuple[FieldTerm, ...]:
    """`status.phase!=Succeeded,spec.nodeName=a`. Raises SelectorSyntax."""
    terms = []
    for part in filter(None, source.split(",")):
        match = re.match(r"^([^=!]+)(==|=|!=)(.*)$", part)
        if match is None:
            raise SelectorSyntax(f"invalid selector: '{part}'; can't understand '{part}'")
        terms.append(FieldTerm(match.group(1), match.group(2) != "!=", match.group(3)))
    return tuple(terms)
