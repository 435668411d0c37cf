"""PromQL taken apart and put together by a kept parser, never by patterns on text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

import promql_parser as promql
from promql_parser import BinaryExpr, Expr, NumberLiteral, ParenExpr, SubqueryExpr, UnaryExpr, VectorSelector

COMPARISONS: Final = frozenset({">", "<", ">=", "<=", "==", "!="})
_TURNED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_GATES: Final = frozenset({"and", "unless"})


class PromqlError(ValueError):
    """An expression the parser does not understand; the message says why."""


@dataclass(frozen=True)
class Measured:
    """What an alert measures and where it draws the line: `value op threshold`; no line: any sample alerts."""

    value: str
    op: str = ""
    threshold: float | None = None


def parsed(text: str) -> Expr:
    """Raises PromqlError."""
    try:
        return promql.parse(text)
    except ValueError as problem:
        raise PromqlError(f"this is not PromQL ({problem}): {text}") from problem


def one_line(expr: Expr) -> str:
    """The expression as text; equal expressions give equal text. White space inside strings is theirs."""
    written: list[str] = []
    quoted = escaped = False
    for character in expr.prettify():
        if not quoted and character.isspace():
            if written and written[-1] != " ":
                written.append(" ")
            continue
        written.append(character)
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
    return "".join(written).strip()


def expression_in(generator_url: str) -> str:
    """The firing expression in an alert's `generatorURL` (`g0.expr`); empty where there is none."""
    try:
        query = urlsplit(generator_url).query
    except ValueError:
        return ""
    return next(iter(parse_qs(query).get("g0.expr", [])), "").strip()


def measured(text: str) -> Measured:
    """The value an alert's expression compares, without the comparison. Raises PromqlError.

    `rate(errors[5m]) > 5 and on() up == 1` measures `rate(errors[5m])`: what only gates it is left out.
    """
    return _measured(parsed(text))


def _measured(expr: Expr) -> Measured:
    if isinstance(expr, ParenExpr):
        return _measured(expr.expr)
    if not isinstance(expr, BinaryExpr):
        return Measured(one_line(expr))
    op = str(expr.op)
    if op in _GATES:
        return _measured(expr.lhs)
    left, right = number(expr.lhs), number(expr.rhs)
    if op in COMPARISONS and right is not None and left is None:
        return Measured(one_line(expr.lhs), op, right)
    if op in COMPARISONS and left is not None and right is None:
        return Measured(one_line(expr.rhs), _TURNED[op], left)
    return Measured(one_line(expr))


def number(expr: Expr) -> float | None:
    """The value of a constant, through parentheses and signs; None for anything else."""
    if isinstance(expr, ParenExpr):
        return number(expr.expr)
    if isinstance(expr, UnaryExpr):
        value = number(expr.expr)
        return None if value is None else -value
    return float(expr.val) if isinstance(expr, NumberLiteral) else None


def nodes(expr: Expr) -> Iterator[Expr]:
    """Every node, each before its children."""
    seen: list[Expr] = []
    promql.walk(expr, lambda node: seen.append(node))
    yield from seen


def selectors(expr: Expr) -> tuple[VectorSelector, ...]:
    return tuple(node for node in nodes(expr) if isinstance(node, VectorSelector))


def metric_names(text: str) -> tuple[str, ...]:
    """The metrics an expression reads, each once. Raises PromqlError."""
    return tuple(dict.fromkeys(name for node in selectors(parsed(text)) if (name := metric_of(node))))


def metric_of(selector: VectorSelector) -> str:
    """The metric's name, written before the braces or as `__name__`; empty where it is a pattern."""
    if selector.name:
        return str(selector.name)
    named = (each for each in selector.matchers.matchers if each.name == "__name__")
    return next((str(each.value) for each in named if each.op == promql.MatchOp.Equal), "")


def longest_range(text: str) -> timedelta:
    """How far back one evaluation of the expression looks at most, offsets left out. Raises PromqlError."""
    ranges = [_range(node) for node in nodes(parsed(text))]
    return max(ranges, default=timedelta())


def _range(node: Expr) -> timedelta:
    if isinstance(node, promql.MatrixSelector):
        return node.range
    if isinstance(node, SubqueryExpr):
        inner = max((_range(each) for each in nodes(node.expr)), default=timedelta())
        return (node.range or timedelta()) + inner
    return timedelta()
