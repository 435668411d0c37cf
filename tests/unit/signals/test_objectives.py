"""An objective is what people's own rules say is too much of the very same metric."""

from __future__ import annotations

from sre_agent.signals.objectives import upper_objective

P95 = "histogram_quantile(0.95, sum by (le) (rate(req_seconds_bucket[1m])))"


def test_the_lowest_line_over_the_same_metric_is_the_objective() -> None:
    rules = [
        "histogram_quantile(0.99, sum by (service, le) (rate(req_seconds_bucket[5m]))) > 2",
        "0.5 < histogram_quantile(0.95, sum by (service, le) (rate(req_seconds_bucket[5m])))",
    ]
    assert upper_objective(P95, rules) == 0.5


def test_a_rule_over_another_metric_or_against_too_little_draws_no_line() -> None:
    rules = [
        "histogram_quantile(0.95, sum by (le) (rate(other_bucket[5m]))) > 0.1",
        "rate(req_seconds_bucket[1m]) < 1",
        "rate(req_seconds_bucket[1m]) / rate(req_seconds_count[1m]) > 0.2",
        "not promql (",
    ]
    assert upper_objective(P95, rules) is None
