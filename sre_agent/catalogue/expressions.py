"""What an alert's own expression reads: the metrics, their matchers, and which metrics it holds against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import promql_parser as promql

from sre_agent.domain.alert import Alert
from sre_agent.signals.promql import (
    PromqlError,
    expression_in,
    measured,
    metric_names,
    metric_of,
    parsed,
    selectors,
)


@dataclass(frozen=True)
class Asked:
    """One selector of an expression. `beside`: the metrics of the part that is compared, gates left out."""

    metric: str
    labels: Mapping[str, str]
    """Labels that it pins to one value."""
    beside: tuple[str, ...]


def asked_by(alert: Alert) -> tuple[Asked, ...]:
    """The selectors of the rule behind an alert; none where its address tells no expression that can be read."""
    return _asked(expression_in(alert.generator_url))


@lru_cache(maxsize=512)
def _asked(expression: str) -> tuple[Asked, ...]:
    if not expression:
        return ()
    try:
        compared = metric_names(measured(expression).value)
        found = selectors(parsed(expression))
    except PromqlError:
        return ()
    return tuple(Asked(metric_of(one), _pinned(one), compared) for one in found)


def _pinned(selector: promql.VectorSelector) -> dict[str, str]:
    matchers = selector.matchers.matchers
    return {str(one.name): str(one.value) for one in matchers if one.op == promql.MatchOp.Equal}


def reckons_ahead(alert: Alert) -> bool:
    """Whether the rule draws a line into the future."""
    return "predict_linear" in expression_in(alert.generator_url)
