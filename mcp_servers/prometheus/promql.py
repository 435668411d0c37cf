"""Reads PromQL before it is sent: refuses what does not parse, saying where; writes label matchers safely. Pure."""

from __future__ import annotations

import re
from typing import Final

import promql_parser

from mcp_servers.kit.errors import Code, ToolError

_TOKEN: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`|[\w:.]+|[=!<>]=|[=!]~|\S")
_CLOSES: Final = {"(": ")", "[": "]", "{": "}"}
_NAMED: Final = re.compile(r"function (?:with name )?'(\w+)'")
_RANGES: Final = (promql_parser.MatrixSelector, promql_parser.SubqueryExpr)


def parsed(promql: str) -> promql_parser.Expr:
    """The expression's tree. Raises ToolError (invalid_argument) with the position of what is wrong."""
    try:
        return promql_parser.parse(promql)
    except ValueError as problem:
        place = position_of_error(promql, str(problem))
        near = promql[place : place + 30] or "the end"
        raise ToolError(
            Code.INVALID_ARGUMENT,
            f"promql: {problem}, at position {place + 1} (near {near!r}).",
            try_next="Mend the expression there; nothing was sent to Prometheus.",
        ) from problem


def metric_names(promql: str) -> frozenset[str]:
    """The metrics an expression reads by name; empty for one that the parser does not know."""
    try:
        tree = promql_parser.parse(promql)
    except ValueError:
        return frozenset()
    seen: list[promql_parser.Expr] = []
    promql_parser.walk(tree, seen.append)
    selectors = (node for node in seen if isinstance(node, promql_parser.VectorSelector))
    return frozenset(str(selector.name) for selector in selectors if selector.name)


def instant(promql: str) -> None:
    """Check an expression for an instant query or a range query: both want one value at each time."""
    if isinstance(parsed(promql), _RANGES):
        raise ToolError(
            Code.INVALID_ARGUMENT,
            "promql: the expression is a range of samples, not one value at a time.",
            try_next="Wrap it in a function such as rate(…) or max_over_time(…), or use query_range without the range.",
        )


def position_of_error(promql: str, message: str) -> int:
    """Where to look, from 0: the parser does not say.

    The function it names, else the bracket that is never closed, else the first word after the longest
    beginning that would parse once its brackets were closed.
    """
    named = _NAMED.search(message)
    if named:
        found = re.search(rf"\b{named[1]}\s*\(", promql)
        return found.start() if found else 0
    open_brackets, stray = _brackets(promql)
    if "unexpected right" in message and stray is not None:
        return stray
    if "unclosed" in message or "inside" in message:
        return open_brackets[-1] if open_brackets else len(promql)
    return _after_longest_good_start(promql)


def _brackets(promql: str) -> tuple[list[int], int | None]:
    """Where brackets open that nothing closes, and where the first one closes that nothing opened."""
    opened: list[int] = []
    stray = None
    for token in _TOKEN.finditer(promql):
        if token[0] in _CLOSES:
            opened.append(token.start())
        elif token[0] in _CLOSES.values():
            if opened:
                opened.pop()
            elif stray is None:
                stray = token.start()
    return opened, stray


def _after_longest_good_start(promql: str) -> int:
    tokens = list(_TOKEN.finditer(promql[:2000]))
    for count in range(len(tokens) - 1, 0, -1):
        start = promql[: tokens[count - 1].end()]
        closing = "".join(_CLOSES[start[place]] for place in reversed(_brackets(start)[0]))
        try:
            promql_parser.parse(start + closing)
        except ValueError:
            continue
        return tokens[count].start()
    return tokens[0].start() if tokens else 0


def quoted(value: str) -> str:
    """A label value as a PromQL string: nothing in it can end the string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def literal(value: str) -> str:
    """A value as a regular expression that matches only itself (RE2)."""
    return re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\1", value)


def selector(metric: str, matchers: list[str]) -> str:
    """`metric{a="b",…}`."""
    return f"{metric}{{{','.join(matchers)}}}" if matchers else metric
