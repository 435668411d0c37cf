"""What the rule behind an alert measures, read from the expression in its `generatorURL`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

import promql_parser
from promql_parser import Expr, MatrixSelector, VectorSelector

_LONGEST: Final = 2000
_MOST_OPERATORS: Final = 100
"""Real rules stay far under both; past them the parser's time grows with the square of the length."""
_OPERATOR: Final = re.compile(r"[-+*/%^(]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)


# All alerts of one rule carry the same address.
@lru_cache(maxsize=512)
def expression_of(generator_url: str) -> str:
    """The firing expression (`g0.expr`), empty where the address carries none."""
    try:
        return parse_qs(urlsplit(generator_url).query).get("g0.expr", [""])[0].strip()
    except ValueError:
        return ""


@lru_cache(maxsize=2048)
def metrics_of(expression: str) -> frozenset[str]:
    """The metrics it selects; of a recording rule (`level:metric:operations`) the middle part.

    Empty where the expression does not parse: then labels alone decide.
    """
    if not expression or len(expression) > _LONGEST or len(_OPERATOR.findall(expression)) > _MOST_OPERATORS:
        return frozenset()
    try:
        tree = promql_parser.parse(expression)
    except ValueError:
        return frozenset()
    found: set[str] = set()

    def visit(node: Expr) -> None:
        selector = node.vector_selector if isinstance(node, MatrixSelector) else node
        if isinstance(selector, VectorSelector):
            found.add(_metric_name(selector))

    promql_parser.walk(tree, visit)
    return frozenset(found - {""})


def _metric_name(selector: VectorSelector) -> str:
    name = selector.name or next(
        (matcher.value for matcher in selector.matchers.matchers if matcher.name == "__name__"), ""
    )
    parts = name.split(":")
    return parts[1] if len(parts) == 3 else parts[-1]
