"""What people have said is too much: the thresholds of alerting rules over the same metric."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.signals.promql import PromqlError, measured, metric_names

_TOO_HIGH = (">", ">=")


def upper_objective(query: str, rules: Iterable[str]) -> float | None:
    """The lowest line that a rule draws above what this query measures; None where no rule does.

    A rule counts that compares an expression over the same metrics with a constant. A quantile's rule is
    taken for another quantile of the same histogram too: both are in the histogram's unit.
    """
    try:
        metrics = set(metric_names(query))
    except PromqlError:
        return None
    lines = [line for rule in rules if (line := _line(rule, metrics)) is not None]
    return min(lines, default=None)


def _line(rule: str, metrics: set[str]) -> float | None:
    try:
        told, read = measured(rule), set(metric_names(rule))
    except PromqlError:
        return None
    drawn = told.op in _TOO_HIGH and told.threshold is not None and told.threshold > 0
    return told.threshold if drawn and metrics and read == metrics else None
