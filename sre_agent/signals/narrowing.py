"""An expression narrowed to some labels: the same answer as filtering its result, at less cost.

A label is pushed down to a selector only along a path on which it passes through unchanged; wherever
that is not certain it is not pushed, which is always right. The caller gives only labels that the
result is known to carry: pushing a label a metric does not have would make everything look quiet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import promql_parser as promql
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    BinModifier,
    Call,
    Expr,
    LabelModifierType,
    MatchOp,
    MatrixSelector,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorMatchCardinality,
    VectorSelector,
)

from sre_agent.signals.promql import one_line, parsed, selectors

Labels = Mapping[str, str]

_PICKS: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Which series such an aggregation keeps depends on the others, so only its grouping labels pass."""
_OPAQUE: Final = frozenset({"absent", "absent_over_time", "scalar", "vector", "info"})
_RELABELS: Final = frozenset({"label_replace", "label_join"})
_SETS: Final = frozenset({"and", "or", "unless"})


def narrowed(text: str, labels: Labels) -> str:
    """The expression with a matcher for each label wherever it may be pushed. Raises PromqlError."""
    expr = parsed(text)
    wanted = _additions(expr, labels)
    written = [one_line(node) for node in selectors(expr)]
    if [before for before, _ in wanted] != written:
        return one_line(expr)
    remaining = iter(wanted)

    def replace(node: Expr) -> Expr | None:
        if not isinstance(node, VectorSelector):
            return None
        _, added = next(remaining)
        return _with_matchers(node, added) if added else None

    return one_line(promql.transform(expr, None, replace))


def _additions(expr: Expr, labels: Labels) -> list[tuple[str, Labels]]:
    """Each selector in walking order, with the labels that may be added to it."""
    if isinstance(expr, VectorSelector):
        return [(one_line(expr), labels)]
    if isinstance(expr, MatrixSelector):
        return [(one_line(expr.vector_selector), labels)]
    if isinstance(expr, ParenExpr | UnaryExpr | SubqueryExpr):
        return _additions(expr.expr, labels)
    if isinstance(expr, AggregateExpr):
        return _additions(expr.expr, _through_aggregation(expr, labels))
    if isinstance(expr, Call):
        return _through_call(expr, labels)
    if isinstance(expr, BinaryExpr):
        left, right = _sides(expr, labels)
        return [*_additions(expr.lhs, left), *_additions(expr.rhs, right)]
    return [(one_line(node), {}) for node in selectors(expr)]


def _through_aggregation(expr: AggregateExpr, labels: Labels) -> Labels:
    op, modifier = str(expr.op), expr.modifier
    if op == "count_values" and isinstance(expr.param, StringLiteral):
        labels = _without(labels, {expr.param.val})
    by = modifier is not None and modifier.type == AggModifierType.By
    named = set(modifier.labels) if modifier is not None else set()
    if by:
        return _only(labels, named)
    if op in _PICKS or modifier is None:
        return {}
    return _without(labels, named)


def _through_call(expr: Call, labels: Labels) -> list[tuple[str, Labels]]:
    name = expr.func.name
    if name in _OPAQUE:
        labels = {}
    elif name in _RELABELS:
        changed = expr.args[1] if len(expr.args) > 1 else None
        labels = _without(labels, {changed.val}) if isinstance(changed, StringLiteral) else {}
    elif name.startswith("histogram_"):
        labels = _without(labels, {"le"})
    return [each for argument in expr.args for each in _additions(argument, labels)]


def _sides(expr: BinaryExpr, labels: Labels) -> tuple[Labels, Labels]:
    """What passes to the left and to the right operand."""
    op, modifier = str(expr.op), expr.modifier
    shared = _matched(modifier, labels)
    if op == "or":
        return shared, shared
    if op in _SETS:
        return labels, shared
    if modifier is None:
        return labels, labels
    brought = set(modifier.group_labels or [])
    if modifier.card == VectorMatchCardinality.ManyToOne:
        return _without(labels, brought), {**shared, **_only(labels, brought)}
    if modifier.card == VectorMatchCardinality.OneToMany:
        return {**shared, **_only(labels, brought)}, _without(labels, brought)
    return shared, shared


def _matched(modifier: BinModifier | None, labels: Labels) -> Labels:
    """The labels that both operands agree on wherever two elements meet."""
    if modifier is None or modifier.matching is None:
        return labels
    named = set(modifier.matching.labels)
    on = modifier.matching.type == LabelModifierType.Include
    return _only(labels, named) if on else _without(labels, named)


def _only(labels: Labels, names: set[str]) -> Labels:
    return {name: value for name, value in labels.items() if name in names}


def _without(labels: Labels, names: set[str]) -> Labels:
    return {name: value for name, value in labels.items() if name not in names}


def _with_matchers(selector: VectorSelector, added: Labels) -> Expr:
    """The selector with these equalities besides its own matchers; unchanged where it has alternatives."""
    if selector.matchers.or_matchers:
        return selector
    own = [f"{each.name}{_symbol(each.op)}{quoted(each.value)}" for each in selector.matchers.matchers]
    name = selector.name or ""
    before = one_line(selector)
    prefix = f"{name}{{{','.join(own)}}}" if own or not name else name
    if not before.startswith(prefix):
        return selector
    new = [*own, *(f"{label}={quoted(value)}" for label, value in sorted(added.items()))]
    return parsed(f"{name}{{{','.join(dict.fromkeys(new))}}}{before[len(prefix):]}")


def _symbol(op: MatchOp) -> str:
    if op == MatchOp.Equal:
        return "="
    if op == MatchOp.NotEqual:
        return "!="
    return "=~" if op == MatchOp.Re else "!~"


def quoted(value: str) -> str:
    """A label's value as PromQL writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
